"""Pictures of MuJoCo's environments: those of Gymnasium's, pixel for pixel; of batches, sizes, windows and commands."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import mujoco
import numpy as np
import pytest

import plyo
from plyo.error import RenderContextError
from plyo.mujoco.cameras import default_camera
from plyo.tasks.descriptions import native_tasks
from plyo.wrappers import RecordVideo

sys.path.insert(0, str(Path(__file__).parents[2] / "mujoco"))
from drawn_models import needs_opengl

pytestmark = needs_opengl

#: An id of every task that there is, robots apart: they have their own tests.
IDS = [
    task["variants"][-1]["id"]
    for task in native_tasks().values()
    if task["family"] == "mujoco" and task["name"] != "PusherV4"  # which refuses every MuJoCo that Plyo knows
]
SMALL = {"width": 48, "height": 32}
TASK = "HalfCheetah-v5"


@pytest.fixture(autouse=True)
def _egl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gymnasium tries a window first and fails without a display, unless told."""
    if not os.environ.get("MUJOCO_GL"):
        monkeypatch.setenv("MUJOCO_GL", "egl")


def parts(picture: Any) -> tuple[Any, ...]:
    return picture if isinstance(picture, tuple) else (picture,)


def assert_same_picture(got: Any, expected: Any) -> None:
    assert type(got) is type(expected)
    for ours, theirs in zip(parts(got), parts(expected), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)
        assert np.ptp(ours) > 0


