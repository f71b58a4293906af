"""What single environments of MuJoCo tasks and their batches have beside the others of native tasks."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from plyo.mujoco.acceleration import Acceleration, check_wish
from plyo.mujoco.assets import asset_path
from plyo.mujoco.cameras import default_camera
from plyo.mujoco.host import OpenModel, give_clock_back, open_model, silence_clock
from plyo.mujoco.members import ModelMembers, check_overrides
from plyo.mujoco.model_numbers import ModelNumbers
from plyo.tasks.arguments import check_flag
from plyo.tasks.descriptions import description_of
from plyo.tasks.options import EngineOptions
from plyo.tasks.task_env import NativeEnv

if TYPE_CHECKING:
    from plyo.mujoco.rendering import MujocoRenderer

#: The render modes that other native tasks have not.
DEPTH_MODES = ("depth_array", "rgbd_tuple")


@dataclass(kw_only=True)
class MujocoOptions:
    """The options of MuJoCo tasks.

    Attributes:
        tuned: Whether a private copy of the model is stepped, without what no task reads: the same bits, checked when
            the first batch is made, in less time. None tunes Gymnasium's own models, and of a user's ``xml_file``
            only what is safe in any model.
        acceleration: Whether environments are stepped in vector lanes in place of MuJoCo: the same bits in a fraction
            of the time. ``"auto"`` does so for models and builds of MuJoCo for which that is known, unless ``tuned``
            is false; True also with a build that is not known, if a comparison finds no difference.
        width: The width of pictures in pixels.
        height: Their height in pixels.
        camera_id: The camera by its number in the model.
        camera_name: The camera by its name; not with ``camera_id``.
        default_camera_config: Attributes of the free camera, by name; None for none.
        max_geom: The most shapes in a picture.
        visual_options: Flags of MuJoCo's visualiser, by their numbers.
    """

    tuned: bool | None = None
    acceleration: bool | str = "auto"
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
    #: `make` leaves windows to the class.
    shows_itself: ClassVar[bool] = True
    render_mode: str | None
    metadata: dict[str, Any]
    _opened: OpenModel
    #: Gives MuJoCo's clock back, when it is called or nobody has the environment any more.
    _clock: Callable[[], Any] | None = None

    @classmethod
    def _take_options(cls, arguments: dict[str, Any]) -> Any:
        """Takes the options out of keyword arguments: without others, the free camera is the task's."""
        arguments.setdefault("default_camera_config", default_camera(cls.task))
        return super()._take_options(arguments)  # type: ignore[misc]  # a class beside this one has it

    def _open_resource(self, options: Any, params: dict[str, Any], num_threads: int) -> Any:
        """Loads the model."""
        task = description_of(self.task)
        if options.tuned is not None:
            check_flag("tuned", options.tuned)
        acceleration = getattr(options, "acceleration", False)  # robots have none
        check_wish(acceleration)
        file = params.get("xml_file", task["file"])
        if not isinstance(file, str):
            file = str(task["file"])  # the engine refuses the argument
        path, is_users = asset_path(file, task["family"])
        self._opened = open_model(
            path,
            is_users=is_users,
            tuned=options.tuned,
            num_threads=num_threads,
            observes_sensors=task["observes_sensors"],
            # a robot is pulled by the place of a body, without an offset
            resets_welds=task["family"] == "robotics",
            acceleration=acceleration,
            steps_in_packs=task["steps_in_packs"],
            has_numbers=task["family"] == "mujoco",
        )
        self._take_clock(options.tuned)
        return self._opened.native

    @property
    def acceleration(self) -> Acceleration:
        """Whether environments are stepped in vector lanes, why not, and how many steps were."""
        return self._opened.acceleration

    def _more_parameters(self) -> ModelNumbers | None:
        return self._opened.numbers

    def _more_values(self, lanes: list[int]) -> dict[str, Any]:
        numbers = self._opened.numbers
        engine: Any = self._engine  # type: ignore[attr-defined]  # a class beside this one has it
        return {} if numbers is None else dict(numbers.values(engine.lane_numbers(lanes)))

    def _take_clock(self, tuned: bool | None) -> None:
        """Stops MuJoCo's clock, unless the model is to be as MuJoCo has it."""
        if tuned is not False:
            silence_clock()
            self._clock = weakref.finalize(self, give_clock_back)

    def _make_engine(
        self, options: Any, num_envs: int, params: dict[str, Any], for_engine: dict[str, Any]
    ) -> Any:
        """Makes the engine, which draws with MuJoCo's renderer."""
        from plyo.mujoco.engines import make_engine

        check_look(options)
        pixels = for_engine["pixels"]
        arguments = {
            "task": self.task,
            "num_envs": num_envs,
            "params": params,
            **(for_engine | {"pixels": None}),
        }
        engine = make_engine(self._opened, options, pixels, self.render_mode == "human", arguments)
        if any(param["name"] == "frame_skip" for param in description_of(self.task)["params"]):
            # a picture a step, however long the user makes it
            seconds = self._opened.stock.opt.timestep * engine.param("frame_skip", 0)
            self.metadata = {**self.metadata, "render_fps": round(1 / seconds)}
        return engine

    def _free(self) -> None:
        """Frees the engine and what it draws with, and gives MuJoCo's clock back."""
        if not self._is_closed:  # type: ignore[attr-defined]  # a class beside this one has it
            self._engine.close_pictures()  # type: ignore[attr-defined]  # likewise
        super()._free()  # type: ignore[misc]  # a class beside this one has it
        if self._clock is not None:
            self._clock()


