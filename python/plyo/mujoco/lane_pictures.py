"""Pictures of the environments of a batch, whose states are put into ``MjData`` one after another."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.integers import check_integer
from plyo.mujoco._viewers import OffScreenViewer, configure, free_camera
from plyo.mujoco.pixels import FastPixels
from plyo.mujoco.rendering import MujocoRenderer

if TYPE_CHECKING:
    import mujoco


def draw_lanes(
    pixels: FastPixels,
    data: mujoco.MjData,
    fill: Callable[[int], Any],
    lanes: Iterable[int],
    out: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Draws environments of a batch one after another, in this thread.

    Args:
        pixels: What draws.
        data: What ``fill`` writes into.
        fill: Puts the state of an environment into ``data``, the positions of its bodies included.
        lanes: The environments.
        out: uint8 (number of environments, height, width, 3), a row each.

    Returns:
        ``out``.

    Raises:
        ValueError: ``out`` has another type, shape or number of rows.
        plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
    """
    chosen = _checked(lanes, out)
    with pixels.current():
        for row, lane in enumerate(chosen):
            fill(lane)
            pixels.draw(data, out[row])
    return out


class LanePixels:
    """Draws environments of a batch fast, in several threads with an OpenGL context and a ``MjData`` each.

    The pictures do not depend on the number of threads. After a fork, the child has threads and contexts of its own.

    Args:
        model: The model.
        height: The height in pixels.
        width: The width in pixels.
        fill: Puts the state of an environment into a ``MjData``, the positions of its bodies included; called in any of
            the threads.
        threads: How many.
        **arguments: The camera and the other arguments of :class:`plyo.mujoco.pixels.FastPixels`.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        height: int,
        width: int,
        fill: Callable[[int, mujoco.MjData], Any],
        *,
        threads: int = 1,
        **arguments: Any,
    ) -> None:
        import mujoco

        number = check_integer("threads", threads, 1)
        self._fill = fill
        self._workers = [
            (mujoco.MjData(model), FastPixels(model, height, width, **arguments)) for _ in range(number)
        ]
        self._pool: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    def draw(self, lanes: Iterable[int], out: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Draws environments.

        Args:
            lanes: The environments.
            out: uint8 (number of environments, height, width, 3), a row each.

        Returns:
            ``out``.

        Raises:
            ValueError: ``out`` has another type, shape or number of rows.
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
        """
        chosen = _checked(lanes, out)
        pending = deque(enumerate(chosen))
        workers = self._workers[: len(chosen)]
        if len(workers) <= 1:
            for worker in workers:
                self._work(worker, pending, out)
            return out
        started = [self._threads().submit(self._work, worker, pending, out) for worker in workers]
        failures = [future.exception() for future in started]
        for failure in failures:
            if failure is not None:
                raise failure
        return out

    def _work(
        self,
        worker: tuple[mujoco.MjData, FastPixels],
        pending: deque[tuple[int, int]],
        out: NDArray[np.uint8],
    ) -> None:
        """Draws what is pending, until there is no more, or a picture failed in any thread."""
        data, pixels = worker
        try:
            with pixels.current():
                while pending:
                    try:
                        row, lane = pending.popleft()
                    except IndexError:
                        break
                    self._fill(lane, data)
                    pixels.draw(data, out[row])
        except BaseException:
            pending.clear()
            raise

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None or self._process != os.getpid():
            self._pool = ThreadPoolExecutor(len(self._workers), "plyo-pixels")
            self._process = os.getpid()
        return self._pool

    def close(self) -> None:
        """Ends the threads and gives the OpenGL contexts back. Drawing once more makes others."""
        if self._pool is not None and self._process == os.getpid():
            self._pool.shutdown()
        self._pool = None
        for _, pixels in self._workers:
            pixels.close()


class LaneRenderer:
    """Pictures of the environments of a batch as :class:`MujocoRenderer` draws them, with one OpenGL context.

    Each environment has a camera of its own, as it has in a batch of Gymnasium's: the free camera looks at where the
    robot was in its first picture.

    Args:
        model: The model.
        data: What ``fill`` writes into.
        fill: Puts the state of an environment into ``data``, the positions of its bodies included.
        cameras: Where the free cameras are kept by mode and environment; None for a dictionary of its own.
        **arguments: Those of :class:`MujocoRenderer`.
    """

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        fill: Callable[[int], Any],
        *,
        cameras: dict[tuple[str, int], mujoco.MjvCamera] | None = None,
        **arguments: Any,
    ) -> None:
        self._renderer = MujocoRenderer(model, data, **arguments)
        self._fill = fill
        self._cameras = {} if cameras is None else cameras

    def render(self, render_mode: str, lanes: Iterable[int]) -> list[Any]:
        """Draws environments.

        Args:
            render_mode: ``"rgb_array"``, ``"depth_array"`` or ``"rgbd_tuple"``.
            lanes: The environments.

        Returns:
            What :meth:`MujocoRenderer.render` returns, for each.

        Raises:
            plyo.error.RenderContextError: There is nothing to draw with, or it was lost.
        """
        return [self._render_one(render_mode, lane) for lane in lanes]

    def _render_one(self, render_mode: str, lane: int) -> Any:
        renderer = self._renderer
        viewer = renderer._get_viewer(render_mode)
        if not isinstance(viewer, OffScreenViewer):
            raise ValueError(f"a window shows one environment; a batch renders no {render_mode!r}")
        self._fill(lane)
        camera = self._cameras.get((render_mode, lane))
        if camera is None:
            camera = free_camera(renderer.model, renderer.data)
            configure(camera, renderer.default_cam_config)
            self._cameras[render_mode, lane] = camera
        viewer.cam = camera
        return renderer.render(render_mode)

    def close(self) -> None:
        """Gives the OpenGL context back. Drawing once more makes another."""
        self._renderer.close()


def _checked(lanes: Iterable[int], out: NDArray[np.uint8]) -> list[int]:
    chosen = list(lanes)
    if len(out) != len(chosen):
        raise ValueError(f"out must have {len(chosen)} rows, one for each environment, got {len(out)}")
    return chosen
