"""Pictures of MuJoCo models: those of Gymnasium's renderer, pixel for pixel."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
from typing import Any

import mujoco
import numpy as np
import pytest
from drawn_models import load, moved, needs_opengl
from gymnasium.envs.mujoco.mujoco_rendering import MujocoRenderer as GymnasiumRenderer

from plyo.error import RenderContextError
from plyo.mujoco._backends import open_context
from plyo.mujoco.rendering import MujocoRenderer

MODES = ("rgb_array", "depth_array", "rgbd_tuple")


def pictures(renderer: Any, mode: str) -> tuple[np.ndarray, ...]:
    shown = renderer.render(mode)
    return shown if isinstance(shown, tuple) else (shown,)


def assert_equal_pictures(
    model: Any, data: Any, modes: tuple[str, ...] = ("rgbd_tuple",), prepare: Any = None, **arguments: Any
):
    """Both renderers draw the same; a new context takes most of the time, and Gymnasium makes one for each mode."""
    arguments = {"width": 64, "height": 48, **arguments}
    ours, theirs = MujocoRenderer(model, data, **arguments), GymnasiumRenderer(model, data, **arguments)
    try:
        for mode in modes:
            if prepare is not None:
                for renderer in (ours, theirs):
                    prepare(renderer._get_viewer(mode))
            for got, expected in zip(pictures(ours, mode), pictures(theirs, mode), strict=True):
                assert got.dtype == expected.dtype
                np.testing.assert_array_equal(got, expected)
                assert got.flags.c_contiguous
                assert np.ptp(got) > 0
    finally:
        ours.close()
        for viewer in theirs._viewers.values():
            viewer.free()
        # MuJoCo's resources of that context must go while no other context is current
        theirs._viewers.clear()
        del theirs
        gc.collect()


@pytest.fixture(autouse=True)
def egl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gymnasium tries a window first and fails without a display, unless told."""
    if not os.environ.get("MUJOCO_GL"):
        monkeypatch.setenv("MUJOCO_GL", "egl")


@needs_opengl
class TestEqualPictures:
    @pytest.mark.parametrize(
        "name", ["half_cheetah", "ant", "humanoid", "reacher", "inverted_pendulum", "room"]
    )
    def test_models(self, name: str) -> None:
        model = load(name)
        assert_equal_pictures(model, moved(model))

    def test_modes(self) -> None:
        model = load("half_cheetah")
        assert_equal_pictures(model, moved(model), MODES)

    @pytest.mark.parametrize(
        "camera",
        [
            {"camera_id": -1},
            {"camera_id": 0},
            {"camera_id": 1},
            {"camera_name": "above"},
            {"camera_name": "no"},
        ],
    )
    def test_cameras(self, camera: dict[str, Any]) -> None:
        model = load("room")
        assert_equal_pictures(model, moved(model), **camera)

    @pytest.mark.parametrize(
        "config",
        [
            {"distance": 3.0, "elevation": -40.0, "azimuth": 30.0},
            {"lookat": np.array([0.1, 0.2, 0.3]), "trackbodyid": 1},
            {"lookat": [0.3, 0.0, 0.5], "type": 1, "trackbodyid": 1},
            {"orthographic": 1},
        ],
    )
    def test_camera_configs(self, config: dict[str, Any]) -> None:
        model = load("room")
        assert_equal_pictures(model, moved(model), default_cam_config=config)

    @pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 31)])
    def test_sizes(self, width: int, height: int) -> None:
        model = load("room")
        ours = MujocoRenderer(model, moved(model), width=width, height=height)
        assert ours.render("rgb_array").shape == (height, width, 3)
        ours.close()
        if width > 1:
            assert_equal_pictures(model, moved(model), width=width, height=height)

    def test_visual_options(self) -> None:
        model = load("half_cheetah")
        options = {int(mujoco.mjtVisFlag.mjVIS_CONTACTPOINT): True, mujoco.mjtVisFlag.mjVIS_JOINT: True}
        assert_equal_pictures(model, moved(model, 200), visual_options=options)

    def test_markers_last_for_one_picture(self) -> None:
        model = load("room")
        data = moved(model)
        marker = {
            "pos": np.array([0, 0, 1.5]),
            "size": np.full(3, 0.4),
            "rgba": np.array([1, 0, 0, 0.5], np.float32),
        }
        assert_equal_pictures(model, data, prepare=lambda viewer: viewer.add_marker(**marker))
        box = {"type": mujoco.mjtGeom.mjGEOM_BOX, **marker}
        assert_equal_pictures(model, data, prepare=lambda viewer: viewer.add_marker(**box))
        ours = MujocoRenderer(model, data, width=64, height=48)
        plain = ours.render("rgb_array")
        ours.viewer.add_marker(**marker)
        assert (ours.render("rgb_array") != plain).any()
        assert (ours.render("rgb_array") == plain).all()
        ours.close()

    def test_overlays(self) -> None:
        model = load("room")

        def write(viewer: Any) -> None:
            viewer.add_overlay(mujoco.mjtGridPos.mjGRID_TOPLEFT, "speed", "1.5")
            viewer.add_overlay(mujoco.mjtGridPos.mjGRID_TOPLEFT, "time", "2.5")
            viewer.add_overlay(mujoco.mjtGridPos.mjGRID_BOTTOMRIGHT, "x", "")

        assert_equal_pictures(model, moved(model), prepare=write, width=160, height=120)

    def test_the_free_camera_looks_where_the_first_picture_of_a_mode_did(self) -> None:
        model = load("half_cheetah")
        data = moved(model)
        ours, theirs = (
            kind(model, data, width=32, height=32) for kind in (MujocoRenderer, GymnasiumRenderer)
        )
        for mode in ("rgb_array", "depth_array", "rgb_array"):
            np.testing.assert_array_equal(ours.render(mode), theirs.render(mode))
            data.qpos[0] += 0.7
            mujoco.mj_forward(model, data)
        ours.close()
        for viewer in theirs._viewers.values():
            viewer.free()

    def test_segmentation(self) -> None:
        """Gymnasium's overflows with NumPy 2; the room has a plane, a capsule and a box."""
        model = load("room")
        renderer = MujocoRenderer(model, moved(model), width=64, height=48)
        renderer.render("rgb_array")
        objects = renderer.viewer.render("rgb_array", segmentation=True)
        assert objects.shape == (48, 64, 2)
        assert set(map(tuple, objects.reshape(-1, 2))) <= {
            (-1, -1),
            *((int(mujoco.mjtObj.mjOBJ_GEOM), i) for i in range(3)),
        }
        assert {0, 1, 2} <= set(objects[..., 1].flat)
        # the flags are gone again
        assert renderer.render("rgb_array").dtype == np.uint8
        renderer.close()


