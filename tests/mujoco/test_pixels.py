"""Fast pictures for observations, and pictures of batches."""

from __future__ import annotations

import os
import threading
from typing import Any

import mujoco
import numpy as np
import pytest
from drawn_models import load, moved, needs_opengl

from plyo.error import RenderContextError
from plyo.mujoco.lane_pictures import LanePixels, LaneRenderer, draw_lanes
from plyo.mujoco.pixels import FastPixels
from plyo.mujoco.rendering import MujocoRenderer

HEIGHT, WIDTH = 36, 48


def canvas(*lanes: int) -> np.ndarray:
    return np.zeros((*lanes, HEIGHT, WIDTH, 3), np.uint8)


def unshadowed(model: Any, data: Any, **arguments: Any) -> np.ndarray:
    """What MuJoCo draws without shadows and reflections, through its own renderer."""
    model.vis.quality.offsamples = 0
    model.vis.quality.numslices, model.vis.quality.numstacks = 16, 10
    renderer = MujocoRenderer(model, data, width=WIDTH, height=HEIGHT, **arguments)
    viewer = renderer._get_viewer("rgb_array")
    viewer.scn.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = 0
    viewer.scn.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = 0
    picture = renderer.render("rgb_array")
    renderer.close()
    return picture


@needs_opengl
class TestFastPixels:
    @pytest.mark.parametrize("camera", [{"camera_id": 1}, {"camera_name": "side"}])
    def test_what_is_left_out_is_all_that_differs(self, camera: dict[str, Any]) -> None:
        model = load("room")
        data = moved(model)
        pixels = FastPixels(model, HEIGHT, WIDTH, **camera)
        out = pixels.draw(data, canvas())
        pixels.close()
        np.testing.assert_array_equal(out, unshadowed(model, data, **camera))

    def test_the_camera_goes_with_the_robot(self) -> None:
        """Without a camera of its own, a task is seen through the model's "track"."""
        model = load("half_cheetah")
        data = moved(model)
        pixels, free = FastPixels(model, HEIGHT, WIDTH), FastPixels(model, HEIGHT, WIDTH, camera_id=-1)
        here = pixels.draw(data, canvas())
        np.testing.assert_array_equal(here, unshadowed(model, data, camera_name="track"))
        data.qpos[0] += 100
        mujoco.mj_forward(model, data)
        far = np.abs(pixels.draw(data, canvas()).astype(int) - here)
        assert far.mean() < 20  # the floor's pattern moved, the robot is still there
        robot = np.abs(here.astype(int) - free.draw(data, canvas()))
        assert robot.mean() > 20
        pixels.close()
        free.close()

    def test_a_picture_depends_on_the_state_only(self) -> None:
        """Not on the first picture, as Gymnasium's free camera does, nor on one before it."""
        model = load("room")
        first, second = moved(model, 1), moved(model, 60)
        free = {"distance": 3.0, "azimuth": 20.0}
        following = {"type": 1, "trackbodyid": 2}
        for config in (free, following):
            arguments: dict[str, Any] = {"camera_id": -1, "camera_config": config}
            one, other = (FastPixels(model, HEIGHT, WIDTH, **arguments) for _ in range(2))
            expected = one.draw(first, canvas())
            one.draw(second, canvas())
            np.testing.assert_array_equal(one.draw(first, canvas()), expected)
            other.draw(second, canvas())
            np.testing.assert_array_equal(other.draw(first, canvas()), expected)
            one.close()
            other.close()

    def test_the_model_is_not_changed(self) -> None:
        model = load("room")
        before = model.vis.global_.offwidth, model.vis.quality.offsamples, model.vis.quality.shadowsize
        pixels = FastPixels(model, HEIGHT, WIDTH)
        pixels.draw(moved(model), canvas())
        pixels.close()
        assert before == (
            model.vis.global_.offwidth,
            model.vis.quality.offsamples,
            model.vis.quality.shadowsize,
        )

    def test_any_strides(self) -> None:
        model = load("room")
        data = moved(model)
        pixels = FastPixels(model, HEIGHT, WIDTH)
        whole = pixels.draw(data, canvas())
        wide = np.zeros((HEIGHT, 2 * WIDTH, 4), np.uint8)
        pixels.draw(data, wide[:, ::2, :3])
        np.testing.assert_array_equal(wide[:, ::2, :3], whole)
        assert not wide[:, 1::2].any()
        assert not wide[..., 3].any()
        first = np.zeros((3, HEIGHT, WIDTH), np.uint8)
        pixels.draw(data, first.transpose(1, 2, 0))
        np.testing.assert_array_equal(first.transpose(1, 2, 0), whole)
        pixels.close()

    def test_a_thread_each(self) -> None:
        model = load("room")
        data = moved(model)
        out = canvas(2)

        def draw(row: int) -> None:
            pixels = FastPixels(model, HEIGHT, WIDTH)
            for _ in range(5):
                pixels.draw(data, out[row])
            pixels.close()

        threads = [threading.Thread(target=draw, args=(row,)) for row in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert out[0].any()
        np.testing.assert_array_equal(out[0], out[1])

    def test_a_lost_context(self) -> None:
        model = load("room")
        data = moved(model)
        pixels = FastPixels(model, HEIGHT, WIDTH)
        before = pixels.draw(data, canvas())
        for _ in range(3):
            pixels._context.opened.gl.free()
            with pytest.raises(RenderContextError, match="lost or taken away"):
                pixels.draw(data, canvas())
            np.testing.assert_array_equal(pixels.draw(data, canvas()), before)
        pixels.close()


class TestArguments:
    @pytest.mark.parametrize(
        ("arguments", "error", "text"),
        [
            ({"camera_id": 5}, ValueError, "camera_id must be .* got 5"),
            ({"camera_id": 0, "camera_name": "side"}, ValueError, "Both"),
            ({"camera_id": -1, "camera_config": {"zoom": 1}}, AttributeError, "zoom"),
            ({"visual_options": {-99: True}}, IndexError, "flag -99"),
            ({"max_geom": 1.5}, TypeError, "max_geom"),
            ({"height": 0}, ValueError, "height must be .* got 0"),
            ({"width": True}, TypeError, "width must be .* got True"),
        ],
    )
    def test_illegal_values(self, arguments: dict[str, Any], error: type[Exception], text: str) -> None:
        with pytest.raises(error, match=text):
            FastPixels(load("room"), **{"height": HEIGHT, "width": WIDTH, **arguments})

    @pytest.mark.parametrize(
        "out",
        [canvas().astype(float), canvas().transpose(1, 0, 2), canvas()[..., 0], canvas(1)],
    )
    def test_another_array(self, out: np.ndarray) -> None:
        model = load("room")
        with pytest.raises(ValueError, match=r"out must be a uint8 array \(36, 48, 3\), got"):
            FastPixels(model, HEIGHT, WIDTH).draw(mujoco.MjData(model), out)


@needs_opengl
class TestLanes:
    def states(self, model: Any, number: int) -> list[np.ndarray]:
        return [moved(model, 7 * lane).qpos.copy() for lane in range(number)]

    def filler(self, model: Any, states: list[np.ndarray]) -> Any:
        def fill(lane: int, data: Any) -> None:
            mujoco.mj_resetData(model, data)
            data.qpos[:] = states[lane]
            mujoco.mj_forward(model, data)

        return fill

    def test_one_result_over_threads(self) -> None:
        model = load("room")
        states = self.states(model, 9)
        fill = self.filler(model, states)
        data = mujoco.MjData(model)
        pixels = FastPixels(model, HEIGHT, WIDTH)
        expected = draw_lanes(pixels, data, lambda lane: fill(lane, data), range(9), canvas(9))
        pixels.close()
        assert len({picture.tobytes() for picture in expected}) > 1
        for threads in (1, 2):
            drawn = LanePixels(model, HEIGHT, WIDTH, fill, threads=threads)
            np.testing.assert_array_equal(drawn.draw(range(9), canvas(9)), expected)
            chosen = [7, 0, 7]
            np.testing.assert_array_equal(drawn.draw(chosen, canvas(3)), expected[chosen])
            assert drawn.draw([], canvas(0)).shape == (0, HEIGHT, WIDTH, 3)
            drawn.close()
            drawn.close()

    def test_a_child_draws_with_threads_of_its_own(self) -> None:
        model = load("room")
        drawn = LanePixels(model, HEIGHT, WIDTH, self.filler(model, self.states(model, 4)), threads=2)
        before = drawn.draw(range(4), canvas(4))
        child = os.fork()
        if child == 0:
            # a hang would end with this, too
            threading.Timer(30, os._exit, (2,)).start()
            same = (drawn.draw(range(4), canvas(4)) == before).all()
            drawn.close()
            os._exit(0 if same else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        np.testing.assert_array_equal(drawn.draw(range(4), canvas(4)), before)
        drawn.close()

    @pytest.mark.parametrize("threads", [1, 2])
    def test_a_lane_that_fails(self, threads: int) -> None:
        model = load("room")
        fill = self.filler(model, self.states(model, 6))
        broken = [3]

        def failing(lane: int, data: Any) -> None:
            if lane in broken:
                raise ZeroDivisionError(f"environment {lane}")
            fill(lane, data)

        drawn = LanePixels(model, HEIGHT, WIDTH, failing, threads=threads)
        with pytest.raises(ZeroDivisionError, match="environment 3"):
            drawn.draw(range(6), canvas(6))
        broken.clear()
        assert drawn.draw(range(6), canvas(6)).any(axis=(1, 2, 3)).all()
        drawn.close()

    def test_rows(self) -> None:
        model = load("room")
        drawn = LanePixels(model, HEIGHT, WIDTH, lambda lane, data: None)
        with pytest.raises(ValueError, match="out must have 2 rows, one for each environment, got 3"):
            drawn.draw([0, 1], canvas(3))
        with pytest.raises(ValueError, match="threads must be an integer of at least 1, got 0"):
            LanePixels(model, HEIGHT, WIDTH, lambda lane, data: None, threads=0)

    def test_each_environment_looks_as_one_by_itself(self) -> None:
        """Every environment has a camera of its own, which looks where the environment was at first."""
        model = load("half_cheetah")
        states = self.states(model, 3)
        fill = self.filler(model, states)
        data = mujoco.MjData(model)
        arguments: dict[str, Any] = {
            "width": WIDTH,
            "height": HEIGHT,
            "default_cam_config": {"distance": 4.0},
        }
        batch = LaneRenderer(model, data, lambda lane: fill(lane, data), **arguments)
        alone = [MujocoRenderer(model, data, **arguments) for _ in states]
        for _ in range(2):
            shown = batch.render("rgbd_tuple", [2, 1])
            for lane, got in zip([2, 1], shown, strict=True):
                fill(lane, data)
                for mine, expected in zip(got, alone[lane].render("rgbd_tuple"), strict=True):
                    np.testing.assert_array_equal(mine, expected)
            states[1][0] += 0.4
            states[2][0] -= 0.3
        assert batch.render("rgb_array", [0])[0].shape == (HEIGHT, WIDTH, 3)
        with pytest.raises(ValueError, match="a window shows one environment"):
            batch.render("human", [0])
        batch.close()
        for renderer in alone:
            renderer.close()
