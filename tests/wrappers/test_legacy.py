"""Between the API of today and that of Gym before 0.26: steps, seeds, old environments, the monitor's files."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from differential import assert_same

import plyo
from plyo.wrappers import EnvCompatibility, LegacyStep, Monitor
from plyo.wrappers.monitor import load_results


def test_legacy_step_is_the_api_of_gym():
    env = LegacyStep(plyo.make("CartPole-v1", max_episode_steps=12))
    today = plyo.make("CartPole-v1", max_episode_steps=12)
    assert env.seed(3) == [3]
    observation, _ = today.reset(seed=3)
    assert_same(env.reset(), observation)
    ends = []
    for i in range(60):
        observation, reward, terminated, truncated, info = today.step(i % 2)
        result = env.step(i % 2)
        assert len(result) == 4
        done = terminated or truncated
        expected = {**info, "TimeLimit.truncated": truncated and not terminated} if done else info
        assert_same(result, (observation, reward, done, expected))
        if done:
            ends.append(expected["TimeLimit.truncated"])
            assert_same(env.reset(), today.reset()[0])  # the stream goes on: a seed counts once
    assert True in ends


def test_its_seeds():
    env = LegacyStep(plyo.make("CartPole-v1"))
    (drawn,) = env.seed()
    assert_same(env.reset(), plyo.make("CartPole-v1").reset(seed=drawn)[0])
    env.seed(1)
    assert_same(env.reset(seed=5), plyo.make("CartPole-v1").reset(seed=5)[0])
    for wrong in (-1, 1.5, "a"):
        with pytest.raises(plyo.error.Error):
            env.seed(wrong)
    options = {"low": -0.01, "high": 0.01}
    assert np.abs(env.reset(seed=1, options=options)).max() <= 0.01


def test_its_pictures():
    env = LegacyStep(plyo.make("CartPole-v1", render_mode="rgb_array"))
    env.reset()
    assert env.render().shape == env.render("rgb_array").shape == (400, 600, 3)
    with pytest.raises(
        ValueError, match=r"render mode of this environment is 'rgb_array', so render\(mode='human'\)"
    ):
        env.render(mode="human")
    assert plyo.make(env.spec).spec == env.spec
    assert isinstance(pickle.loads(pickle.dumps(env)), LegacyStep)


class OldEnv:
    """An environment of that time: no base class, four values, a seed of its own."""

    metadata = {"render.modes": ["human", "rgb_array"], "video.frames_per_second": 20}  # noqa: RUF012 - as it was

    def __init__(self, size=3, limit=None):
        self.observation_space = plyo.spaces.Discrete(100)
        self.action_space = plyo.spaces.Discrete(2)
        self.size, self.limit, self.rendered = size, limit, []
        self.rng = np.random.default_rng(0)

    def seed(self, seed=None):
        self.rng = np.random.default_rng(seed)
        return [seed]

    def reset(self):
        self.steps = 0
        return int(self.rng.integers(100))

    def step(self, action):
        self.steps += 1
        done = self.steps >= self.size
        info = {"TimeLimit.truncated": True} if self.limit and done else {}
        return int(self.rng.integers(100)), float(action), done, info

    def render(self, mode="human"):
        self.rendered.append(mode)
        return np.zeros((2, 2, 3), np.uint8) if mode == "rgb_array" else None

    def close(self):
        self.size = -1


class Unseeded(plyo.Env):
    """One that has only the generator of its base class."""

    observation_space = action_space = plyo.spaces.Discrete(100)

    def reset(self):
        return int(self.np_random.integers(100))

    def step(self, action):
        return 0, 0.0, False, {}


@pytest.fixture
def old_id():
    plyo.register("Old-v0", entry_point=OldEnv, max_episode_steps=5)
    yield "Old-v0"
    plyo.registry.pop("Old-v0")


def test_an_old_environment_gets_the_api_of_today(old_id):
    env = plyo.make(old_id, apply_api_compatibility=True, size=2)
    assert isinstance(env, plyo.wrappers.TimeLimit)
    assert isinstance(env.unwrapped, EnvCompatibility)
    expected = np.random.default_rng(7).integers(100, size=4).tolist()
    assert env.reset(seed=7) == (expected[0], {})
    assert env.step(1) == (expected[1], 1.0, False, False, {})
    assert env.step(0) == (expected[2], 0.0, True, False, {})
    assert env.reset() == (expected[3], {})
    assert env.metadata == {"render_modes": ["human", "rgb_array"], "render_fps": 20}
    assert env.unwrapped.size == env.get_wrapper_attr("size") == 2
    with pytest.raises(TypeError, match="no reset options"):
        env.reset(options={"a": 1})
    with pytest.raises(AttributeError, match="absent"):
        env.unwrapped.absent  # noqa: B018
    again = plyo.make(env.spec)
    assert again.spec == env.spec
    assert again.reset(seed=7) == (expected[0], {})
    env.close()
    assert env.unwrapped.size == -1


def test_truncation_and_time_limits_of_old_environments(old_id):
    cut = plyo.make(old_id, apply_api_compatibility=True, limit=1)
    cut.reset(seed=0)
    assert [cut.step(0)[2:] for _ in range(3)] == [(False, False, {})] * 2 + [(False, True, {})]
    long = plyo.make(old_id, apply_api_compatibility=True, size=50)
    long.reset(seed=0)
    assert [long.step(0)[3] for _ in range(5)] == [False] * 4 + [True]
    envs = plyo.make_vec(old_id, 2, apply_api_compatibility=True)
    envs.reset(seed=0)
    assert [envs.step(np.zeros(2, int))[2].tolist() for _ in range(3)] == [[False] * 2] * 2 + [[True] * 2]


def test_render_modes_of_old_environments(old_id):
    env = plyo.make(old_id, apply_api_compatibility=True, render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().shape == (2, 2, 3)
    shown = plyo.make(old_id, apply_api_compatibility=True, render_mode="human")
    shown.reset(seed=0)
    shown.step(0)
    assert shown.unwrapped.rendered == ["human", "human"]


def test_where_the_argument_means_nothing_or_cannot_be(old_id):
    assert plyo.make("CartPole-v1", apply_api_compatibility=False).reset(seed=0)[0].shape == (4,)
    with pytest.raises(ValueError, match="CartPole-v1 is native and has the API of today"):
        plyo.make("CartPole-v1", apply_api_compatibility=True)
    plyo.register("OldFunction-v0", entry_point=lambda: OldEnv())
    with pytest.raises(TypeError, match="The environment must inherit from"):
        plyo.make("OldFunction-v0")
    assert plyo.make("OldFunction-v0", apply_api_compatibility=True).reset(seed=1)[1] == {}
    plyo.registry.pop("OldFunction-v0")


def test_an_environment_without_close_can_be_closed():
    class Unclosable:
        observation_space = action_space = plyo.spaces.Discrete(2)

    EnvCompatibility(Unclosable()).close()


def test_a_seed_without_a_method_for_it():
    env = EnvCompatibility(Unseeded())
    assert env.reset(seed=4)[0] == np.random.default_rng(4).integers(100)
    with pytest.raises(plyo.error.Error):
        env.reset(seed=-1)


def run_episodes(env, count):
    lengths = []
    for _ in range(count):
        env.reset(seed=len(lengths))
        length, done = 0, False
        while not done:
            _, _, terminated, truncated, _ = env.step(0)
            done, length = terminated or truncated, length + 1
        lengths.append(length)
    return lengths


def test_the_monitor_writes_gyms_files(tmp_path):
    env = Monitor(plyo.make("CartPole-v1"), tmp_path / "new" / "folder", uid="me")
    lengths = run_episodes(env, 3)
    assert env.get_episode_lengths() == lengths
    assert env.get_total_steps() == sum(lengths)
    assert not list((tmp_path / "new" / "folder").iterdir())
    env.close()
    stats_file, manifest_file = sorted((tmp_path / "new" / "folder").iterdir())
    number = stats_file.name.split(".")[2]
    assert stats_file.name == f"openaigym.episode_batch.{number}.me.stats.json"
    assert manifest_file.name == f"openaigym.manifest.{number}.me.manifest.json"
    stats = json.loads(stats_file.read_text())
    assert list(stats) == [
        "initial_reset_timestamp", "timestamps", "episode_lengths", "episode_rewards", "episode_types",
    ]  # fmt: skip
    assert (stats["episode_lengths"], stats["episode_rewards"]) == (lengths, [float(n) for n in lengths])
    assert stats["episode_types"] == ["t"] * 3
    assert stats["initial_reset_timestamp"] <= stats["timestamps"][0] <= stats["timestamps"][2]
    assert json.loads(manifest_file.read_text()) == {
        "stats": stats_file.name,
        "videos": [],
        "env_info": {"gym_version": plyo.__version__, "env_id": "CartPole-v1"},
    }


def test_results_of_several_monitors_are_read_in_order(tmp_path):
    first = Monitor(plyo.make("CartPole-v1"), tmp_path)
    lengths = run_episodes(first, 2)
    first.reset(seed=9)  # an episode without an end
    first.step(0)
    first.close()
    second = Monitor(plyo.make("CartPole-v1"), tmp_path, resume=True, mode="evaluation")
    lengths += run_episodes(second, 1)
    second.close()
    results = load_results(tmp_path)
    assert results["episode_lengths"] == lengths
    assert results["episode_types"] == ["t", "t", "e"]
    assert results["data_sources"] in ([0, 0, 1], [1, 1, 0])
    assert results["timestamps"] == sorted(results["timestamps"])
    assert results["initial_reset_timestamp"] == min(results["initial_reset_timestamps"])
    assert results["env_info"]["env_id"] == "CartPole-v1"
    other = Monitor(plyo.make("Acrobot-v1"), tmp_path, resume=True)
    other.close()
    with pytest.raises(plyo.error.Error, match="Found two unequal env_infos"):
        load_results(tmp_path)
    (tmp_path / "empty").mkdir()
    assert load_results(tmp_path / "empty") is None


def test_earlier_files_are_refused_added_to_or_deleted(tmp_path):
    Monitor(plyo.make("CartPole-v1"), tmp_path).close()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(plyo.error.Error, match="existing monitor files"):
        Monitor(plyo.make("CartPole-v1"), tmp_path)
    assert sorted(tmp_path.iterdir()) == before
    (tmp_path / "notes.txt").touch()
    forced = Monitor(plyo.make("CartPole-v1"), tmp_path, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    forced.close()


def test_the_order_of_calls_is_checked(tmp_path):
    env = Monitor(plyo.make("CartPole-v1"), tmp_path)
    with pytest.raises(plyo.error.ResetNeeded, match="before reset"):
        env.step(0)
    env.reset(seed=0)
    env.reset(seed=1)  # nothing is lost yet
    env.step(0)
    with pytest.raises(plyo.error.Error, match="you cannot call reset"):
        env.reset()
    while not env.step(0)[2]:
        pass
    with pytest.raises(plyo.error.ResetNeeded, match="currently done"):
        env.step(0)
    env.reset()
    env.close()
    stats = json.loads(next(tmp_path.glob("*.stats.json")).read_text())
    assert len(stats["episode_lengths"]) == 1
    assert len(stats["episode_types"]) == 2
    with pytest.raises(plyo.error.Error, match='must be "training" or "evaluation"'):
        Monitor(plyo.make("CartPole-v1"), tmp_path / "a", mode="play")
    with pytest.raises(plyo.error.Error, match="must provide a function, None, or False"):
        Monitor(plyo.make("CartPole-v1"), tmp_path / "b", video_callable=3)
    with pytest.raises(plyo.error.Error, match="videos need an environment with render_mode='rgb_array'"):
        Monitor(plyo.make("CartPole-v1"), tmp_path / "c", video_callable=lambda episode: True)


def test_videos_are_listed_with_their_facts(tmp_path):
    env = Monitor(
        plyo.make("CartPole-v1", render_mode="rgb_array"),
        tmp_path,
        lambda episode: episode == 1,
        write_upon_reset=True,
    )
    run_episodes(env, 3)
    assert json.loads(next(tmp_path.glob("*.stats.json")).read_text())["episode_types"] == ["t"] * 3
    env.close()
    ((video, facts),) = load_results(tmp_path)["videos"]
    assert Path(video).name.startswith("openaigym.video.")
    assert ".video000001." in video
    assert Path(video).stat().st_size > 0
    assert json.loads(Path(facts).read_text())["episode_id"] == 1


def test_the_end_of_the_program_writes_the_files(tmp_path):
    code = (
        "import plyo, sys\n"
        "env = plyo.wrappers.Monitor(plyo.make('CartPole-v1'), sys.argv[1])\n"
        "env.reset(seed=0)\nwhile not env.step(0)[2]: pass\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert len(load_results(tmp_path)["episode_lengths"]) == 1


def test_the_monitor_inside_the_api_of_gym(tmp_path):
    env = LegacyStep(Monitor(plyo.make("CartPole-v1"), tmp_path))
    env.seed(0)
    env.reset()
    while not env.step(0)[2]:
        pass
    env.close()
    assert len(load_results(tmp_path)["episode_rewards"]) == 1
    assert plyo.make("CartPole-v1").spec.additional_wrappers == ()
