"""The native tasks as environments: one class a task, made on first use and named after it.

``plyo.envs.native.CartPoleEnv`` is a single environment, ``plyo.envs.native.CartPoleVectorEnv`` a batch. Both are
faces of the same engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plyo import _native, error
from plyo.core import Env
from plyo.envs.arguments import check_flag, check_math, check_options, check_state, to_time_limit
from plyo.envs.lane_random import lane_generator, set_lane_generator
from plyo.envs.registration import register
from plyo.envs.tasks import make_space, native_tasks
from plyo.vector.native import NativeVectorEnv

if TYPE_CHECKING:
    from plyo.envs.specs import EnvSpec

_MODULE = "plyo.envs.native"


class ClosedEngine:
    """Stands in for the engine of a closed environment."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise error.ClosedEnvironmentError(f"Trying to operate on `{self._name}`, after a call to `close()`.")


class NativeEnv(Env[Any, Any]):
    """A single environment of a native task. Order, actions and time limit are checked natively.

    Args:
        max_episode_steps: The time limit in steps, None for none.
        math: ``"fast"`` (the same bits on every machine) or ``"reference"`` (the platform's libm: the same bits as
            Gymnasium on this machine).
        render_mode: Kept as an attribute.
        record_episode_statistics: Whether the last step of an episode reports ``info["episode"]`` with the return
            ``r``, the length ``l`` in steps and the time ``t`` in seconds.
        **params: The task's own keyword arguments.

    Raises:
        TypeError: A keyword argument is unknown or of the wrong type.
        ValueError: ``math`` is neither of the two.
    """

    native_checks: ClassVar[bool] = True
    task: ClassVar[str]
    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - a class attribute of Gymnasium's API

    _engine: Any

    def __init__(
        self,
        *,
        max_episode_steps: int | None = None,
        math: str = "fast",
        render_mode: str | None = None,
        record_episode_statistics: bool = False,
        **params: Any,
    ) -> None:
        description = native_tasks()[self.task]
        self.render_mode = render_mode
        self.observation_space = make_space(description["observation"])
        self.action_space = make_space(description["action"])
        self._arguments: dict[str, Any] = {
            "max_episode_steps": max_episode_steps,
            "math": math,
            "render_mode": render_mode,
            "record_episode_statistics": record_episode_statistics,
            **params,
        }
        self._engine = _native.Engine(
            task=self.task,
            num_envs=1,
            params=params,
            math=check_math(math),
            autoreset_mode="none",
            max_episode_steps=to_time_limit(max_episode_steps),
            num_threads=1,
            record_statistics=check_flag("record_episode_statistics", record_episode_statistics),
        )

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Takes one step.

        Args:
            action: An integer (Discrete), or an array of the space's shape, which is converted to float32. Elements
                beyond the bounds are clipped by the task, as Gymnasium's tasks do.

        Returns:
            observation (float32 array), reward, terminated, truncated, info.

        Raises:
            plyo.error.ResetNeeded: The environment was never reset.
            plyo.error.InvalidAction: The action is not in the space or not finite; nothing has changed.
            plyo.error.ClosedEnvironmentError: The environment is closed.
        """
        return self._engine.step_one(action)  # type: ignore[no-any-return]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode.

        Args:
            seed: A non-negative integer to start the random stream from; None goes on with it.
            options: The task's reset options.

        Returns:
            observation (float32 array), info.

        Raises:
            plyo.error.Error: The seed is not a non-negative integer.
            ValueError: An option is unknown or its value is not legal; nothing has changed.
            plyo.error.ClosedEnvironmentError: The environment is closed.
        """
        observation = self._engine.reset_one(seed, check_options(options))
        if seed is not None:
            self._np_random = None
            self._np_random_seed = int(seed)
        return observation, {}

    def close(self) -> None:
        """Frees the environment. Closing twice is allowed; stepping or resetting afterwards is an error."""
        self._engine = ClosedEngine(type(self).__name__)

    @property
    def np_random(self) -> np.random.Generator:
        """A NumPy generator that shares the native random stream."""
        if self._np_random is None:
            self._np_random = lane_generator(self._engine, 0, self.np_random_seed)
        return self._np_random

    @np_random.setter
    def np_random(self, value: np.random.Generator) -> None:
        set_lane_generator(self._engine, 0, value)
        self._np_random = None
        self._np_random_seed = -1

    @property
    def np_random_seed(self) -> int:
        """The seed of the random stream; -1 if a generator was assigned."""
        if self._np_random_seed is None:
            self._np_random_seed = self._engine.entropy
        return self._np_random_seed

    def get_state(self) -> bytes:
        """A snapshot of everything that decides about the future: state, random stream, clock, return."""
        return self._engine.get_state([])  # type: ignore[no-any-return]

    def set_state(self, state: bytes) -> None:
        """Goes back to a snapshot of this task.

        Raises:
            TypeError: ``state`` is not ``bytes``.
            ValueError: The bytes are not a snapshot, or one of another task or version.
        """
        self._engine.set_state(check_state(state), [])

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying: the arguments, the snapshot, the spaces."""
        state = self.__dict__.copy()
        state["_np_random"] = None
        state["_engine"] = None if isinstance(self._engine, ClosedEngine) else self._engine.get_state([])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes the engine again and restores the snapshot."""
        snapshot = state.pop("_engine")
        type(self).__init__(self, **state["_arguments"])
        self.__dict__.update(state)
        if snapshot is None:
            self.close()
        else:
            self._engine.set_state(snapshot, [])


def family_of(spec: EnvSpec) -> str:
    """The family of a native task's spec, such as ``"classic_control"``."""
    name = str(spec.entry_point).removeprefix(f"{_MODULE}:").removesuffix("Env")
    family: str = native_tasks()[name]["family"]
    return family


def register_native_tasks() -> None:
    """Registers every id of every compiled-in task."""
    for task in native_tasks().values():
        for variant in task["variants"]:
            register(
                id=variant["id"],
                entry_point=f"{_MODULE}:{task['name']}Env",
                vector_entry_point=f"{_MODULE}:{task['name']}VectorEnv",
                max_episode_steps=variant["max_episode_steps"],
                reward_threshold=variant["reward_threshold"],
            )


def __getattr__(name: str) -> Any:
    """Makes the class of a task: ``<Task>Env`` or ``<Task>VectorEnv``."""
    bases: tuple[tuple[str, type], ...] = (("VectorEnv", NativeVectorEnv), ("Env", NativeEnv))
    for suffix, base in bases:
        task = native_tasks().get(name.removesuffix(suffix))
        if name.endswith(suffix) and task is not None:
            doc = f"{task['summary']} Source: {task['source']}.\n\n{base.__doc__}"
            made = type(name, (base,), {"task": task["name"], "__module__": _MODULE, "__doc__": doc})
            globals()[name] = made
            return made
    raise AttributeError(f"module {_MODULE!r} has no attribute {name!r}")
