"""The interface of environments, and the base classes of wrappers."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Generic, Literal, SupportsFloat, TypeAlias

from plyo import logger
from plyo._registry.specs import EnvSpec, WrapperSpec
from plyo.basics import seeding
from plyo.basics.absent import Absent, present_names
from plyo.basics.record_constructor import RecordConstructorArgs

# Every parameter of the generic classes defaults to `Any`. Type checkers read the defaults here; at
# run time `Env.__class_getitem__` fills them in, because `typing` has no defaults before Python 3.13.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self, TypeVar

    from plyo import spaces

    ObsType = TypeVar("ObsType", default=Any)
    ActType = TypeVar("ActType", default=Any)
    WrapperObsType = TypeVar("WrapperObsType", default=Any)
    WrapperActType = TypeVar("WrapperActType", default=Any)
else:
    from typing import TypeVar

    ObsType = TypeVar("ObsType")
    ActType = TypeVar("ActType")
    WrapperObsType = TypeVar("WrapperObsType")
    WrapperActType = TypeVar("WrapperActType")

RenderFrame: TypeAlias = "str | NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]"


class Env(Generic[ObsType, ActType]):
    """An environment: it takes actions and returns observations and rewards.

    A subclass sets :attr:`action_space` and :attr:`observation_space` and implements :meth:`reset`
    and :meth:`step`, and :meth:`render` and :meth:`close` where it needs them.

    Attributes:
        metadata: Facts about the environment; ``"render_modes"`` lists the legal render modes,
            ``"render_fps"`` is the frame rate in frames per second.
        render_mode: The render mode chosen at construction.
        spec: How :func:`plyo.make` made the environment, ``None`` if something else did.
        action_space: The space of legal actions.
        observation_space: The space of observations.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - as users write it
    render_mode: str | None = None
    # None for an environment that `make` has not made; `Any` spares those that it has made a proof for type checkers
    spec: EnvSpec | Any = None

    action_space: spaces.Space[ActType]
    observation_space: spaces.Space[ObsType]

    if not TYPE_CHECKING:
        seed = Absent(
            "reset(seed=...) seeds an environment since Gym 0.26, and action_space.seed(...) a space"
        )
        rollout = Absent(
            "batches of native tasks have it: make_vec(id, num_envs).rollout(policy, num_steps)",
        )
        profile = Absent("batches of native tasks have it: make_vec(id, 1).profile()")
        fork = Absent(
            "batches of native tasks have it: make_vec(id, 1).fork(); copy.deepcopy copies one environment"
        )

    _np_random: np.random.Generator | None = None
    # -1 stands for the unknown seed of a generator that was assigned.
    _np_random_seed: int | None = None

    if not TYPE_CHECKING:

        def __class_getitem__(cls, params):
            """Fills up type arguments that were left out with ``Any``."""
            given = params if isinstance(params, tuple) else (params,)
            left_out = len(getattr(cls, "__parameters__", ())) - len(given)
            return super().__class_getitem__((*given, *(Any for _ in range(left_out))))

    def __dir__(self) -> list[str]:
        return present_names(self)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Advances the environment by one time step.

        After an episode has ended (``terminated or truncated``), call :meth:`reset` first.

        Args:
            action: An element of :attr:`action_space`.

        Returns:
            ``(observation, reward, terminated, truncated, info)``: an element of
            :attr:`observation_space`; the reward of this action; whether the task reached a
            terminal state; whether the episode was cut off for another reason, such as a time
            limit; and further diagnostics. Observation and info are new objects at each call.
        """
        raise NotImplementedError

    def reset(  # type: ignore[return]  # what an episode starts with is the subclass's to return
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Starts an episode.

        A subclass calls ``super().reset(seed=seed)`` first, which seeds :attr:`np_random`.

        Args:
            seed: Restarts the random numbers; ``None`` continues the stream of the last episode.
            options: Further arguments, specific to the environment.

        Returns:
            ``(observation, info)``: the first observation and further diagnostics.

        Raises:
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if seed is not None:
            self._np_random, self._np_random_seed = seeding.np_random(seed)

    def render(self) -> RenderFrame | list[RenderFrame] | None:
        """Draws the present state as :attr:`render_mode` asks.

        Returns:
            By convention ``None`` for ``"human"``, a uint8 array ``(height, width, 3)`` for
            ``"rgb_array"``, a string for ``"ansi"`` and lists of these for ``"..._list"``.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Frees windows, connections and the like; closing twice does no harm."""

    @property
    def unwrapped(self) -> Self:
        """The environment under all wrappers: this one."""
        return self

    @property
    def np_random_seed(self) -> int:
        """The seed of :attr:`np_random`, -1 if that was assigned from outside."""
        if self._np_random_seed is None:
            self._np_random, self._np_random_seed = seeding.np_random()
        return self._np_random_seed

    @property
    def np_random(self) -> np.random.Generator:
        """The generator of the environment, seeded from the system unless :meth:`reset` was."""
        if self._np_random is None:
            self._np_random, self._np_random_seed = seeding.np_random()
        return self._np_random

    @np_random.setter
    def np_random(self, value: np.random.Generator) -> None:
        self._np_random = value
        self._np_random_seed = -1

    def __str__(self) -> str:
        """The class, with the id of :attr:`spec` if there is one."""
        if self.spec is None:
            return f"<{type(self).__name__} instance>"
        return f"<{type(self).__name__}<{self.spec.id}>>"

    def __enter__(self) -> Self:
        """Supports ``with``, which closes the environment."""
        return self

    def __exit__(self, *args: object) -> Literal[False]:
        """Closes the environment and lets exceptions pass."""
        self.close()
        return False

    def has_wrapper_attr(self, name: str) -> bool:
        """Whether the environment has an attribute."""
        return hasattr(self, name)

    def get_wrapper_attr(self, name: str) -> Any:
        """Returns an attribute of the environment.

        Raises:
            AttributeError: There is no attribute of that name.
        """
        return getattr(self, name)

    def set_wrapper_attr(self, name: str, value: Any, *, force: bool = True) -> bool:
        """Sets an attribute of the environment.

        Args:
            name: The attribute.
            value: Its new value.
            force: Whether to make it if it does not exist.

        Returns:
            Whether it was set.
        """
        if force or hasattr(self, name):
            setattr(self, name, value)
            return True
        return False


class Wrapper(
    Env[WrapperObsType, WrapperActType],
    Generic[WrapperObsType, WrapperActType, ObsType, ActType],
):
    """Changes an environment from outside; without overrides it changes nothing.

    A subclass may assign :attr:`action_space`, :attr:`observation_space` and :attr:`metadata`;
    the inner environment keeps its own. A subclass that inherits from
    :class:`plyo.utils.RecordConstructorArgs` too can be made again from :attr:`spec`.

    Attributes:
        env: The environment inside.
    """

    env: Env[ObsType, ActType]

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, which may be a wrapper too.

        Raises:
            TypeError: ``env`` is not a :class:`plyo.Env`.
        """
        self.env = env
        if not isinstance(env, Env):
            from plyo.basics.strangers import stranger_advice

            advice = stranger_advice(env, wants_batch=False)
            raise TypeError(f"Expected env to be a `plyo.Env` but got {type(env)}{advice}")

        self._action_space: spaces.Space[WrapperActType] | None = None
        self._observation_space: spaces.Space[WrapperObsType] | None = None
        self._metadata: dict[str, Any] | None = None
        self._cached_spec: EnvSpec | None = None

    def step(
        self, action: WrapperActType
    ) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment."""
        return self.env.step(action)  # type: ignore[arg-type, return-value]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner environment."""
        return self.env.reset(seed=seed, options=options)  # type: ignore[return-value]

    def render(self) -> RenderFrame | list[RenderFrame] | None:
        """Renders the inner environment."""
        return self.env.render()

    def close(self) -> None:
        """Closes the inner environment."""
        return self.env.close()

    @property
    def np_random_seed(self) -> int:
        """The seed of the inner environment's generator."""
        return self.env.np_random_seed

    @property
    def unwrapped(self) -> Env[Any, Any]:  # type: ignore[override]  # the environment inside has another type
        """The environment under all wrappers."""
        return self.env.unwrapped

    @property
    def spec(self) -> EnvSpec | Any:  # type: ignore[override]
        """The spec of the inner environment with this wrapper added; ``None`` if it has none."""
        if self._cached_spec is None:
            self._cached_spec = self._extended_spec()
        return self._cached_spec

    def _extended_spec(self) -> EnvSpec | None:
        """A copy of the inner environment's spec that includes this wrapper."""
        if self.env.spec is None:
            return None
        kwargs = None  # `make` refuses to guess the arguments of a wrapper that recorded none
        if isinstance(self, RecordConstructorArgs):
            kwargs = {name: v for name, v in self._saved_kwargs.items() if name != "env"}
        return self._copy_spec(added=self._wrapper_spec(kwargs))

    def _copy_spec(self, *, added: WrapperSpec | None = None, **changes: object) -> EnvSpec | None:
        """A copy of the inner environment's spec with changes; warns and is ``None`` if it fails."""
        env_spec = self.env.spec
        if env_spec is None:
            return None
        try:
            copied = deepcopy(env_spec)
            if added is not None:
                copied.additional_wrappers += (added,)
            for name, value in changes.items():
                setattr(copied, name, value)
        except Exception as e:  # of any kind: copying the user's keyword arguments may raise anything
            logger.warn(f"An exception occurred ({e}) while copying the environment spec={env_spec}")
            return None
        return copied

    @classmethod
    def _wrapper_spec(cls, kwargs: dict[str, Any] | None) -> WrapperSpec:
        return WrapperSpec(
            name=cls.class_name(), entry_point=f"{cls.__module__}:{cls.__name__}", kwargs=kwargs
        )

    @classmethod
    def wrapper_spec(cls, **kwargs: Any) -> WrapperSpec:
        """Describes a wrapper of this class.

        Args:
            **kwargs: The constructor's arguments, without ``env``.

        Returns:
            The description, as ``additional_wrappers`` of :func:`plyo.register` takes it.
        """
        return cls._wrapper_spec(kwargs)

    def has_wrapper_attr(self, name: str) -> bool:
        """Whether this wrapper or anything inside it has an attribute."""
        return hasattr(self, name) or self.env.has_wrapper_attr(name)

    def get_wrapper_attr(self, name: str) -> Any:
        """Returns an attribute of the outermost layer that has it.

        Raises:
            AttributeError: No layer has an attribute of that name.
        """
        if hasattr(self, name):
            return getattr(self, name)
        try:
            return self.env.get_wrapper_attr(name)
        except AttributeError as e:
            raise AttributeError(f"wrapper {self.class_name()} has no attribute {name!r}") from e

    def set_wrapper_attr(self, name: str, value: Any, *, force: bool = True) -> bool:
        """Sets an attribute on the outermost layer that has it.

        Args:
            name: The attribute.
            value: Its new value.
            force: Whether to make it on this wrapper if no layer has it.

        Returns:
            Whether it was set.
        """
        if not hasattr(self, name):
            if self.env.set_wrapper_attr(name, value, force=False):
                return True
            if not force:
                return False
        setattr(self, name, value)
        return True

    def __str__(self) -> str:
        """The class, around the text of the inner environment."""
        return f"<{type(self).__name__}{self.env}>"

    def __repr__(self) -> str:
        """The same as :meth:`__str__`."""
        return str(self)

    @classmethod
    def class_name(cls) -> str:
        """The name of the wrapper's class."""
        return cls.__name__

    @property
    def action_space(self) -> spaces.Space[Any]:
        """The inner environment's action space, unless this wrapper has set one."""
        return self.env.action_space if self._action_space is None else self._action_space

    @action_space.setter
    def action_space(self, space: spaces.Space[Any]) -> None:
        self._action_space = space

    @property
    def observation_space(self) -> spaces.Space[Any]:
        """The inner environment's observation space, unless this wrapper has set one."""
        if self._observation_space is None:
            return self.env.observation_space
        return self._observation_space

    @observation_space.setter
    def observation_space(self, space: spaces.Space[Any]) -> None:
        self._observation_space = space

    @property
    def metadata(self) -> dict[str, Any]:
        """The inner environment's metadata, unless this wrapper has set its own."""
        return self.env.metadata if self._metadata is None else self._metadata

    @metadata.setter
    def metadata(self, value: dict[str, Any]) -> None:
        self._metadata = value

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        """The inner environment's render mode."""
        return self.env.render_mode

    @property
    def np_random(self) -> np.random.Generator:
        """The inner environment's generator."""
        return self.env.np_random

    @np_random.setter
    def np_random(self, value: np.random.Generator) -> None:
        self.env.np_random = value

    @property
    def _np_random(self) -> Any:  # type: ignore[override]
        """Raises an error: the attribute belongs to the innermost environment."""
        raise AttributeError(
            "Can't access `_np_random` of a wrapper, use `.unwrapped._np_random` or `.np_random`."
        )