@pytest.fixture
def theirs() -> Iterator[Any]:
    """Makes environments of Gymnasium's, and gives their contexts back while no other one is current."""
    made = []

    def make(task_id: str, **kwargs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old versions
            made.append(gymnasium.make(task_id, **kwargs))
        return made[-1]

    yield make
    for env in made:
        for viewer in env.unwrapped.mujoco_renderer._viewers.values():
            viewer.free()
        env.unwrapped.mujoco_renderer._viewers.clear()
    made.clear()
    gc.collect()


def make(task_id: str = TASK, **kwargs: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of old versions
        return plyo.make(task_id, **kwargs)


def walk(envs: tuple[Any, ...], seed: int, steps: int) -> None:
    """Resets environments and takes the same steps in all."""
    for env in envs:
        env.reset(seed=seed)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        action = rng.uniform(-1, 1, envs[0].action_space.shape).astype(np.float32)
        for env in envs:
            env.step(action)


def stepped(num_envs: int = 3, **kwargs: Any) -> Any:
    envs = plyo.make_vec(TASK, num_envs, **{**SMALL, **kwargs})
    envs.reset(seed=5)
    for actions in np.random.default_rng(1).uniform(-1, 1, (4, num_envs, 6)).astype(np.float32):
        envs.step(actions)
    return envs


@pytest.mark.parametrize("task_id", IDS)
def test_every_task_is_drawn_as_in_gymnasium(task_id: str, theirs: Any) -> None:
    pair = (
        make(task_id, render_mode="rgb_array", **SMALL),
        theirs(task_id, render_mode="rgb_array", **SMALL),
    )
    walk(pair, 3, 2)
    assert_same_picture(pair[0].render(), pair[1].render())
    assert pair[0].metadata["render_modes"] == pair[1].metadata["render_modes"]
    assert pair[0].metadata["render_fps"] == pair[1].metadata["render_fps"]
    pair[0].close()


@pytest.mark.parametrize(
    ("mode", "arguments"),
    [
        ("depth_array", {}),
        ("rgbd_tuple", {}),
        ("rgb_array", {"camera_name": "track"}),
        ("rgb_array", {"camera_id": 0}),
        ("rgb_array", {"default_camera_config": {"distance": 2.0, "azimuth": 30.0}}),
        ("rgb_array", {"default_camera_config": None}),
        ("rgb_array", {"max_geom": 4}),
        ("rgb_array", {"visual_options": {int(mujoco.mjtVisFlag.mjVIS_TRANSPARENT): True}}),
    ],
)
def test_modes_and_arguments(mode: str, arguments: dict[str, Any], theirs: Any) -> None:
    pair = tuple(maker(TASK, render_mode=mode, **SMALL, **arguments) for maker in (make, theirs))
    for seed in (1, 2):  # the camera stays where the first picture was taken
        walk(pair, seed, 6)
        assert_same_picture(pair[0].render(), pair[1].render())
    pair[0].close()


def test_the_camera_of_no_task_is_forgotten() -> None:
    for task in native_tasks().values():
        if task["family"] == "mujoco":
            module = sys.modules.get(f"gymnasium.envs.mujoco.{task['module'].rpartition('.')[2]}")
            config = getattr(module, "DEFAULT_CAMERA_CONFIG", None)
            if config is None or task["name"] == "InvertedDoublePendulumV5":
                continue
            assert {k: np.array(v).tolist() for k, v in default_camera(task["name"]).items()} == {
                k: np.array(v).tolist() for k, v in config.items()
            }


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"camera_id": 0, "camera_name": "track"}, ValueError, "cannot be specified at the same time"),
        ({"camera_id": 7}, ValueError, "camera_id"),
        ({"width": 0}, ValueError, "width"),
        ({"height": 4.5}, TypeError, "height"),
        ({"max_geom": -1}, ValueError, "max_geom"),
        ({"visual_options": {999: True}}, IndexError, "visual_options"),
        ({"default_camera_config": {"nearness": 1}}, AttributeError, "nearness"),
        ({"render_style": "smooth"}, ValueError, "render_style must be 'gym'"),
    ],
)
def test_arguments_are_checked_before_the_first_picture(
    arguments: dict[str, Any], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        make(**arguments)
    with pytest.raises(kind, match=text):
        plyo.make_vec(TASK, 2, **arguments)


def test_drawing_changes_nothing_and_never_reset_is_refused() -> None:
    drawn, plain = make(render_mode="rgb_array", **SMALL), make()
    with pytest.raises(plyo.error.ResetNeeded, match=r"before calling `env\.reset"):
        drawn.render()
    drawn.reset(seed=4)
    plain.reset(seed=4)
    for t, action in enumerate(np.random.default_rng(0).uniform(-1, 1, (5, 6)).astype(np.float32)):
        if t in (1, 3):
            drawn.render()
        got, expected = drawn.step(action), plain.step(action)
        np.testing.assert_array_equal(got[0], expected[0])
        assert drawn.unwrapped.get_state() == plain.unwrapped.get_state()


def test_sizes_and_rooms() -> None:
    env = make(render_mode="rgb_array", **SMALL)
    walk((env,), 2, 3)
    own = env.render()
    assert own.shape == (32, 48, 3)
    room = np.zeros((3, 32, 48), np.uint8).transpose(1, 2, 0)
    assert env.unwrapped.render(out=room) is room
    np.testing.assert_array_equal(room, own)
    other = env.unwrapped.render(size=(20, 30))
    assert other.shape == (20, 30, 3)
    np.testing.assert_array_equal(env.unwrapped.render(out=np.zeros_like(other)), other)
    # without a mode, an argument asks for a picture too
    silent = make(**SMALL)
    silent.unwrapped.set_state(env.unwrapped.get_state())
    np.testing.assert_array_equal(silent.unwrapped.render(size=(32, 48)), own)
    for wrong, kind in (
        (np.zeros((4, 4, 3)), TypeError),
        (np.zeros((32, 48, 4), np.uint8), ValueError),
        ([[0]], TypeError),
    ):
        with pytest.raises(kind, match=r"out must be|size must be"):
            env.unwrapped.render(out=wrong)
    with pytest.raises(ValueError, match="size must be"):
        env.unwrapped.render(size=(0, 3))


def test_a_batch_shows_what_single_environments_show() -> None:
    envs = stepped(render_mode="rgb_array")
    pictures = envs.render()
    assert isinstance(pictures, tuple)
    for lane, picture in list(enumerate(pictures))[1:]:
        env = make(render_mode="rgb_array", **SMALL)
        env.unwrapped.set_state(envs.get_state([lane]))
        np.testing.assert_array_equal(picture, env.render())
    np.testing.assert_array_equal(envs.render(ids=[2, 0]), np.stack(pictures)[[2, 0]])
    room = np.zeros((3, 32, 48, 3), np.uint8)
    assert envs.render(out=room) is room
    np.testing.assert_array_equal(room, np.stack(pictures))
    grid = envs.render_grid(columns=2, gap=3)
    assert grid.shape == (67, 99, 3)
    np.testing.assert_array_equal(grid[35:, :48], pictures[2])
    assert (grid[32:35] == 128).all()
    assert envs.render_grid([0, 1], size=(8, 9), gap=0).shape == (8, 18, 3)
    for got, expected in zip(envs.call("render"), pictures, strict=True):
        np.testing.assert_array_equal(got, expected)
    envs.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.render()


@pytest.mark.parametrize("mode", ["depth_array", "rgbd_tuple"])
def test_depths_of_a_batch(mode: str) -> None:
    envs = stepped(2, render_mode=mode)
    env = make(render_mode=mode, **SMALL)
    for lane, picture in enumerate(envs.render()):
        env.unwrapped.set_state(envs.get_state([lane]))
        env.unwrapped._engine.close_pictures()  # the camera looks where the first picture was taken
        assert_same_picture(picture, env.render())


def test_never_reset_lanes_are_named() -> None:
    envs = plyo.make_vec(TASK, 3, render_mode="rgb_array", **SMALL)
    envs.reset(seed=0, options={"reset_mask": np.array([True, False, True])})
    for draw in (envs.render, lambda: envs.render(ids=[0, 1]), envs.render_grid):
        with pytest.raises(plyo.error.ResetNeeded, match="environment 1 has not been reset"):
            draw()
    assert envs.render(ids=[2, 0]).shape == (2, 32, 48, 3)


def test_what_the_user_changes_is_drawn(theirs: Any) -> None:
    pair = tuple(maker(TASK, render_mode="rgb_array", **SMALL) for maker in (make, theirs))
    walk(pair, 1, 3)
    pictures = []
    for env in pair:
        bare = env.unwrapped
        env.render()
        bare.set_state(bare.data.qpos + 0.2, bare.data.qvel)
        bare.model.geom_rgba[2] = (1, 0, 0, 1)
        bare.mujoco_renderer.viewer.add_marker(pos=np.zeros(3), size=np.full(3, 0.2), rgba=np.ones(4))
        pictures.append(env.render())
    assert_same_picture(*pictures)


def test_the_renderer_shows_the_present_state_by_itself() -> None:
    env = make(render_mode="rgb_array", **SMALL)
    walk((env,), 1, 2)
    first = env.unwrapped.mujoco_renderer.render("rgb_array")
    env.step(np.ones(6, np.float32))
    second = env.unwrapped.mujoco_renderer.render("rgb_array")
    assert (first != second).any()
    np.testing.assert_array_equal(second, env.render())


def test_copies_have_renderers_of_their_own() -> None:
    env = make(render_mode="rgb_array", **SMALL)
    walk((env,), 1, 2)
    picture = env.render()
    for other in (copy.deepcopy(env), pickle.loads(pickle.dumps(env))):
        assert other.unwrapped.mujoco_renderer is not env.unwrapped.mujoco_renderer
        np.testing.assert_array_equal(other.render(), picture)
        other.close()
    env.close()
    env.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        env.render()


def test_lists_and_videos(tmp_path: Path) -> None:
    env = make(render_mode="rgb_array_list", **SMALL)
    walk((env,), 1, 3)
    assert [frame.shape for frame in env.render()] == [(32, 48, 3)] * 4
    env = RecordVideo(
        make(render_mode="rgb_array", max_episode_steps=3, **SMALL), str(tmp_path / "videos"), name_prefix="x"
    )
    walk((env,), 1, 3)
    env.close()
    assert [path.name for path in (tmp_path / "videos").iterdir() if path.suffix in (".mp4", ".png")]


def test_a_lost_context_costs_one_picture() -> None:
    env = make(render_mode="rgb_array", **SMALL)
    walk((env,), 1, 2)
    before = env.render()
    env.unwrapped.mujoco_renderer.viewer.opengl_context.free()
    with pytest.raises(RenderContextError, match="the next call makes a new one"):
        env.render()
    np.testing.assert_array_equal(env.render(), before)
    env.step(np.zeros(6, np.float32))


def test_a_window_needs_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []
    monkeypatch.setattr("plyo.mujoco.rendering.WindowViewer.__init__", lambda self, *a: shown.append(0))
    monkeypatch.setattr("plyo.mujoco.rendering.WindowViewer.render", lambda self: shown.append(1))
    monkeypatch.setattr("plyo.mujoco.rendering.WindowViewer.close", lambda self: shown.append(2))
    monkeypatch.setattr("plyo.mujoco.rendering.configure", lambda camera, config: None)
    monkeypatch.setattr("plyo.mujoco.rendering.WindowViewer.cam", None, raising=False)
    env = make(render_mode="human")
    assert not shown
    env.reset(seed=0)
    env.step(np.zeros(6, np.float32))
    assert env.render() is None
    env.close()
    assert shown == [0, 1, 1, 1, 2]


def test_notebooks() -> None:
    env = make(**SMALL)
    assert "not reset yet" in env.unwrapped._repr_html_()
    env.reset(seed=0)
    html = env.unwrapped._repr_html_()
    assert '<img width="320"' in html
    assert "data:image/png;base64," in html
    assert env.unwrapped._repr_png_().startswith(b"\x89PNG")
    envs = stepped(2)
    assert envs._repr_html_().count("<img") == 2
    assert envs._repr_png_().startswith(b"\x89PNG")


def test_the_rate_is_the_steps_a_second() -> None:
    assert make(frame_skip=2).metadata["render_fps"] == 50
    assert plyo.make_vec(TASK, 2, frame_skip=2).metadata["render_fps"] == 50
