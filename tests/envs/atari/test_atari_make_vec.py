"""Batches of Atari games by ``make_vec``, in wrappers, and as the adapters of trainers see them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from atari_batch_helpers import assert_same, play

import plyo
from plyo.adapters._listed import ListedSteps
from plyo.adapters._making import make_batch
from plyo.envs.atari import AtariVectorEnv, RawAtariVectorEnv
from plyo.envs.registration import EnvSpec
from plyo.vector import AutoresetMode, SyncVectorEnv
from plyo.wrappers.vector import DictInfoToList, DtypeObservation, RecordEpisodeStatistics, TransformReward


def test_ids_of_v5_have_batches():
    assert plyo.spec("ALE/Pong-v5").vector_entry_point == "plyo.envs.atari:AtariVectorEnv"
    assert plyo.spec("PongNoFrameskip-v4").vector_entry_point is None
    envs = plyo.make_vec("ALE/Pong-v5", 2, max_episode_steps=9, frame_skip=3)
    assert isinstance(envs, AtariVectorEnv)
    again = plyo.make_vec(EnvSpec.from_json(envs.spec.to_json()))
    assert_same([again.reset(seed=0), *play(again, 12)], [envs.reset(seed=0), *play(envs, 12)])
    assert (
        type(plyo.make_vec("ALE/Pong-v5", 1, vectorization_mode="native", engine="lanes")) is AtariVectorEnv
    )
    with pytest.raises(plyo.error.Error, match="wrappers"):
        plyo.make_vec("ALE/Pong-v5", 1, wrappers=[plyo.wrappers.ClipReward])


@pytest.mark.parametrize(
    ("style", "beside", "sticky", "actions"),
    [("dqn", {}, 0.0, 4), ("machado", {}, 0.25, 18), ("dqn", {"action_repeat_probability": 0.1}, 0.1, 4)],
)
def test_styles_win_over_ids_and_arguments_over_styles(style, beside, sticky, actions):
    envs = plyo.make_vec("ALE/Breakout-v5", 1, style=style, engine="lanes", **beside)
    assert envs._options.lane.sticky == sticky
    assert envs.single_action_space.n == actions
    assert plyo.make_vec(envs.spec)._options.lane == envs._options.lane


@pytest.mark.filterwarnings("ignore:.*out of date:DeprecationWarning")
def test_older_ids_have_native_batches_on_request():
    single = plyo.make_vec("Breakout-v0", 2)
    native = plyo.make_vec("Breakout-v0", 2, vectorization_mode="native")
    assert isinstance(single, SyncVectorEnv)
    assert isinstance(native, RawAtariVectorEnv)
    assert type(plyo.make_vec(native.spec)) is RawAtariVectorEnv
    assert native.single_observation_space == single.single_observation_space
    assert native.single_action_space == single.single_action_space
    assert_same(native.reset(seed=4)[0], single.reset(seed=4)[0])
    for ours, theirs in zip(play(native, 40), play(single, 40), strict=True):
        assert_same(ours[:4], theirs[:4])
        assert ours[4]["lives"].tolist() == theirs[4]["lives"].tolist()


def test_tasks_without_a_native_batch_say_so():
    plyo.register("Plain-v0", entry_point=lambda **_: plyo.make("CartPole-v1"))
    with pytest.raises(plyo.error.Error, match="not a native task"):
        plyo.make_vec("Plain-v0", 1, vectorization_mode="native")


def test_wrappers_take_batches():
    envs = plyo.make_vec(
        "ALE/Breakout-v5", 2, autoreset_mode="same_step", max_episode_steps=5, engine="lanes"
    )
    statistics = RecordEpisodeStatistics(
        TransformReward(DtypeObservation(envs, np.float32), lambda r: r + 1.0)
    )
    wrapped = DictInfoToList(statistics)
    observations, _ = wrapped.reset(seed=0)
    assert (observations.dtype, observations.shape) == (np.float32, (2, 4, 84, 84))
    *_, truncated, infos = play(wrapped, 5)[-1]
    assert truncated.all()
    assert infos[1]["episode"]["r"] == 5.0
    assert infos[1]["length"] == infos[1]["final_info"]["length"] == 5
    assert infos[0]["final_obs"].shape == (4, 84, 84)


def test_adapters_choose_how_a_batch_resets():
    envs = make_batch("ALE/Pong-v5", 2, AutoresetMode.SAME_STEP, {"max_episode_steps": 3, "engine": "lanes"})
    assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    steps = ListedSteps(envs)
    steps.reset(seed=[0, 1])
    reset_infos = [{}, {}]
    for _ in range(3):
        _, rewards, dones, infos = steps.step_listed(np.array([0, 3]), 0.0, reset_infos)
    assert dones.all()
    assert rewards.dtype == np.float32
    assert infos[0]["TimeLimit.truncated"] is True
    assert infos[0]["episode"]["l"] == infos[0]["length"] == 3
    assert infos[1]["terminal_observation"].shape == (4, 84, 84)


PROGRAM = """
import sys
for name in {hidden}:
    sys.modules[name] = None
import plyo
print(plyo.spec("ALE/Pong-v5").vector_entry_point)
try:
    envs = plyo.make_vec("ALE/Pong-v5", 1, **{options})
    envs.reset(seed=0)
    print(envs.step([0])[0].shape)
except plyo.error.DependencyNotInstalled as e:
    print(e)
"""


@pytest.mark.parametrize(
    ("hidden", "options", "expected"),
    [
        pytest.param(["gymnasium"], {}, "(1, 4, 84, 84)", marks=pytest.mark.slow),
        (["gymnasium", "cv2"], {"num_workers": 1}, "(1, 4, 84, 84)"),
        pytest.param(["ale_py"], {}, "ale-py", marks=pytest.mark.slow),
        (["ale_py", "gymnasium"], {"engine": "lanes"}, "ale-py"),
    ],
)
def test_without_optional_packages(hidden, options, expected):
    program = PROGRAM.format(hidden=hidden, options=options)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (done.stdout.splitlines()[0], done.stderr) == ("plyo.envs.atari:AtariVectorEnv", "")
    assert expected in done.stdout.splitlines()[1]


def test_larger_pictures_need_opencv(monkeypatch):
    envs = plyo.make_vec("ALE/Pong-v5", 1, engine="lanes", screen_size=(240, 210))
    threads = plyo.make_vec("ALE/Pong-v5", 1, screen_size=(240, 210))
    assert_same([threads.reset(seed=0), *play(threads, 3)], [envs.reset(seed=0), *play(envs, 3)])
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(plyo.error.DependencyNotInstalled, match="OpenCV"):
        plyo.make_vec("ALE/Pong-v5", 1, engine="lanes", screen_size=(240, 210))
