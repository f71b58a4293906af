"""EnvPool's Atari games over Plyo's lanes, beside the same batches stepped directly."""

from __future__ import annotations

import numpy as np
import pytest

import plyo
from plyo.adapters import envpool

pytest.importorskip("ale_py", reason="the games are ale-py's")

#: What EnvPool's defaults are by the names of Plyo's batches.
SAME = {"reward_clipping": False, "repeat_action_probability": 0.0, "max_episode_steps": 27_000}


def test_a_pool_plays_what_the_batch_does():
    pool = envpool.make(
        "Breakout-v5",
        env_type="gymnasium",
        num_envs=2,
        num_threads=1,
        seed=3,
        episodic_life=True,
        reward_clip=True,
    )
    envs = plyo.make_vec(
        "ALE/Breakout-v5",
        2,
        engine="lanes",
        episodic_life="continue",
        **{**SAME, "reward_clipping": True},
    )
    expected, _ = envs.reset(seed=3)
    observations, info = pool.reset()
    np.testing.assert_array_equal(observations, expected)
    ended, elapsed = np.zeros(2, bool), np.zeros(2, int)
    for actions in np.random.default_rng(0).integers(0, 4, size=(60, 2)):
        expected, rewards, terminated, truncated, infos = envs.step(actions)
        observations, own, *flags, info = pool.step(actions.astype(np.int32))
        elapsed, ended = np.where(ended, 0, elapsed + 1), terminated | truncated
        np.testing.assert_array_equal(observations, expected)
        np.testing.assert_array_equal(own, rewards.astype(np.float32))
        np.testing.assert_array_equal(flags, [terminated, truncated])
        np.testing.assert_array_equal(info["reward"], infos["reward"])
        np.testing.assert_array_equal(info["lives"], infos["lives"])
        np.testing.assert_array_equal(info["elapsed_step"], elapsed)
        assert not info["terminated"].any()  # lives were lost, no game is over
    assert (infos["lives"] < 5).all()
    assert {key: info[key].dtype.name for key in ("lives", "reward", "terminated")} == {
        "lives": "int32",
        "reward": "float32",
        "terminated": "int32",
    }
    pool.close()


def test_parts_of_a_pool_play_what_all_would():
    """Whichever environments a call steps, each one plays its own game."""
    pool = envpool.make_gymnasium("Pong-v5", num_envs=3, batch_size=2, num_threads=2, seed=1)
    envs = plyo.make_vec("ALE/Pong-v5", 3, engine="lanes", **SAME)
    expected = [envs.reset(seed=1)[0], *(envs.step([2, 2, 2])[0] for _ in range(12))]
    pool.async_reset()
    for _ in range(12):
        observations, *_, info = pool.recv()
        for row, (lane, step) in enumerate(zip(info["env_id"], info["elapsed_step"], strict=True)):
            np.testing.assert_array_equal(observations[row], expected[step][lane])
        pool.send(np.full(2, 2, np.int32), info["env_id"])
    pool.close()


def test_some_environments_can_be_the_first():
    pool = envpool.make_gymnasium("Pong-v5", num_envs=2, num_threads=1, seed=4)
    envs = plyo.make_vec("ALE/Pong-v5", 2, engine="lanes", **SAME)
    expected, _ = envs.reset(seed=4)
    for lane in (1, 0):
        observations, *_, info = pool.step(np.zeros(1, np.int32), np.array([lane]))
        np.testing.assert_array_equal(observations[0], expected[lane])
        assert info["elapsed_step"].tolist() == [0]


def test_arguments_and_spaces_are_envpools():
    assert {"Pong-v5", "SpaceInvaders-v5", "MontezumaRevenge-v5"} < set(envpool.list_all_envs())
    spec = envpool.make_spec(
        "SpaceInvaders-v5", stack_num=2, img_height=42, img_width=40, full_action_space=True
    )
    assert spec.observation_space.shape == (2, 42, 40)
    assert spec.action_space.n == 18
    assert (spec.config.frame_skip, spec.config.noop_max, spec.config.mode) == (4, 30, -1)
    pool = envpool.make_gymnasium("Pong-v5", gray_scale=False, render_mode="rgb_array", max_episode_steps=3)
    observations, _ = pool.reset()
    assert observations.shape == (1, 4, 84, 84, 3)
    assert pool.render().shape == (1, 210, 160, 3)
    steps = [pool.step(np.zeros(1, np.int32)) for _ in range(3)]
    assert [bool(step[3][0]) for step in steps] == [False, False, True]
    assert steps[-1][-1]["terminated"].tolist() == [1]
    with pytest.raises(NotImplementedError, match="Atari"):
        pool.xla()


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"use_inter_area_resize": False}, NotImplementedError, "use_inter_area_resize must be True"),
        ({"zero_discount_on_life_loss": True}, NotImplementedError, "zero_discount_on_life_loss"),
        ({"render_mode": "human"}, NotImplementedError, "no windows"),
        ({"render_width": 80, "render_height": 105}, NotImplementedError, "render_width"),
        ({"mode": 77}, ValueError, "mode of pong"),
        ({"frame_skip": 0}, plyo.error.Error, "frameskip"),
        ({"batch_size": 2}, ValueError, "batch_size"),
        ({"stack": 4}, TypeError, "Did you mean"),
        ({"frame_skip": 4, "frameskip": 4}, TypeError, "two names"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        envpool.make_gymnasium("Pong-v5", **arguments)
