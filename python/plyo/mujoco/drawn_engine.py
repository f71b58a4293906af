"""An engine of MuJoCo tasks that draws its environments."""

from __future__ import annotations

import base64
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plyo import error
from plyo._native import Engine
from plyo.basics.canvases import check_size, to_canvas
from plyo.basics.integers import check_integer
from plyo.mujoco.host import OpenModel, wrap_data
from plyo.mujoco.library import copy_data, load_mujoco

if TYPE_CHECKING:
    from plyo.mujoco.lane_pictures import LaneRenderer
    from plyo.mujoco.rendering import MujocoRenderer

Picture = npt.NDArray[np.uint8]
#: Puts what is shown of a lane's goal into a model and its data: called with engine, lane, model, data.
Marks = Callable[[Engine, int, Any, Any], None]

#: The pixels between the pictures of a grid have this brightness.
_GROUND = 128
#: A notebook's picture is stretched: it need not have all of the pixels.
_NOTEBOOK_SIDE = 160


@dataclass
class Scene:
    """What is drawn of a task, and how.

    Attributes:
        opened: The model.
        width: The width of pictures in pixels.
        height: Their height in pixels.
        camera_id: The model's camera by number, or None.
        camera_name: The model's camera by name, or None.
        camera_config: Attributes of the free camera.
        max_geom: The most shapes in a picture.
        visual_options: Flags of MuJoCo's visualiser.
        marks: Shows the goal of a lane; None for tasks without goals.
        num_threads: The threads that draw observations.
    """

    opened: OpenModel
    width: int
    height: int
    camera_id: int | None
    camera_name: str | None
    camera_config: dict[str, Any]
    max_geom: int
    visual_options: dict[int, bool] | None
    marks: Marks | None = None
    num_threads: int = 1

    def check(self) -> None:
        """Checks everything before the first picture, without OpenGL.

        Raises:
            ValueError: Both cameras are given, there is no such camera, or a size is not positive.
            TypeError: A number is no integer.
            IndexError: There is no such visual option.
            AttributeError: A camera has no such attribute.
        """
        from plyo.mujoco._viewers import configure, to_options
        from plyo.mujoco.rendering import to_camera_id

        to_camera_id(self.opened.stock, self.camera_id, self.camera_name)
        for name, least in (("width", 1), ("height", 1), ("max_geom", 0)):
            check_integer(name, getattr(self, name), least)
        if self.visual_options:
            to_options(self.visual_options)
        configure(load_mujoco().MjvCamera(), self.camera_config)

    def viewing(self) -> dict[str, Any]:
        """The arguments of renderers beside the size and the free camera's attributes."""
        return {
            "camera_id": self.camera_id,
            "camera_name": self.camera_name,
            "max_geom": self.max_geom,
            "visual_options": self.visual_options,
        }


class LaneFiller:
    """Brings an ``MjData`` to what an environment is after its last step: what Gymnasium's would draw.

    Args:
        engine: The engine, which is not kept alive.
        scene: The model and the marks of goals.
        data: The data; None for fresh ones.
    """

    def __init__(self, engine: Engine, scene: Scene, data: Any = None) -> None:
        self._engine = weakref.ref(engine)
        self._scene = scene
        self.data = load_mujoco().MjData(scene.opened.stock) if data is None else data
        self._native = wrap_data(scene.opened.stock, [self.data])

    def fill(self, lane: int) -> None:
        """Puts an environment into the data.

        Raises:
            plyo.error.ResetNeeded: It was never reset.
        """
        engine = self._engine()
        assert engine is not None, "pictures end with their engine"
        self.fill_from(engine, lane)

    def fill_from(self, engine: Engine, lane: int) -> None:
        """The same, of an environment of another engine."""
        live = getattr(engine, "live", None)
        stock = self._scene.opened.stock
        if live is not None:
            copy_data(self.data, stock, live)
        else:
            engine.reproduce(lane, self._native)
        if self._scene.marks is not None:
            self._scene.marks(engine, lane, stock, self.data)


#: The parts of an observation of a task with goals, in the order of single environments.
_GOAL_PARTS = ("observation", "achieved_goal", "desired_goal")


