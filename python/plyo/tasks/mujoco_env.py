"""What single environments of MuJoCo tasks and their batches have beside the others of native tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from plyo.mujoco.assets import asset_path
from plyo.mujoco.host import OpenModel, give_clock_back, open_model, silence_clock
from plyo.mujoco.members import ModelMembers
from plyo.tasks.arguments import check_flag
from plyo.tasks.descriptions import native_tasks
from plyo.tasks.options import EngineOptions
from plyo.tasks.task_env import NativeEnv


@dataclass(kw_only=True)
class MujocoOptions:
    """The options of MuJoCo tasks.

    Attributes:
        tuned: Whether a private copy of the model is stepped, without what no task reads: the same bits, checked when
            the first batch is made, in less time. None tunes Gymnasium's own models, and of a user's ``xml_file``
            only what is safe in any model.
        width: The width of pictures in pixels.
        height: Their height in pixels.
        camera_id: The camera by its number in the model.
        camera_name: The camera by its name; not with ``camera_id``.
        default_camera_config: Attributes of the free camera, by name; None for the task's own.
        max_geom: The most shapes in a picture.
        visual_options: Flags of MuJoCo's visualiser, by their numbers.
    """

    tuned: bool | None = None
    width: int = 480
    height: int = 480
    camera_id: int | None = None
    camera_name: str | None = None
    default_camera_config: dict[str, Any] | None = None
    max_geom: int = 1000
    visual_options: dict[int, bool] | None = None


@dataclass(kw_only=True)
class MujocoEnvOptions(MujocoOptions, EngineOptions):
    """The options of single environments of MuJoCo tasks."""


class MujocoFace:
    """The model of an environment or batch."""

    task: ClassVar[str]
    _opened: OpenModel
    _has_clock = False

    def _open_resource(self, options: Any, params: dict[str, Any], num_threads: int) -> Any:
        """Loads the model."""
        task = native_tasks()[self.task]
        if options.tuned is not None:
            check_flag("tuned", options.tuned)
        file = str(params.get("xml_file", task["file"]))
        path, is_users = asset_path(file, task["family"])
        self._opened = open_model(
            path,
            is_users=is_users,
            tuned=options.tuned,
            num_threads=num_threads,
            observes_sensors=task["observes_sensors"],
            # a robot is pulled by the place of a body, without an offset
            resets_welds=task["family"] == "robotics",
        )
        if options.tuned is not False:
            silence_clock()
            self._has_clock = True
        return self._opened.native

    def _free(self) -> None:
        """Frees the engine, and gives MuJoCo's clock back."""
        super()._free()  # type: ignore[misc]  # a class beside this one has it
        self._give_clock_back()

    def _give_clock_back(self) -> None:
        if self._has_clock:
            self._has_clock = False
            give_clock_back()

    def __del__(self) -> None:
        self._give_clock_back()


class MujocoTaskEnv(ModelMembers, MujocoFace, NativeEnv):
    """A single environment of a MuJoCo task."""

    _options_type = MujocoEnvOptions
    _made_again = (*NativeEnv._made_again, "_opened", "_has_clock", "_data")
