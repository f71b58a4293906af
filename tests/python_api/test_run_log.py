"""What the training loops share: settings from the command line, the record of a run, transitions."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import plyo
from plyo.train.run_log import RunLog, parse_settings, target_of
from plyo.train.transitions import TransitionBuffer

#: Keeps the pole up in some episodes, and lets it fall in others after a few hundred steps.
MIDDLING = plyo.policies.Linear([[0.0, 0.0, 0.0, 0.0], [-0.03, -0.09, 0.41, 1.04]])


@dataclass
class Settings:
    """Settings of each type."""

    id: str = "CartPole-v1"
    total_steps: int = 10_000
    learning_rate: float = 1e-3


def test_settings_from_the_command_line() -> None:
    assert parse_settings(Settings, "text", []) == Settings()
    given = parse_settings(
        Settings, "text", ["--total-steps", "5", "--learning-rate", "2", "--id", "Taxi-v4"]
    )
    assert given == Settings("Taxi-v4", 5, 2.0)


def test_settings_of_the_wrong_type(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_settings(Settings, "text", ["--total-steps", "many"])
    assert "--total-steps: invalid int value: 'many'" in capsys.readouterr().err


def test_targets() -> None:
    assert target_of("CartPole-v1", math.nan) == 475
    assert target_of("Pendulum-v1", math.nan) == math.inf
    assert target_of("CartPole-v1", 100.0) == 100


@pytest.fixture
def no_tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard", None)


@pytest.mark.usefixtures("no_tensorboard")
def test_a_run_leaves_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("imageio_ffmpeg")
    with RunLog("CartPole-v1", "ppo", 3, {"seed": 3}, tmp_path / "run") as log:
        log.add(1000, math.nan, {"rollout": 0.25, "training": 0.75}, {"loss": 1.0})
        log.add(3000, 20.0, {"rollout": 0.5, "training": 1.0})
        mean = log.finish(MIDDLING)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "nothing is logged to TensorBoard: run `pip install tensorboard`"
    words = [" ".join(line.split()) for line in lines[1:3]]
    assert words[0] == "1000 steps return nan steps/s 1,000: rollout 4,000 (25%) training 1,333 (75%)"
    assert words[1] == "3000 steps return 20.00 steps/s 2,000: rollout 6,000 (33%) training 3,000 (67%)"
    folder = tmp_path / "run"
    assert sorted(path.name for path in folder.iterdir()) == [
        "best.mp4",
        "best.npz",
        "curve.png",
        "policy.npz",
    ]
    assert plyo.policies.load(folder / "policy.npz").layers[0][0].tolist() == MIDDLING.layers[0][0].tolist()
    best = plyo.Replay.load(folder / "best.npz")
    assert best.episode_return == len(list(best)) > mean  # a reward of 1 a step
    assert f"mean return {mean:.2f} of 100 fresh episodes, the best {best.episode_return:g}" in lines


@pytest.mark.usefixtures("no_tensorboard")
def test_a_run_without_matplotlib_and_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.chdir(tmp_path)

    def fail(*arguments: object, **options: object) -> None:
        raise plyo.error.DependencyNotInstalled("OpenGL is missing")

    monkeypatch.setattr("plyo.replay.films.film", fail)  # all native tasks have pictures
    with RunLog("NChain-v0", "dqn", 0, {}) as log:
        log.finish(plyo.policies.Tabular([0] * 5))
    text = capsys.readouterr().out
    assert "no curve.png: it needs matplotlib" in text
    assert "no video: OpenGL is missing" in text
    (folder,) = Path("runs").iterdir()
    assert folder.name.startswith("NChain-v0-dqn-0-2")
    assert sorted(path.name for path in folder.iterdir()) == ["best.npz", "policy.npz"]


def test_transitions_give_way_and_are_drawn() -> None:
    envs = plyo.make_vec("Pendulum-v1", 4)
    buffer = TransitionBuffer(10, envs.single_observation_space, envs.single_action_space)
    with pytest.raises(ValueError, match="empty"):
        buffer.sample(np.random.default_rng(0), 1)
    for number in range(4):
        rows = 4 * number + np.arange(4.0)
        wide = np.repeat(rows[:, np.newaxis], 3, axis=1)
        buffer.add(wide, wide[:, :1], rows, rows % 2 == 0, wide + 1)
        assert len(buffer) == min(10, 4 * number + 4)
    observations, actions, rewards, terminated, following = buffer.sample(np.random.default_rng(0), 500)
    assert set(rewards) == set(range(6, 16))  # the latest ten
    assert (observations == rewards[:, np.newaxis]).all()
    assert (actions == rewards[:, np.newaxis]).all()
    assert (terminated == (rewards % 2 == 0)).all()
    assert (following == rewards[:, np.newaxis] + 1).all()
    assert {array.dtype for array in (observations, actions, rewards, following)} == {np.dtype(np.float32)}


def test_transitions_keep_integers() -> None:
    envs = plyo.make_vec("FrozenLake-v1", 2)
    buffer = TransitionBuffer(3, envs.single_observation_space, envs.single_action_space)
    buffer.add(np.array([7, 8]), np.array([1, 2]), np.zeros(2), np.zeros(2), np.array([9, 10]))
    observations, actions, _, _, following = buffer.sample(np.random.default_rng(0), 20)
    assert set(zip(observations, actions, following, strict=True)) == {(7, 1, 9), (8, 2, 10)}
    with pytest.raises(ValueError, match="4 transitions do not fit into a capacity of 3"):
        buffer.add(*[np.zeros(4)] * 5)
