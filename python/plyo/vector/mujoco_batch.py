"""Batches of MuJoCo tasks."""

from __future__ import annotations

from dataclasses import dataclass

from plyo.tasks.mujoco_env import MujocoFace, MujocoOptions
from plyo.vector._batch_options import BatchOptions
from plyo.vector.task_batch import NativeVectorEnv


@dataclass(kw_only=True)
class MujocoBatchOptions(MujocoOptions, BatchOptions):
    """The options of batches of MuJoCo tasks."""


class MujocoVectorEnv(MujocoFace, NativeVectorEnv):
    """A batch of environments of a MuJoCo task."""

    _options_type = MujocoBatchOptions
    _made_again = (*NativeVectorEnv._made_again, "_opened", "_has_clock")
