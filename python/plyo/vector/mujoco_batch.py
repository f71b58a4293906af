"""Batches of MuJoCo tasks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.tasks.mujoco_env import DEPTH_MODES, MujocoFace, MujocoOptions, check_depth
from plyo.tasks.pictures import to_ids
from plyo.vector._batch_options import BatchOptions
from plyo.vector.task_batch import NativeVectorEnv


@dataclass(kw_only=True)
class MujocoBatchOptions(MujocoOptions, BatchOptions):
    """The options of batches of MuJoCo tasks."""


class MujocoVectorEnv(MujocoFace, NativeVectorEnv):
    """A batch of environments of a MuJoCo task."""

    _options_type = MujocoBatchOptions
    _made_again = (*NativeVectorEnv._made_again, "_opened", "_clock")
    _of_views = ("_opened",)

    def render(
        self,
        *,
        ids: Iterable[int] | None = None,
        size: tuple[int, int] | None = None,
        out: npt.NDArray[np.uint8] | None = None,
    ) -> Any:
        """The environments as pictures.

        Drawing changes nothing: neither a state nor a random stream.

        Args:
            ids: The environments to draw, in this order; None for all.
            size: The height and width of the pictures in pixels; None for those that the batch was made with.
            out: An array to draw into, uint8 of shape ``(n, height, width, 3)``, of any strides.

        Returns:
            With any of the arguments ``out`` or a fresh uint8 array of shape ``(n, height, width, 3)``, whatever the
            render mode. Without, as Gymnasium's batches: a tuple of what one environment returns in the render mode,
            for each; None without a mode.

        Raises:
            plyo.error.ResetNeeded: An environment was never reset.
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
            NotImplementedError: There is no such mode.
            IndexError: There is no such environment.
            TypeError, ValueError: An argument does not fit.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        if self.render_mode in DEPTH_MODES and ids is None and size is None and out is None:
            check_depth(self, self.render_mode)
            lanes = to_ids(None, self.num_envs)
            return tuple(self._engine.pictures(lanes, self.render_mode, self._engine.picture_size()))
        return super().render(ids=ids, size=size, out=out)
