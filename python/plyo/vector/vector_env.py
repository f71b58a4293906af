"""The base class of batches, and the base classes of their wrappers."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from plyo import logger
from plyo.basics import seeding
from plyo.basics.absent import Absent, present_names
from plyo.core import ActType, ObsType, RenderFrame, WrapperActType, WrapperObsType
from plyo.vector._infos import add_info

# As in `plyo.core`, type arguments that are left out default to `Any`.
if TYPE_CHECKING:
    from typing_extensions import Self, TypeVar

    from plyo._registry.specs import EnvSpec
    from plyo.spaces import Space
    from plyo.vector.profile import Profile

    ArrayType = TypeVar("ArrayType", default=Any)
else:
    from typing import TypeVar

    ArrayType = TypeVar("ArrayType")

_IN_PYTHON = (
    "steps its environments in Python: they are written in Python, or were asked for by vectorization_mode='sync' or "
    "'async', by wrappers=[...] or by vector_kwargs"
)
_NATIVE_OR_FUSED = (
    "batches of native tasks have it, and wrappers of plyo.wrappers.vector around them that are fused. This batch "
    + _IN_PYTHON
)
_NATIVE_ONLY = (
    "batches of native tasks have it, wrappers around them do not: `envs.unwrapped` is the batch under all wrappers. "
    f"A batch without it {_IN_PYTHON}"
)

__all__ = [
    "ArrayType",
    "AutoresetMode",
    "VectorActionWrapper",
    "VectorEnv",
    "VectorObservationWrapper",
    "VectorRewardWrapper",
    "VectorWrapper",
]


class AutoresetMode(Enum):
    """When a finished episode is followed by the next one."""

    NEXT_STEP = "NextStep"  # the step after the end resets: its action is ignored
    SAME_STEP = "SameStep"  # the step that ends the episode resets: info has the final observation
    DISABLED = "Disabled"  # reset(options={"reset_mask": mask}) resets


class VectorEnv(Generic[ObsType, ActType, ArrayType]):
    """A batch of ``num_envs`` environments that step together.

    A subclass sets the attributes and implements :meth:`reset` and :meth:`step`, and :meth:`render` and
    :meth:`close_extras` where it needs them. The type parameters are the types of batched observations, of batched
    actions, and of rewards and flags.

    Attributes:
        num_envs: The number of environments.
        single_observation_space: The observation space of one environment.
        observation_space: The observation space of the batch.
        single_action_space: The action space of one environment.
        action_space: The action space of the batch.
        metadata: ``metadata["autoreset_mode"]`` is the :class:`AutoresetMode`.
        spec: The spec that the batch was made from, or None.
        render_mode: The render mode of the environments.
        closed: Whether :meth:`close` was called.
    """

    metadata: dict[str, Any] = {}  # noqa: RUF012 - a class attribute of Gymnasium's API
    # None for a batch that `make_vec` has not made; `Any` spares those that it has made a proof for type checkers
    spec: EnvSpec | Any = None
    render_mode: str | None = None
    closed: bool = False

    num_envs: int
    observation_space: Space[Any]
    action_space: Space[Any]
    single_observation_space: Space[Any]
    single_action_space: Space[Any]

    _np_random: np.random.Generator | None = None
    # -1 stands for the unknown seed of a generator that was assigned.
    _np_random_seed: int | None = None

    if not TYPE_CHECKING:
        seed = Absent("reset(seed=...) seeds a batch, environment i with seed + i")
        rollout, profile = Absent(_NATIVE_OR_FUSED), Absent(_NATIVE_OR_FUSED)
        get_state, set_state = Absent(_NATIVE_OR_FUSED), Absent(_NATIVE_OR_FUSED)
        step_compact, step_lanes, reset_lanes = (
            Absent(_NATIVE_ONLY),
            Absent(_NATIVE_ONLY),
            Absent(_NATIVE_ONLY),
        )
        fork, get_params, set_params = Absent(_NATIVE_ONLY), Absent(_NATIVE_ONLY), Absent(_NATIVE_ONLY)

        def __class_getitem__(cls, params):
            """Fills up type arguments that were left out with ``Any``."""
            given = params if isinstance(params, tuple) else (params,)
            left_out = len(getattr(cls, "__parameters__", ())) - len(given)
            return super().__class_getitem__((*given, *(Any for _ in range(left_out))))

    def __dir__(self) -> list[str]:
        return present_names(self)

    def reset(  # type: ignore[return]  # what the episodes start with is the subclass's to return
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Starts an episode in every environment.

        A subclass with one random stream for the whole batch calls ``super().reset(seed=seed)`` first, which seeds
        :attr:`np_random`.

        Args:
            seed: Restarts the random numbers; ``None`` continues the streams of the last episodes.
            options: Further arguments, specific to the environments.

        Returns:
            The batched observations and the infos, a dictionary of arrays in which a mask ``"_key"`` marks the
            environments that have a ``"key"``.

        Raises:
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if seed is not None:
            self._np_random, self._np_random_seed = seeding.np_random(seed)  # type: ignore[arg-type]

    def step(self, actions: ActType) -> tuple[ObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Advances every environment by one time step.

        Args:
            actions: An element of :attr:`action_space`.

        Returns:
            The batched observations; rewards, terminations and truncations of shape ``(num_envs,)``; the infos.
        """
        raise NotImplementedError(f"{self} step function is not implemented.")

    def render(self) -> tuple[RenderFrame, ...] | None:
        """Draws the environments, one frame for each."""
        raise NotImplementedError(f"{self} render function is not implemented.")

    def close(self, **kwargs: Any) -> None:
        """Frees the environments; closing twice does no harm.

        Args:
            **kwargs: Passed to :meth:`close_extras`, which does the work.
        """
        if self.closed:
            return
        self.close_extras(**kwargs)
        self.closed = True

    def close_extras(self, **kwargs: Any) -> None:
        """Frees the resources of a subclass; :meth:`close` calls it once."""

    @property
    def np_random(self) -> np.random.Generator:
        """The generator of the batch, seeded from the system unless :meth:`reset` was."""
        if self._np_random is None:
            self._np_random, self._np_random_seed = seeding.np_random()
        return self._np_random

    @np_random.setter
    def np_random(self, value: np.random.Generator) -> None:
        self._np_random = value
        self._np_random_seed = -1

    @property
    def np_random_seed(self) -> int | None:
        """The seed of :attr:`np_random`, -1 if that was assigned from outside."""
        if self._np_random_seed is None:
            self._np_random, self._np_random_seed = seeding.np_random()
        return self._np_random_seed

    @property
    def unwrapped(self) -> Self:
        """The batch under all wrappers: this one."""
        return self

    def _add_info(
        self, vector_infos: dict[str, Any], env_info: dict[str, Any], env_num: int
    ) -> dict[str, Any]:
        """Adds the info of one environment to that of the batch.

        Each key gets an array over the environments and a mask ``"_key"``. Numbers make an array of their type,
        arrays one of their dtype with an axis more, dictionaries a dictionary of arrays; anything else, and
        every ``"final_obs"``, makes an array of objects, None where there is no value.

        Where the types of a key differ, numbers and texts in arrays are promoted as NumPy does it. If that would
        change a value, or shapes differ, the key gets an array of objects. An info ``"_key"`` beside a ``"key"`` has
        no place: that is the name of the mask.

        Args:
            vector_infos: The infos of the batch; changed.
            env_info: The info of the environment.
            env_num: The number of the environment.

        Returns:
            ``vector_infos``.
        """
        add_info(vector_infos, env_info, env_num, self.num_envs)
        return vector_infos

    def __repr__(self) -> str:
        """``CartPoleVectorEnv(CartPole-v1, num_envs=3)``."""
        if self.spec is None:
            return f"{type(self).__name__}(num_envs={self.num_envs})"
        return f"{type(self).__name__}({self.spec.id}, num_envs={self.num_envs})"