class MujocoTaskEnv(ModelMembers, MujocoFace, NativeEnv):
    """A single environment of a MuJoCo task."""

    _options_type = MujocoEnvOptions
    _made_again = (*NativeEnv._made_again, "_opened", "_clock", "_data")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_overrides(cls)

    def _in_window(self, engine: Any, options: Any) -> Any:
        """The engine as it is: it shows itself."""
        return engine

    def _open_again(self, engine: Any) -> None:
        """Puts the engine back that closing has put aside."""
        super()._open_again(engine)
        self._take_clock(self._arguments["tuned"])

    def _look(self, name: str) -> Any:
        """An argument about pictures; robots have fewer."""
        if name not in self._arguments:
            raise self._no_attribute(name)
        return self._arguments[name]

    @property
    def width(self) -> int:
        """The width of pictures in pixels."""
        return self._look("width")  # type: ignore[no-any-return]  # arguments are of many types

    @property
    def height(self) -> int:
        """The height of pictures in pixels."""
        return self._look("height")  # type: ignore[no-any-return]  # likewise

    @property
    def camera_id(self) -> int | None:
        """The model's camera by number, as it was asked for."""
        return self._look("camera_id")  # type: ignore[no-any-return]  # likewise

    @property
    def camera_name(self) -> str | None:
        """The model's camera by name, as it was asked for."""
        return self._look("camera_name")  # type: ignore[no-any-return]  # likewise

    @property
    def mujoco_renderer(self) -> MujocoRenderer:
        """What draws, with the interface of Gymnasium's renderers: for markers, texts and the camera."""
        return self._engine.renderer  # type: ignore[no-any-return]  # an engine is any

    def render(self, *, size: tuple[int, int] | None = None, out: npt.NDArray[np.uint8] | None = None) -> Any:
        """The present state as a picture, by the render mode.

        Drawing changes nothing: neither the state nor a random stream.

        Args:
            size: The height and width of the picture in pixels; None for those that the environment was made with.
            out: An array to draw into, uint8 of shape ``(height, width, 3)``, of any strides.

        Returns:
            ``"rgb_array"``, or with ``size`` or ``out``: uint8 ``(height, width, 3)``. ``"depth_array"``: float32
            ``(height, width)``, from 0 at the near plane to 1 at the far one. ``"rgbd_tuple"``: both. ``"human"``:
            None. Without a mode it warns and returns None.

        Raises:
            plyo.error.ResetNeeded: The environment was never reset.
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
            NotImplementedError: There is no such mode.
            TypeError, ValueError: ``size`` or ``out`` does not fit.
            plyo.error.ClosedEnvironmentError: The environment is closed.
        """
        if self.render_mode in DEPTH_MODES and size is None and out is None and self.has_reset:
            check_depth(self, self.render_mode)
            return self._engine.picture(0, self.render_mode)
        return super().render(size=size, out=out)


def check_look(options: Any) -> None:
    """Refuses a drawing style of other native tasks.

    Raises:
        ValueError: One was given.
    """
    if options.render_style != "gym":
        raise ValueError(
            f"render_style must be 'gym' for MuJoCo tasks, whose pictures are MuJoCo's, got {options.render_style!r}"
        )


def check_depth(env: Any, mode: str) -> None:
    """Raises unless an environment or batch renders depths.

    Raises:
        NotImplementedError: It does not: robots of Gymnasium-Robotics have colours only.
    """
    modes = env.metadata["render_modes"]
    if mode not in modes:
        raise NotImplementedError(
            f"{type(env).__name__} does not render {mode!r}; its render modes are {modes}"
        )
