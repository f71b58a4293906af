"""The native tasks as classes of Gymnasium, made at their first use: ``CartPoleEnv``, ``CartPoleVectorEnv``, ...

Each inherits from Plyo's class and from ``gymnasium.Env`` or ``gymnasium.vector.VectorEnv``. A class is named after its
task, since a task has several versions whose classes have one name; that of a task that the user has compiled has the
digest of its text in its name here.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from plyo.envs.classes import native_class
from plyo.envs.making import NO_TIME_LIMIT
from plyo.gymnasium.spaces import to_gymnasium_space
from plyo.tasks.descriptions import Description, find_description, native_tasks, shown_name


class _Single:
    """What a single environment does differently: its spaces are Gymnasium's."""

    observation_space: Any
    action_space: Any

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        self.observation_space = to_gymnasium_space(self.observation_space)
        self.action_space = to_gymnasium_space(self.action_space)


class _Batch:
    """What a batch does differently: its spaces and its mode of resetting are Gymnasium's."""

    num_envs: int
    metadata: dict[str, Any]
    autoreset_mode: Any

    def __init__(self, num_envs: int = 1, **arguments: Any) -> None:
        if arguments.get("max_episode_steps") == NO_TIME_LIMIT:
            arguments["max_episode_steps"] = None
        super().__init__(num_envs, **arguments)  # type: ignore[call-arg]  # a class beside this one takes them
        self._adopt_mode()

    def _adopt_mode(self) -> None:
        self.autoreset_mode = AutoresetMode(self.autoreset_mode.value)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}

    @cached_property
    def single_observation_space(self) -> Any:
        """The observation space of one environment."""
        return to_gymnasium_space(super().single_observation_space)  # type: ignore[misc]  # as above

    @cached_property
    def single_action_space(self) -> Any:
        """The action space of one environment."""
        return to_gymnasium_space(super().single_action_space)  # type: ignore[misc]  # as above

    @cached_property
    def observation_space(self) -> Any:
        """The observation space of the batch."""
        return batch_space(self.single_observation_space, self.num_envs)

    @cached_property
    def action_space(self) -> Any:
        """The action space of the batch."""
        return batch_space(self.single_action_space, self.num_envs)


def _dual_class(name: str, task: Description, is_batch: bool) -> type:
    """The class of a task that is Gymnasium's too."""
    native = native_class(task["name"], task["vector_class_name" if is_batch else "class_name"])
    mixin, foreign = (_Batch, gymnasium.vector.VectorEnv) if is_batch else (_Single, gymnasium.Env)
    # pickles find the class by its name in this module; that of a task that the user has compiled has a digest, which
    # is not shown
    namespace = {"__module__": __name__, "__doc__": native.__doc__, "made_as": name}
    return type(shown_name(name), (mixin, native, foreign), namespace)


def __getattr__(name: str) -> type:
    """Makes the class of a task."""
    is_batch = name.endswith("VectorEnv")
    task = find_description(name.removesuffix("VectorEnv" if is_batch else "Env"))
    if task is None or not name.endswith("Env"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    made = _dual_class(name, task, is_batch)
    globals()[name] = made
    return made


def __dir__() -> list[str]:
    """All classes, made or not."""
    return sorted(
        {*globals(), *(f"{task}{kind}" for task in native_tasks() for kind in ("Env", "VectorEnv"))}
    )