@needs_opengl
class TestContexts:
    def test_a_picture_larger_than_the_buffer(self) -> None:
        model = load("room")
        model.vis.global_.offwidth, model.vis.global_.offheight = 32, 32
        data = moved(model)
        small = MujocoRenderer(model, data, width=96, height=80)
        picture = small.render("rgb_array")
        assert (model.vis.global_.offwidth, model.vis.global_.offheight) == (32, 32)
        model.vis.global_.offwidth, model.vis.global_.offheight = 96, 80
        large = MujocoRenderer(model, data, width=96, height=80)
        np.testing.assert_array_equal(picture, large.render("rgb_array"))
        small.close()
        large.close()

    def test_it_leaves_gymnasiums_context_current(self) -> None:
        """Gymnasium's renderer makes its context current once, and then relies on it."""
        model = load("room")
        data = moved(model)
        theirs = GymnasiumRenderer(model, data, width=64, height=48)
        before = theirs.render("rgb_array")
        ours = MujocoRenderer(model, data, width=32, height=32)
        ours.render("rgb_array")
        np.testing.assert_array_equal(theirs.render("rgb_array"), before)
        ours.close()
        np.testing.assert_array_equal(theirs.render("rgb_array"), before)
        theirs.viewer.free()

    def test_any_thread_may_draw(self) -> None:
        model = load("room")
        data = moved(model)
        renderer = MujocoRenderer(model, data, width=64, height=48)
        expected = renderer.render("rgb_array")
        wrong: list[str] = []

        def draw(own: Any) -> None:
            for _ in range(3):
                if (renderer.render("rgb_array") != expected).any() or (
                    own.render("rgb_array") != expected
                ).any():
                    wrong.append("another picture")

        others = [MujocoRenderer(model, data, width=64, height=48) for _ in range(2)]
        threads = [threading.Thread(target=draw, args=(other,)) for other in others]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong
        for other in (renderer, *others):
            # closed by a thread that did not make it
            other.close()

    def test_closed_twice_and_drawn_again(self) -> None:
        model = load("room")
        renderer = MujocoRenderer(model, moved(model), width=64, height=48)
        renderer.close()
        before = renderer.render("rgb_array")
        renderer.close()
        renderer.close()
        assert renderer.viewer is None
        np.testing.assert_array_equal(renderer.render("rgb_array"), before)
        renderer.close()

    def test_collected_without_close(self) -> None:
        model = load("room")
        data = moved(model)
        kept = MujocoRenderer(model, data, width=64, height=48)
        before = kept.render("rgb_array")
        other = MujocoRenderer(model, data, width=64, height=48)
        other.render("rgb_array")
        del other
        gc.collect()
        np.testing.assert_array_equal(kept.render("rgb_array"), before)
        kept.close()

    @pytest.mark.parametrize("harm", ["destroyed", "terminated", "freed"])
    def test_a_lost_context_raises_and_is_made_anew(self, harm: str) -> None:
        model = load("room")
        renderer = MujocoRenderer(model, moved(model), width=64, height=48)
        before = renderer.render("rgb_array")
        renderer.viewer.add_overlay(mujoco.mjtGridPos.mjGRID_TOPLEFT, "kept", "")
        context = renderer.viewer.opengl_context
        if harm == "freed":
            context.free()
        elif renderer.viewer.backend != "egl":
            pytest.skip("this loses a context of EGL, and another library draws here")
        else:
            import mujoco.egl as egl

            if harm == "destroyed":
                egl.EGL.eglDestroyContext(egl.EGL_DISPLAY, context._context)
            else:
                egl.EGL.eglTerminate(egl.EGL_DISPLAY)
        with pytest.raises(RenderContextError, match="the next call makes a new one"):
            renderer.render("rgb_array")
        after = renderer.render("rgb_array")
        # the viewer with its texts is the old one
        assert (after != before).any()
        renderer.viewer._overlays.clear()
        np.testing.assert_array_equal(renderer.render("rgb_array"), before)
        renderer.close()

    def test_a_child_draws_with_its_own(self) -> None:
        model = load("room")
        renderer = MujocoRenderer(model, moved(model), width=64, height=48)
        before = renderer.render("rgb_array")
        child = os.fork()
        if child == 0:
            # a hang would end with this, too
            threading.Timer(30, os._exit, (2,)).start()
            same = (renderer.render("rgb_array") == before).all()
            renderer.close()
            os._exit(0 if same else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        np.testing.assert_array_equal(renderer.render("rgb_array"), before)
        renderer.close()


def run(code: str, before: list[str] | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "MUJOCO_GL")
    }
    return subprocess.run(
        [*(before or ()), sys.executable, "-W", "error", "-c", code],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


DRAW = """
import sys, mujoco
from plyo.mujoco.rendering import MujocoRenderer
model = mujoco.MjModel.from_xml_string("<mujoco><worldbody><geom size='1'/></worldbody></mujoco>")
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
renderer = MujocoRenderer(model, data, width=16, height=16)
"""


WINDOW = """
import glfw, os, tempfile
import numpy as np

tempfile.tempdir = os.getcwd()
before = renderer.render("rgb_array")
assert renderer.render("human") is None
window = renderer.viewer
shown = np.empty((120, 160, 3), np.uint8)
with window._context.current() as con:
    mujoco.mjr_readPixels(shown, None, window.viewport, con)
assert shown.any()
press = lambda key: window._controls._keys[key]()
for key in (glfw.KEY_C, glfw.KEY_R, glfw.KEY_E, glfw.KEY_H, glfw.KEY_D, glfw.KEY_F, glfw.KEY_2, glfw.KEY_TAB):
    press(key)
    renderer.render("human")
assert window._controls.speed == 2.0 and window.vopt.geomgroup[2] == 0
assert window.vopt.flags[mujoco.mjtVisFlag.mjVIS_CONTACTFORCE] == 1
press(glfw.KEY_D)
press(glfw.KEY_T)
assert os.path.getsize("frame_0000000.png") > 100
press(glfw.KEY_RIGHT)
renderer.render("human")
assert window._controls.paused
press(glfw.KEY_SPACE)
distance = window.cam.distance
window._controls._zoom(0.1)
assert window.cam.distance != distance
azimuth = window.cam.azimuth
window._controls._left = True
window._controls._drag(40, 40, True, (160, 120))
assert window.cam.azimuth != azimuth
assert (renderer.render("rgb_array") == before).all()
press(glfw.KEY_ESCAPE)
for _ in range(2):
    # the simulation goes on without a window
    renderer.render("human")
    assert window.window is None
renderer.close()
renderer.render("human")
assert renderer.viewer.window is not None
"""


class TestProcesses:
    """Each in a process of its own: what GLFW or EGL is in one, it stays."""

    @needs_opengl
    @pytest.mark.parametrize("end", ["del renderer", "sys.exit(0)"])
    def test_the_end_is_quiet(self, end: str) -> None:
        ran = run(
            DRAW + f"assert renderer.render('rgb_array').any()\n{end}", MUJOCO_GL=os.environ["MUJOCO_GL"]
        )
        assert (ran.returncode, ran.stderr) == (0, "")

    @needs_opengl
    def test_the_end_of_a_child_is_quiet(self) -> None:
        """MuJoCo ends its display at exit, which never returns in a child: Mesa's threads are the parent's."""
        code = DRAW + (
            "import os\nbefore = renderer.render('rgb_array')\nchild = os.fork()\n"
            "if child and os.waitpid(child, 0)[1]: sys.exit(3)\n"
            "if sys.argv[-1] == 'draw': assert (renderer.render('rgb_array') == before).all()\n"
        )
        ran = run(code, MUJOCO_GL=os.environ["MUJOCO_GL"])
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_an_unknown_library(self) -> None:
        code = "import os\n" + DRAW + "os.environ['MUJOCO_GL'] = 'paint'\nrenderer.render('rgb_array')"
        ran = run(code)
        assert ran.returncode == 1
        assert (
            "RenderContextError: Environment variable MUJOCO_GL must be one of dict_keys(['glfw', 'egl', 'osmesa']): "
            "got 'paint'."
        ) in ran.stderr

    def test_a_library_that_cannot_be_used(self) -> None:
        ran = run(DRAW + "renderer.render('rgb_array')", MUJOCO_GL="glfw")
        assert ran.returncode == 1
        assert "MUJOCO_GL='glfw' cannot be used here: there is no display" in ran.stderr
        assert "apt-get install libegl1 libgl1-mesa-dri" in ran.stderr

    @pytest.mark.parametrize("named", ["paint", "osmesa"])
    def test_what_does_not_draw_still_steps(self, named: str) -> None:
        """With such a value MuJoCo's package cannot even be imported."""
        code = (
            "from plyo.mujoco.library import load_mujoco\nload_mujoco()\n"
            + DRAW
            + "mujoco.mj_step(model, data)\nassert data.time > 0\n"
            "import os, sys\n"
            "try: renderer.render('rgb_array')\n"
            "except RuntimeError as e: sys.exit(str(e))\n"
        )
        ran = run(code, MUJOCO_GL=named)
        if ran.returncode == 0:
            assert named == "osmesa"
            pytest.skip("OSMesa is installed here and draws")
        assert ran.returncode == 1
        assert "MUJOCO_GL" in ran.stderr
        assert named in ran.stderr
        assert "Traceback" not in ran.stderr

    def test_no_library_at_all(self) -> None:
        hide = "import ctypes.util\nctypes.util.find_library = lambda name: None\nctypes.CDLL = None\n"
        code = (
            DRAW
            + "import ctypes\n"
            + hide
            + ("def missing(name): raise OSError(name)\nctypes.CDLL = missing\nrenderer.render('rgb_array')")
        )
        ran = run(code)
        assert ran.returncode == 1
        for part in (
            "No OpenGL backend could be imported",
            "glfw: there is no display",
            "egl: libEGL is not",
            "osmesa:",
        ):
            assert part in ran.stderr

    @needs_opengl
    def test_without_a_display_and_without_a_choice(self) -> None:
        """Gymnasium takes GLFW then, and fails."""
        ran = run(DRAW + "renderer.render('rgb_array')\nassert renderer.viewer.backend != 'glfw'")
        assert (ran.returncode, ran.stderr) == (0, "")

    @pytest.mark.skipif(
        shutil.which("xvfb-run") is None, reason="xvfb-run, a display for tests, is not installed"
    )
    def test_a_window(self) -> None:
        """On a display that nobody sees: keys, the mouse, closing by hand, and pictures beside the window."""
        code = DRAW.replace("width=16, height=16", "width=160, height=120") + WINDOW
        ran = run(code, before=["xvfb-run", "-a", "-s", "-screen 0 640x480x24"])
        assert (ran.returncode, ran.stderr) == (0, "")

    def test_a_window_without_a_display(self) -> None:
        ran = run(DRAW + "renderer.render('human')")
        assert ran.returncode == 1
        assert "RenderContextError: There is no window to show the environment in" in ran.stderr
        assert 'render_mode="rgb_array"' in ran.stderr

    def test_nothing_is_loaded_before_something_is_drawn(self) -> None:
        code = "import sys, plyo.mujoco.rendering, plyo.mujoco.pixels\n"
        ran = run(
            code + "sys.exit(str([m for m in ('mujoco', 'glfw', 'OpenGL', 'imageio') if m in sys.modules]))"
        )
        assert ran.stderr.strip() == "[]"
        ran = run(DRAW + "sys.exit(str([m for m in ('OpenGL', 'imageio') if m in sys.modules]))")
        assert ran.stderr.strip() == "[]"


class TestChoice:
    """The values of MUJOCO_GL that are told apart before anything is loaded."""

    @pytest.mark.parametrize("value", ["off", "0", "Disable", " false "])
    def test_drawing_forbidden(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MUJOCO_GL", value)
        with pytest.raises(RenderContextError, match=f"MUJOCO_GL='{value}' forbids to draw"):
            open_context(8, 8)

    @needs_opengl
    @pytest.mark.parametrize("value", ["", "on", "EGL", " egl"])
    def test_spellings(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """As MuJoCo reads them; Gymnasium takes lower case only, and no value that leaves the choice."""
        monkeypatch.setenv("MUJOCO_GL", value)
        opened = open_context(8, 8, ("egl", "osmesa"))
        opened.gl.free()
        assert opened.backend in ("egl", "osmesa")


class TestArguments:
    def test_both_cameras(self) -> None:
        model = load("room")
        arguments = {"camera_id": 0, "camera_name": "above"}
        texts = []
        for kind in (MujocoRenderer, GymnasiumRenderer):
            with pytest.raises(ValueError, match="Both") as caught:
                kind(model, mujoco.MjData(model), **arguments)
            texts.append(str(caught.value))
        assert texts[0] == texts[1]

    @pytest.mark.parametrize("mode", [None, "ansi", "rgb"])
    def test_an_unknown_mode(self, mode: str | None) -> None:
        model = load("room")
        texts = []
        for kind in (MujocoRenderer, GymnasiumRenderer):
            with pytest.raises(AttributeError, match="Unexpected mode") as caught:
                kind(model, mujoco.MjData(model), width=8, height=8).render(mode)
            texts.append(str(caught.value))
        assert texts[0] == texts[1]

    def test_no_size(self) -> None:
        model = load("room")
        texts = []
        for kind in (MujocoRenderer, GymnasiumRenderer):
            with pytest.raises(AssertionError) as caught:
                kind(model, mujoco.MjData(model), width=8).render("rgb_array")
            texts.append(str(caught.value))
        assert texts[0] == texts[1]

    @pytest.mark.parametrize(
        ("arguments", "error", "text"),
        [
            ({"camera_id": 2}, ValueError, r"camera_id must be an integer from -1 to 1 .*got 2"),
            ({"camera_id": -2}, ValueError, "got -2"),
            ({"camera_id": 0.5}, TypeError, r"got 0\.5"),
            ({"width": 0}, ValueError, "width must be an integer of at least 1, got 0"),
            ({"height": -3}, ValueError, "height must be .* got -3"),
            ({"height": 2.5}, TypeError, r"height must be .* got 2\.5"),
            ({"max_geom": -1}, ValueError, "max_geom must be .* got -1"),
            (
                {"visual_options": {99: True}},
                IndexError,
                r"the flag 99; the flags are those of mujoco\.mjtVisFlag, 0 to",
            ),
        ],
    )
    def test_illegal_values(self, arguments: dict[str, Any], error: type[Exception], text: str) -> None:
        model = load("room")
        with pytest.raises(error, match=text):
            MujocoRenderer(model, mujoco.MjData(model), **{"width": 8, "height": 8, **arguments})

    def test_numpy_integers(self) -> None:
        model = load("room")
        renderer = MujocoRenderer(
            model, mujoco.MjData(model), width=np.int64(8), height=np.int32(9), camera_id=np.int64(1)
        )
        assert (renderer.width, renderer.height, renderer.camera_id) == (8, 9, 1)

    @needs_opengl
    def test_an_unknown_attribute_of_the_camera(self) -> None:
        model = load("room")
        renderer = MujocoRenderer(model, moved(model), {"zoom": 2.0}, 8, 8)
        with pytest.raises(AttributeError, match="zoom"):
            renderer.render("rgb_array")
        renderer.close()

    @needs_opengl
    def test_too_many_markers(self) -> None:
        model = load("room")
        renderer = MujocoRenderer(model, moved(model), width=8, height=8, max_geom=10)
        renderer.render("rgb_array")
        for _ in range(30):
            renderer.viewer.add_marker()
        with pytest.raises(RuntimeError, match=r"Ran out of geoms\. maxgeom: 10"):
            renderer.render("rgb_array")
        # those that did not fit are forgotten
        renderer.render("rgb_array")
        renderer.close()