class DrawnEngine(Engine):
    """An engine of a MuJoCo task whose pictures come from MuJoCo's renderer.

    It has the methods about pictures that engines of other tasks have natively. Nothing is opened before something is
    drawn.

    Args:
        scene: What is drawn.
        **arguments: Those of the engine.
    """

    #: The ``MjData`` that the only environment lives in; None while it is stepped elsewhere.
    live: Any = None

    def __init__(self, scene: Scene, **arguments: Any) -> None:
        super().__init__(**arguments)
        scene.check()
        self._num_envs: int = arguments["num_envs"]
        self._scene = scene
        self._renderer: MujocoRenderer | None = None
        self._sized: dict[tuple[int, int], LaneRenderer] = {}
        self._filler: LaneFiller | None = None
        #: The free cameras of a batch by mode and lane, which stay over sizes.
        self._cameras: dict[tuple[str, int], Any] = {}

    def draw_from(self, data: Any) -> None:
        """From now on the only environment lives in this ``MjData``, and is drawn from it."""
        self.live = data
        if self._renderer is not None and self._scene.marks is None:
            self._renderer.draw_from(data)

    def observe_lane(self, lane: int) -> Any:
        """The last observation of one environment's state, a copy; also where pictures are observed."""
        observations = Engine.observe(self)
        if isinstance(observations, dict):
            return {name: observations[name][lane].copy() for name in _GOAL_PARTS}
        return observations[lane].copy()

    @property
    def renderer(self) -> MujocoRenderer:
        """The renderer of the only environment, as Gymnasium's environments have it."""
        if self._renderer is None:
            from plyo.mujoco.rendering import MujocoRenderer

            scene = self._scene
            own = self.live is not None and scene.marks is None
            filler = None if own else self._fill()
            self._renderer = MujocoRenderer(
                scene.opened.stock,
                self.live if filler is None else filler.data,
                scene.camera_config,
                scene.width,
                scene.height,
                **scene.viewing(),
                fill=None if filler is None else _only_lane(filler, self),
            )
        return self._renderer

    def _fill(self) -> LaneFiller:
        if self._filler is None:
            self._filler = LaneFiller(self, self._scene)
        return self._filler

    def picture(self, lane: int, mode: str) -> Any:
        """What an environment renders in a mode.

        Raises:
            plyo.error.ResetNeeded: It was never reset.
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
        """
        if self._num_envs == 1:
            self._check_reset([0])
            return self.renderer.render(mode)
        return self.pictures([lane], mode, self.picture_size())[0]

    def pictures(self, lanes: Sequence[int], mode: str, size: tuple[int, int]) -> list[Any]:
        """What some environments render in a mode, at a size."""
        self._check_reset(lanes)
        renderer = self._sized.get(size)
        if renderer is None:
            renderer = self._make_renderer(size)
        return renderer.render(mode, lanes)

    def _make_renderer(self, size: tuple[int, int]) -> LaneRenderer:
        """A renderer of the batch; those of the own size and of the last other one are kept."""
        from plyo.mujoco.lane_pictures import LaneRenderer

        for other in [known for known in self._sized if known != self.picture_size()]:
            self._sized.pop(other).close()
        filler = self._fill()
        scene = self._scene
        renderer = self._sized[size] = LaneRenderer(
            scene.opened.stock,
            filler.data,
            filler.fill,
            cameras=self._cameras,
            default_cam_config=scene.camera_config,
            height=size[0],
            width=size[1],
            **scene.viewing(),
        )
        return renderer

    def _check_reset(self, lanes: Sequence[int]) -> None:
        for lane in lanes:
            if self.elapsed_steps(lane) is None:
                raise error.ResetNeeded(
                    f"environment {lane} has not been reset: call reset() before render()"
                )

    # The pictures of native engines.

    def picture_size(self) -> tuple[int, int]:
        """(height, width) of the task's own pictures."""
        return self._scene.height, self._scene.width

    def render_one(self, lane: int, size: Any, style: str, out: Any) -> Picture:
        """The picture of one lane, uint8 (height, width, 3)."""
        each = self._size_of(size, out, ())
        canvas = None if out is None else to_canvas(out, (*each, 3))
        if self._num_envs == 1 and each == self.picture_size():
            picture: Picture = self.picture(0, "rgb_array")
        else:
            self._share_camera()
            (picture,) = self.pictures([lane], "rgb_array", each)
        if canvas is None:
            return picture
        canvas[:] = picture
        return canvas

    def render(self, lanes: Sequence[int], size: Any, style: str, out: Any) -> Picture:
        """Pictures of the listed lanes, uint8 (n, height, width, 3)."""
        each = self._size_of(size, out, (len(lanes),))
        shape = (len(lanes), *each, 3)
        canvas = np.empty(shape, np.uint8) if out is None else to_canvas(out, shape)
        for row, picture in zip(canvas, self.pictures(lanes, "rgb_array", each), strict=True):
            row[:] = picture
        return canvas

    def render_grid(self, lanes: Sequence[int], columns: int, size: Any, gap: int, style: str) -> Picture:
        """One picture of the listed lanes, in rows."""
        height, width = self._size_of(size, None, ())
        rows = -(-len(lanes) // columns)
        whole = np.full(
            (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), _GROUND, dtype=np.uint8
        )
        for i, picture in enumerate(self.pictures(lanes, "rgb_array", (height, width))):
            down, across = i // columns * (height + gap), i % columns * (width + gap)
            whole[down : down + height, across : across + width] = picture
        return whole

    def svg(self, lane: int, style: str, width: int, title: str) -> str:
        """The picture of one lane as an ``<img>`` element, for notebooks."""
        from plyo.video.apng import encode_png

        height, wide = self.picture_size()
        side = min(width, _NOTEBOOK_SIDE)
        picture = self.render_one(lane, (max(1, round(side * height / wide)), side), style, None)
        data = base64.b64encode(encode_png(picture)).decode()
        return f'<img width="{width}" alt="{escape(title)}" src="data:image/png;base64,{data}">'

    def _size_of(self, size: Any, out: Any, lead: tuple[int, ...]) -> tuple[int, int]:
        """The size of pictures: as asked for, as large as the array has room for, or the task's own."""
        if size is not None:
            return check_size(size)
        if isinstance(out, np.ndarray) and out.ndim == len(lead) + 3:
            return check_size(out.shape[len(lead) : len(lead) + 2])
        return self.picture_size()

    def _share_camera(self) -> None:
        """Lets pictures of other sizes see what the only environment's own pictures show."""
        viewer = None if self._renderer is None else self._renderer._viewers.get("rgb_array")
        if viewer is not None:
            self._cameras["rgb_array", 0] = viewer.cam

    # Windows.

    def show(self) -> None:
        """Shows the present state in a window.

        Raises:
            plyo.error.RenderContextError: There is no display.
        """
        self.renderer.render("human")

    def close_window(self) -> None:
        """Closes the window, and gives back what pictures are drawn with."""
        self.close_pictures()

    def close_pictures(self) -> None:
        """Closes the window and gives the OpenGL contexts back. Drawing once more opens others."""
        if self._renderer is not None:
            self._renderer.close()
        for renderer in self._sized.values():
            renderer.close()
        self._sized.clear()
        self._renderer = self._filler = None
        self._cameras.clear()


class ShownSteps:
    """Shows every reset and step of the only environment; in front of an engine's class."""

    def reset_one(self, *args: Any) -> Any:
        """Resets and shows the environment."""
        result = super().reset_one(*args)  # type: ignore[misc]  # the engine has it
        self.show()  # type: ignore[attr-defined]  # likewise
        return result

    def step_one(self, action: Any) -> Any:
        """Steps and shows the environment."""
        result = super().step_one(action)  # type: ignore[misc]  # the engine has it
        self.show()  # type: ignore[attr-defined]  # likewise
        return result


class ShownEngine(ShownSteps, DrawnEngine):
    """An engine whose only environment is shown in a window."""


def _only_lane(filler: LaneFiller, engine: DrawnEngine) -> Callable[[], None]:
    """Fills with the only environment, if it was reset: before, Gymnasium draws an empty ``MjData`` too."""
    owner = weakref.ref(engine)

    def fill() -> None:
        living = owner()
        if living is not None and living.elapsed_steps(0) is not None:
            filler.fill(0)

    return fill
