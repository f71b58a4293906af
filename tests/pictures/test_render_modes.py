"""The render modes of native tasks as `make` and `make_vec` treat them, beside Gymnasium's where it has the task."""

from __future__ import annotations

import os
import pickle
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest

import plyo
from plyo.tasks.descriptions import native_tasks

pygame = pytest.importorskip("pygame")
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

#: Ids of native tasks that Gymnasium has too; Pusher-v4 refuses every MuJoCo that Plyo knows.
IDS = [
    variant["id"]
    for task in native_tasks().values()
    for variant in task["variants"]
    if variant["id"] in gymnasium.registry and variant["id"] != "Pusher-v4"
]


@pytest.mark.parametrize("task_id", IDS)
def test_metadata_are_those_of_gymnasium(task_id: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # warnings of old versions
        ours, theirs = (gym.make(task_id, disable_env_checker=True) for gym in (plyo, gymnasium))
    assert ours.metadata["render_fps"] == theirs.metadata["render_fps"]
    # the modes stand in another order in CliffWalking
    assert set(ours.metadata["render_modes"]) == set(theirs.metadata["render_modes"])


@pytest.mark.parametrize("task_id", ["CartPole-v1", "FrozenLake-v1"])
def test_lists_of_pictures(task_id: str) -> None:
    env = plyo.make(task_id, render_mode="rgb_array_list")
    assert env.render_mode == "rgb_array_list"
    env.reset(seed=0)
    twin = plyo.make(task_id, render_mode="rgb_array")
    twin.reset(seed=0)
    expected = [twin.render()]
    for _ in range(3):
        env.step(1)
        twin.step(1)
        expected.append(twin.render())
    frames = env.render()
    assert [frame.tobytes() for frame in frames] == [frame.tobytes() for frame in expected]
    assert env.render() == []


def test_lists_of_texts() -> None:
    env = plyo.make("FrozenLake-v1", render_mode="ansi_list")
    env.reset(seed=0)
    env.step(2)
    texts = env.render()
    assert len(texts) == 2
    assert all(text.endswith("\n") for text in texts)


@pytest.mark.parametrize("mode", ["rgb_array_list", "human"])
def test_batches_of_lists_and_windows_are_of_single_environments(mode: str) -> None:
    envs = plyo.make_vec("FrozenLake-v1", 1, render_mode=mode)
    assert isinstance(envs, plyo.vector.SyncVectorEnv)
    envs.reset(seed=0)
    envs.step(np.array([1]))
    rendered = envs.render()
    if mode == "human":
        assert rendered == (None,)
    else:
        assert len(rendered[0]) == 2
    envs.close()
    envs = plyo.make_vec("FrozenLake-v1", 1, render_mode=mode, vectorization_mode="native")
    envs.reset(seed=0)
    with pytest.raises(NotImplementedError, match="FrozenLakeVectorEnv does not render"):
        envs.render()


def test_windows_of_make() -> None:
    env = plyo.make("CartPole-v1", render_mode="human")
    assert env.render_mode == "human"
    env.reset(seed=0)
    env.step(1)
    assert env.render() is None
    shown = pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1)
    assert shown.tobytes() == env.unwrapped.render().tobytes()
    env.close()


def test_windows_of_a_class() -> None:
    env = plyo.envs.classic_control.CartPoleEnv(render_mode="human")
    twin = plyo.envs.classic_control.CartPoleEnv(render_mode="rgb_array")

    def shown() -> Any:
        return pygame.surfarray.array3d(pygame.display.get_surface()).swapaxes(0, 1).tobytes()

    observation, _ = env.reset(seed=0)
    assert observation.tobytes() == twin.reset(seed=0)[0].tobytes()
    assert shown() == twin.render().tobytes()
    for action in (0, 1, 1):
        assert env.step(action)[0].tobytes() == twin.step(action)[0].tobytes()
        assert shown() == twin.render().tobytes()
    assert env.render() is None
    again = pickle.loads(pickle.dumps(env))
    assert again.step(1)[0].tobytes() == twin.step(1)[0].tobytes()
    assert shown() == twin.render().tobytes()
    assert again.get_state() == twin.get_state()
    again.close()
    env.close()
    env.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        env.step(0)
    env.reset(seed=2)
    twin.reset(seed=2)
    assert shown() == twin.render().tobytes()
    env.close()


def test_an_unknown_mode_warns_and_does_not_render() -> None:
    with pytest.warns(UserWarning, match="is not in the possible render_modes"):
        env = plyo.make("CartPole-v1", render_mode="ansi")
    env.reset(seed=0)
    with pytest.raises(NotImplementedError, match="CartPoleEnv does not render 'ansi' by itself"):
        env.render()
