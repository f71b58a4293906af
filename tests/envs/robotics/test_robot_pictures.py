"""Pictures of robots: with their goals, as Gymnasium-Robotics draws them, and without any change of the episode."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import robot_parity

import plyo
from plyo.tasks.descriptions import native_tasks

sys.path.insert(0, str(Path(__file__).parents[2] / "mujoco"))
from drawn_models import needs_opengl

pytestmark = needs_opengl

assert robot_parity.IDS, "it registers the oracle"
#: One id of every task, with an object whose place does not count where there is one.
TASKS = {
    name: task["variants"][0]["id"] for name, task in native_tasks().items() if task["family"] == "robotics"
}
SMALL = {"width": 48, "height": 48}


@pytest.fixture(autouse=True)
def _egl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gymnasium tries a window first and fails without a display, unless told."""
    if not os.environ.get("MUJOCO_GL"):
        monkeypatch.setenv("MUJOCO_GL", "egl")


@pytest.fixture
def theirs() -> Iterator[Any]:
    """Makes an environment of Gymnasium-Robotics, and gives its contexts back while no other one is current."""
    made = []

    def make(task_id: str, **kwargs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.append(gymnasium.make(task_id, **kwargs))
        return made[-1]

    yield make
    for env in made:
        for viewer in env.unwrapped.mujoco_renderer._viewers.values():
            viewer.free()
        env.unwrapped.mujoco_renderer._viewers.clear()
    made.clear()
    gc.collect()


def act(envs: tuple[Any, ...], seed: int, steps: int) -> None:
    for env in envs:
        env.reset(seed=seed)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        action = rng.uniform(-1, 1, envs[0].action_space.shape).astype(np.float32)
        for env in envs:
            env.step(action)


@pytest.mark.parametrize("task_id", TASKS.values(), ids=str)
def test_robots_are_drawn_with_their_goals(task_id: str, theirs: Any) -> None:
    ours = plyo.make(task_id, render_mode="rgb_array", **SMALL)
    act((ours, oracle := theirs(task_id, render_mode="rgb_array", **SMALL)), 3, 2)
    np.testing.assert_array_equal(ours.render(), oracle.render())
    assert ours.metadata["render_modes"] == oracle.metadata["render_modes"]
    assert ours.metadata["render_fps"] == oracle.metadata["render_fps"]


@pytest.mark.parametrize("name", [name for name in ("FetchPush", "HandManipulateEgg") if name in TASKS])
def test_drawing_a_robot_changes_nothing(name: str) -> None:
    drawn = plyo.make(TASKS[name], render_mode="rgb_array", **SMALL)
    plain = plyo.make(TASKS[name])
    for env in (drawn, plain):
        env.reset(seed=1)
    for _ in range(2):
        drawn.render()
        for env in (drawn, plain):
            env.step(np.full(env.action_space.shape, 0.3, np.float32))
        assert drawn.unwrapped.get_state() == plain.unwrapped.get_state()
    # nor where the user looks at the data
    data = drawn.unwrapped.data
    before = data.qpos.copy(), data.qacc_warmstart.copy()
    picture = drawn.render()
    np.testing.assert_array_equal(data.qpos, before[0])
    np.testing.assert_array_equal(data.qacc_warmstart, before[1])
    assert np.ptp(picture) > 0


@pytest.mark.parametrize("task_id", [TASKS[name] for name in ("FetchReach", "HandReach") if name in TASKS])
def test_robots_observe_pictures(task_id: str) -> None:
    arguments = {"observation": "pixels", "size": (20, 24), "max_episode_steps": 2}
    envs = plyo.make_vec(task_id, 2, autoreset_mode="same_step", **arguments)
    env = plyo.make(task_id, **arguments)
    observations, _ = envs.reset(seed=3)
    assert envs.observation_space.contains(observations)
    np.testing.assert_array_equal(env.reset(seed=4)[0], observations[1])
    actions = np.full(envs.action_space.shape, 0.5, np.float32)
    for step in range(2):
        observations, *_, info = envs.step(actions)
        seen = info["final_obs"][1] if step == 1 else observations[1]
        np.testing.assert_array_equal(env.step(actions[1])[0], seen)
    assert env.unwrapped.goal.shape in ((3,), (15,))