class VectorWrapper(
    VectorEnv[WrapperObsType, WrapperActType, ArrayType],
    Generic[WrapperObsType, WrapperActType, ObsType, ActType, ArrayType],
):
    """Changes a batch from outside; without overrides it changes nothing.

    A subclass may assign the spaces and :attr:`metadata`; the inner batch keeps its own.

    Attributes:
        env: The batch inside.
    """

    env: VectorEnv[ObsType, ActType, ArrayType]

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch.

        Args:
            env: The batch inside, which may be a wrapper too.

        Raises:
            TypeError: ``env`` is not a :class:`plyo.vector.VectorEnv`.
        """
        self.env = env
        if not isinstance(env, VectorEnv):
            from plyo.basics.strangers import stranger_advice

            advice = stranger_advice(env, wants_batch=True)
            raise TypeError(f"Expected env to be a `plyo.vector.VectorEnv` but got {type(env)}{advice}")

        self._observation_space: Space[Any] | None = None
        self._action_space: Space[Any] | None = None
        self._single_observation_space: Space[Any] | None = None
        self._single_action_space: Space[Any] | None = None
        self._metadata: dict[str, Any] | None = None

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner batch."""
        return self.env.reset(seed=seed, options=options)  # type: ignore[return-value]

    def step(
        self, actions: WrapperActType
    ) -> tuple[WrapperObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the inner batch."""
        return self.env.step(actions)  # type: ignore[arg-type, return-value]

    def render(self) -> tuple[RenderFrame, ...] | None:
        """Renders the inner batch."""
        return self.env.render()

    def close(self, **kwargs: Any) -> None:
        """Closes the inner batch."""
        return self.env.close(**kwargs)

    def close_extras(self, **kwargs: Any) -> None:
        """Frees the resources of the inner batch."""
        return self.env.close_extras(**kwargs)

    def profile(self) -> Profile:
        """Counts where the time of the batch under all wrappers goes: see :meth:`plyo.vector.NativeVectorEnv.profile`.

        Raises:
            AttributeError: It is no native batch.
            plyo.error.ClosedEnvironmentError: It is closed.
        """
        batch: Any = self.env
        return batch.profile()  # type: ignore[no-any-return]

    @property
    def unwrapped(self) -> VectorEnv[Any, Any, Any]:  # type: ignore[override]
        """The batch under all wrappers."""
        return self.env.unwrapped

    def __repr__(self) -> str:
        """The class, around the text of the inner batch."""
        return f"<{type(self).__name__}, {self.env}>"

    @property
    def observation_space(self) -> Space[Any]:
        """The inner batch's observation space, unless this wrapper has set one."""
        return self.env.observation_space if self._observation_space is None else self._observation_space

    @observation_space.setter
    def observation_space(self, space: Space[Any]) -> None:
        self._observation_space = space

    @property
    def action_space(self) -> Space[Any]:
        """The inner batch's action space, unless this wrapper has set one."""
        return self.env.action_space if self._action_space is None else self._action_space

    @action_space.setter
    def action_space(self, space: Space[Any]) -> None:
        self._action_space = space

    @property
    def single_observation_space(self) -> Space[Any]:
        """The observation space of one environment, unless this wrapper has set one."""
        if self._single_observation_space is None:
            return self.env.single_observation_space
        return self._single_observation_space

    @single_observation_space.setter
    def single_observation_space(self, space: Space[Any]) -> None:
        self._single_observation_space = space

    @property
    def single_action_space(self) -> Space[Any]:
        """The action space of one environment, unless this wrapper has set one."""
        if self._single_action_space is None:
            return self.env.single_action_space
        return self._single_action_space

    @single_action_space.setter
    def single_action_space(self, space: Space[Any]) -> None:
        self._single_action_space = space

    @property
    def num_envs(self) -> int:  # type: ignore[override]
        """The number of environments in the inner batch."""
        return self.env.num_envs

    @property
    def np_random(self) -> np.random.Generator:
        """The inner batch's generator, or its tuple of generators."""
        return self.env.np_random

    @np_random.setter
    def np_random(self, value: np.random.Generator) -> None:
        self.env.np_random = value

    @property
    def np_random_seed(self) -> int | None:
        """The seed of the inner batch's generator, or the tuple of its seeds."""
        return self.env.np_random_seed

    @property
    def metadata(self) -> dict[str, Any]:
        """The inner batch's metadata, unless this wrapper has set its own."""
        return self.env.metadata if self._metadata is None else self._metadata

    @metadata.setter
    def metadata(self, value: dict[str, Any]) -> None:
        self._metadata = value

    @property
    def spec(self) -> EnvSpec | Any:  # type: ignore[override]
        """The inner batch's spec."""
        return self.env.spec

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        """The inner batch's render mode."""
        return self.env.render_mode

    @property
    def closed(self) -> bool:
        """Whether the inner batch is closed."""
        return self.env.closed

    @closed.setter
    def closed(self, value: bool) -> None:
        self.env.closed = value


class VectorObservationWrapper(VectorWrapper[WrapperObsType, ActType, ObsType, ActType, ArrayType]):
    """Changes batched observations: a subclass implements :meth:`observations`.

    If the results lie in another space, assign :attr:`observation_space` and :attr:`single_observation_space`.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch.

        Args:
            env: A batch that resets in the next step or not by itself: the final observations, which a reset in the
                same step puts into the infos, would stay as they are.

        Raises:
            ValueError: ``env`` resets in the same step.
        """
        super().__init__(env)
        if "autoreset_mode" not in env.metadata:
            logger.warn(f"Vector environment ({env}) is missing `autoreset_mode` metadata key.")
        elif env.metadata["autoreset_mode"] not in (AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED):
            raise ValueError(
                f"Expected autoreset_mode to be NEXT_STEP or DISABLED, got {env.metadata['autoreset_mode']}"
            )

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner batch and changes the observations."""
        observations, infos = self.env.reset(seed=seed, options=options)
        return self.observations(observations), infos

    def step(
        self, actions: ActType
    ) -> tuple[WrapperObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the inner batch and changes the observations."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        return self.observations(observations), rewards, terminations, truncations, infos

    def observations(self, observations: ObsType) -> WrapperObsType:
        """Returns the replacement for the observations of the inner batch."""
        raise NotImplementedError


class VectorActionWrapper(VectorWrapper[ObsType, WrapperActType, ObsType, ActType, ArrayType]):
    """Changes batched actions: a subclass implements :meth:`actions`.

    If actions are now taken from another space, assign :attr:`action_space` and :attr:`single_action_space`.
    """

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch."""
        super().__init__(env)

    def step(
        self, actions: WrapperActType
    ) -> tuple[ObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Changes the actions and steps the inner batch with them."""
        return self.env.step(self.actions(actions))

    def actions(self, actions: WrapperActType) -> ActType:
        """Returns the actions for the inner batch."""
        raise NotImplementedError


class VectorRewardWrapper(VectorWrapper[ObsType, ActType, ObsType, ActType, ArrayType]):
    """Changes batched rewards: a subclass implements :meth:`rewards`."""

    def __init__(self, env: VectorEnv[ObsType, ActType, ArrayType]) -> None:
        """Wraps a batch."""
        super().__init__(env)

    def step(self, actions: ActType) -> tuple[ObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the inner batch and changes the rewards."""
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        return observations, self.rewards(rewards), terminations, truncations, infos

    def rewards(self, rewards: ArrayType) -> ArrayType:
        """Returns the replacement for the rewards of the inner batch."""
        raise NotImplementedError