class ObservationWrapper(Wrapper[WrapperObsType, ActType, ObsType, ActType]):
    """Changes observations: a subclass implements :meth:`observation`.

    If the result lies in another space, assign :attr:`observation_space` in the constructor.
    """

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment."""
        Wrapper.__init__(self, env)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner environment and changes the observation."""
        observation, info = self.env.reset(seed=seed, options=options)
        return self.observation(observation), info

    def step(self, action: ActType) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and changes the observation."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self.observation(observation), reward, terminated, truncated, info

    def observation(self, observation: ObsType) -> WrapperObsType:
        """Returns the replacement for an observation of the inner environment."""
        raise NotImplementedError


class RewardWrapper(Wrapper[ObsType, ActType, ObsType, ActType]):
    """Changes rewards: a subclass implements :meth:`reward`."""

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment."""
        Wrapper.__init__(self, env)

    def step(self, action: ActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Steps the inner environment and changes the reward."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, self.reward(reward), terminated, truncated, info

    def reward(self, reward: SupportsFloat) -> SupportsFloat:
        """Returns the replacement for a reward of the inner environment."""
        raise NotImplementedError


class ActionWrapper(Wrapper[ObsType, WrapperActType, ObsType, ActType]):
    """Changes actions: a subclass implements :meth:`action`.

    If actions are now taken from another space, assign :attr:`action_space` in the constructor.
    """

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment."""
        Wrapper.__init__(self, env)

    def step(self, action: WrapperActType) -> tuple[ObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Changes the action and steps the inner environment with it."""
        return self.env.step(self.action(action))

    def action(self, action: WrapperActType) -> ActType:
        """Returns the action for the inner environment."""
        raise NotImplementedError
