"""The pictures of every drawable task: they change nothing and are the same everywhere."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from contract_helpers import Array, action_tape, make, make_vec, native_tasks, task_of
from make_golden import GOLDEN, picture_hashes

import plyo

pytestmark = pytest.mark.tasks("drawn")

SEED = 5
NUM_ENVS = 9
NUM_STEPS = 12
#: Sizes that no task has, one of them small and one larger than a reference surface.
SIZES = ((84, 84), (31, 50), (700, 900))


def stepped(task_id: str, num_envs: int = NUM_ENVS, **kwargs: Any) -> Any:
    """A batch in the middle of its episodes, some of which have just ended."""
    envs = make_vec(task_id, num_envs, max_episode_steps=NUM_STEPS, **kwargs)
    envs.reset(seed=SEED)
    for actions in action_tape(task_id, NUM_STEPS, num_envs):
        envs.step(actions)
    return envs


@cache
def canonical(task_id: str, size: tuple[int, int] | None, style: str = "gym") -> Array:
    """The pictures of the lanes, drawn by one thread."""
    return stepped(task_id, num_threads=1, render_style=style).render(ids=range(NUM_ENVS), size=size)


def test_drawing_changes_nothing(task_id: str) -> None:
    plain, drawn = stepped(task_id), stepped(task_id)
    single, drawn_single = (make(task_id, max_episode_steps=NUM_STEPS) for _ in range(2))
    for env in (single, drawn_single):
        env.reset(seed=SEED)
    for t, actions in enumerate(action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=1)):
        drawn.render(size=(40, 60))
        drawn.render_grid(size=(20, 30))
        drawn_single.render(size=(40, 60))
        assert drawn.get_state() == plain.get_state(), t
        assert drawn_single.get_state() == single.get_state(), t
        for envs in (plain, drawn):
            envs.step(actions)
        action = action_tape(task_id, NUM_STEPS, 1)[t, 0]
        ended = [env.step(action)[2:4] for env in (single, drawn_single)]
        if any(ended[0]):
            single.reset()
            drawn_single.reset()
    assert drawn.get_state() == plain.get_state()
    assert drawn.np_random[0].random() == plain.np_random[0].random()


def test_pictures_show_the_state(task_id: str) -> None:
    pictures = canonical(task_id, None)
    assert pictures.dtype == np.uint8
    assert pictures.shape[0] == NUM_ENVS
    assert pictures.shape[3] == 3
    # equal states look alike, and some others different
    envs = stepped(task_id)
    looks: dict[bytes, set[bytes]] = {}
    for lane, picture in enumerate(pictures):
        looks.setdefault(envs._engine.state_words(lane), set()).add(picture.tobytes())
    assert all(len(same) == 1 for same in looks.values())
    blacked_out = not pictures.any()  # as CubeCrashScreenBecomesBlack is after some steps
    assert len(looks) == 1 or blacked_out or len({next(iter(same)) for same in looks.values()}) > 1
    # a first picture has something on it
    fresh = make_vec(task_id, NUM_ENVS)
    fresh.reset(seed=SEED)
    assert all(np.ptp(picture) > 0 for picture in fresh.render(size=(84, 84)))


@pytest.mark.parametrize("num_threads", [2, 5])
def test_threads(task_id: str, num_threads: int) -> None:
    envs = stepped(task_id, num_threads=num_threads)
    for size in (None, *SIZES):
        assert envs.render(ids=range(NUM_ENVS), size=size).tobytes() == canonical(task_id, size).tobytes()


@pytest.mark.parametrize("style", ["gym", "smooth"])
def test_single_environment_is_a_lane(task_id: str, style: str) -> None:
    envs = stepped(task_id)
    env = make(task_id, render_mode="rgb_array", render_style=style)
    for lane in (0, 4, NUM_ENVS - 1):
        env.set_state(envs.get_state([lane]))
        assert env.render().tobytes() == canonical(task_id, None, style)[lane].tobytes()
        for size in SIZES:
            assert env.render(size=size).tobytes() == canonical(task_id, size, style)[lane].tobytes()


def test_the_forms_of_render(task_id: str) -> None:
    envs = stepped(task_id, render_mode="rgb_array")
    whole = canonical(task_id, None)
    frames = envs.render()
    assert isinstance(frames, tuple)
    assert [frame.tobytes() for frame in frames] == [picture.tobytes() for picture in whole]
    assert all(frame.shape == whole.shape[1:] and frame.flags.c_contiguous for frame in frames)
    assert envs.render(ids=[7, 0, 7]).tobytes() == whole[[7, 0, 7]].tobytes()
    # fresh arrays: earlier pictures stay
    envs.step(action_tape(task_id, 1, NUM_ENVS)[0])
    envs.render()
    assert [frame.tobytes() for frame in frames] == [picture.tobytes() for picture in whole]
    # without a mode only explicit calls draw
    silent = stepped(task_id)
    assert silent.render() is None
    assert silent.render(ids=range(NUM_ENVS)).tobytes() == whole.tobytes()


def test_strided_output(task_id: str) -> None:
    height, width = 50, 70
    expected = canonical(task_id, (height, width))
    envs = stepped(task_id)
    room = np.full((NUM_ENVS, height + 3, width + 5, 4), 77, np.uint8)
    planes = np.zeros((NUM_ENVS, 3, height, width), np.uint8)
    views = {
        "window": room[:, 1:-2, 2:-3, :3],
        "planes": planes.transpose(0, 2, 3, 1),
        "upside down": np.zeros_like(expected)[:, ::-1],
        "every other lane": np.zeros((2 * NUM_ENVS, height, width, 3), np.uint8)[::2],
        "BGR": np.zeros_like(expected)[..., ::-1],
    }
    for name, view in views.items():
        assert envs.render(out=view) is view
        assert view.tobytes() == expected.tobytes(), name
    room[:, 1:-2, 2:-3, :3] = 77
    assert (room == 77).all()
    env = make(task_id)
    env.set_state(envs.get_state([3]))
    for name, view in views.items():
        view[3] = 0
        assert env.render(out=view[3]).tobytes() == expected[3].tobytes(), name


def test_grid(task_id: str) -> None:
    envs = stepped(task_id)
    height, width = 20, 30
    pictures = canonical(task_id, (height, width))
    grid = envs.render_grid(columns=4, size=(height, width), gap=3)
    assert grid.shape == (3 * height + 2 * 3, 4 * width + 3 * 3, 3)
    seen = np.zeros(grid.shape[:2], bool)
    for i, picture in enumerate(pictures):
        place = np.s_[i // 4 * 23 : i // 4 * 23 + 20, i % 4 * 33 : i % 4 * 33 + 30]
        assert grid[place].tobytes() == picture.tobytes()
        seen[place] = True
    assert (grid[~seen] == 128).all()
    own = native = envs.render(ids=[0]).shape[1:3]
    assert envs.render_grid([2]).shape == (*native, 3)
    assert envs.render_grid([2]).tobytes() == envs.render(ids=[2]).tobytes()
    # many are shrunk
    whole = envs.render_grid()
    assert whole.shape[1] <= 1280 + 2 * 2 * 3
    assert whole.shape[0] / whole.shape[1] == pytest.approx(own[0] / own[1], rel=0.02)


def test_golden_pictures(task_id: str) -> None:
    hashes = picture_hashes(task_id)
    golden = json.loads(GOLDEN.read_text()).get(task_id, {})
    if not hashes.keys() & golden.keys():
        pytest.skip(f"golden.json has no pictures of {task_id}: run tests/contract/make_golden.py")
    assert hashes == {name: golden.get(name) for name in hashes}


def test_metadata(task_id: str) -> None:
    task = task_of(task_id)
    env = make(task_id)
    assert env.metadata["render_modes"] == task["render_modes"]
    without_text = [mode for mode in task["render_modes"] if mode != "ansi"]
    assert without_text == ["human", "rgb_array"]
    assert env.metadata["render_fps"] > 0


def test_tasks_without_pictures_say_so() -> None:
    names = [name for name, task in native_tasks().items() if not task["render_modes"]]
    for name in names:
        task_id = native_tasks()[name]["variants"][-1]["id"]
        with pytest.raises(ValueError, match=f"needs a task that can be drawn, {name} cannot be"):
            make(task_id, observation="pixels")
        envs = make_vec(task_id, 2)
        envs.reset(seed=0)
        for draw in (lambda e=envs: e.render(size=(9, 9)), envs.render_grid):
            with pytest.raises(NotImplementedError):
                draw()


def test_never_reset(task_id: str) -> None:
    env = make(task_id, render_mode="rgb_array")
    with pytest.raises(plyo.error.ResetNeeded, match=r"Cannot call `env.render\(\)` before calling"):
        env.render()
    envs = make_vec(task_id, 3, render_mode="rgb_array")
    envs.reset(seed=0, options={"reset_mask": np.array([True, False, True])})
    for draw in (envs.render, lambda: envs.render(ids=[0, 1]), envs.render_grid):
        with pytest.raises(plyo.error.ResetNeeded, match="environment 1 has not been reset"):
            draw()
    assert envs.render(ids=[2, 0]).shape[0] == 2
