"""Batches of robots with goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from plyo._native import Engine
from plyo.tasks.robot_env import RobotOptions
from plyo.tasks.robot_members import GoalMembers
from plyo.vector._batch_options import BatchOptions
from plyo.vector._batching import spread_values
from plyo.vector.mujoco_batch import MujocoVectorEnv


@dataclass(kw_only=True)
class RobotBatchOptions(RobotOptions, BatchOptions):
    """The options of batches of robots."""


class RobotVectorEnv(GoalMembers, MujocoVectorEnv):
    """A batch of environments of a robot with goals."""

    _options_type: ClassVar[Any] = RobotBatchOptions

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The result of a method of the task for every environment; without arguments also the attribute of each.

        Raises:
            AttributeError: There is no attribute of that name.
        """
        if name != "goal":
            return super().call(name, *args, **kwargs)
        goals = Engine.observe(self._engine)["desired_goal"]
        steps = self._engine.all_elapsed_steps()
        return tuple(goal if n >= 0 else np.zeros(0) for goal, n in zip(goals, steps, strict=True))

    def set_attr(self, name: str, values: Any) -> None:
        """Sets what can be set of every environment, its goal too: another one counts until the next reset.

        Args:
            name: ``"goal"``, or a name as for all native batches.
            values: A list or tuple with one value for each environment; an array goes to all.

        Raises:
            AttributeError: Another attribute is named.
            TypeError, ValueError: There are more or fewer values than environments, or a value is not legal; nothing
                has changed.
            plyo.error.ResetNeeded: An environment that gets a goal was never reset.
        """
        if name != "goal":
            super().set_attr(name, values)
            return
        self._set_each(
            lambda lane, value: self._engine.set_goal(lane, np.asarray(value, dtype=np.float64)),
            spread_values(values, self.num_envs),
        )

    def _shared(self, name: str) -> Any:
        values = self._engine.param_values(name, [])
        if not isinstance(values, np.ndarray):
            return values
        if (values != values[0]).any():
            raise ValueError(
                f"the environments have different values of {name}, so that goals alone have no rewards; "
                "`envs.call('compute_reward', ...)` asks every environment"
            )
        return values[0].item()
