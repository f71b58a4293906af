"""Batches of robots with goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from plyo.tasks.robot_env import RobotOptions
from plyo.tasks.robot_members import GoalMembers
from plyo.vector._batch_options import BatchOptions
from plyo.vector.mujoco_batch import MujocoVectorEnv


@dataclass(kw_only=True)
class RobotBatchOptions(RobotOptions, BatchOptions):
    """The options of batches of robots."""


class RobotVectorEnv(GoalMembers, MujocoVectorEnv):
    """A batch of environments of a robot with goals."""

    _options_type: ClassVar[Any] = RobotBatchOptions

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
