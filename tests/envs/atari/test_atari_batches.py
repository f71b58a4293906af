"""Batches of Atari games: the hashes of Gymnasium's, the same bits from both engines, and what infos tell."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from atari_batch_helpers import IS_LONG, assert_same, episodes, play

from plyo.envs.atari.vector_env import AtariVectorEnv
from plyo.policies import Constant
from plyo.vector import AutoresetMode
from plyo.wrappers.vector import RecordEpisodeStatistics

GOLDEN = json.loads((Path(__file__).parent / "atari_golden.json").read_text())["golden"]
GAMES = {"Pong": "pong", "Breakout": "breakout", "Seaquest": "seaquest"}
PLAIN = {"noop_max": 0, "use_fire_reset": False, "reward_clipping": False}
KINDS = {
    "make_vec_v5": {"repeat_action_probability": 0.25},
    "make_vec_v5_same_step": {"autoreset_mode": "SameStep", "reward_clipping": False},
    "vec_plain": PLAIN,
    "vec_plain_rgb": {**PLAIN, "grayscale": False},
    "wrapped_v5": {"repeat_action_probability": 0.25, "parity": "gymnasium"},
    "make_v5": {"repeat_action_probability": 0.25, "style": "raw"},
    "make_noframeskip_v4": {"style": "raw", "frameskip": 1},
}
#: Those that only lanes play.
OF_LANES = ("wrapped_v5", "make_v5", "make_noframeskip_v4")
#: Cases that are quick; the others are soaks.
QUICK = {
    ("Breakout", 0, "make_vec_v5", "threads"),
    ("Breakout", 0, "make_vec_v5_same_step", "lanes"),
    ("Breakout", 123, "wrapped_v5", "lanes"),
}
CASES = [
    pytest.param(*case, marks=[] if case in QUICK else [pytest.mark.slow])
    for name, seeds in GOLDEN.items()
    for seed, kinds in seeds.items()
    for kind in kinds
    for engine in (["lanes"] if kind in OF_LANES else ["threads", "lanes"])
    for case in [(name, int(seed), kind, engine)]
    # by default each engine plays the seeds of the other's not
    if case in QUICK or IS_LONG or (engine == "threads") == (seed == "0")
]


@pytest.mark.parametrize(("name", "seed", "kind", "engine"), CASES)
def test_golden_batches(name, seed, kind, engine):
    expected = GOLDEN[name][str(seed)][kind]
    num_envs = expected.get("n", 1)
    envs = AtariVectorEnv(GAMES[name], num_envs, engine=engine, **KINDS[kind])
    assert envs.single_action_space.n == expected["actions"]
    observations, infos = envs.reset(seed=seed)
    hashes = hashlib.sha256(observations.tobytes()), hashlib.sha256()
    assert hashes[0].hexdigest() == expected["reset_obs"]
    assert (
        infos["episode_frame_number"].tolist()
        == np.ravel(expected["reset_episode_frame"])[:num_envs].tolist()
    )
    totals = np.zeros(num_envs)
    size = (200, num_envs) if "n" in expected else 200
    for actions in np.random.default_rng(seed).integers(0, expected["actions"], size=size):
        observations, rewards, terminated, truncated, infos = envs.step(np.reshape(actions, num_envs))
        totals += rewards
        hashes[0].update(observations.tobytes())
        hashes[1].update(rewards.tobytes() + terminated.tobytes() + truncated.tobytes())
    envs.close()
    assert [each.hexdigest() for each in hashes] == [expected["obs"], expected["rew_term_trunc"]]
    assert totals.tolist() == np.ravel(expected["reward_sum"]).tolist()
    assert infos["frame_number"].tolist() == np.ravel(expected["last_frame_number"]).tolist()
    assert infos["lives"].tolist() == np.ravel(expected["last_lives"]).tolist()


#: Options that both engines have, and the game that shows them; the later ones are soaks.
SHARED = [
    ("breakout", {"autoreset_mode": "same_step", "episodic_life": True, "repeat_action_probability": 0.25}),
    ("breakout", {"life_loss_info": True, "maxpool": False, "frameskip": 3, "full_action_space": True}),
    ("pong", {"grayscale": False, "img_height": 60, "img_width": 50, "max_num_frames_per_episode": 103}),
    (
        "seaquest",
        {"frameskip": 1, "stack_num": 2, "max_episode_steps": 30, "img_height": 210, "img_width": 160},
    ),
    ("carnival", {"noop_max": 7, "reward_clipping": False, "img_height": 105, "img_width": 80}),
]


@pytest.mark.parametrize(
    ("game", "options"),
    [SHARED[0], *(pytest.param(*each, marks=pytest.mark.slow) for each in SHARED[1:])],
)
def test_engines_play_the_same(game, options):
    threads = episodes(game, 2, 130, num_threads=2, **options)
    assert_same(threads, episodes(game, 2, 130, engine="lanes", **options))


@pytest.mark.parametrize("stack", [1, 4])
def test_engines_show_the_same_between_resets_of_some(stack):
    played = []
    for engine in ("threads", "lanes"):
        envs = AtariVectorEnv("breakout", 2, engine=engine, stack_num=stack, max_episode_steps=6)
        seen = [envs.reset(seed=1), *play(envs, 3)]
        for mask in ([False, True], [True, False], [True, True]):
            seen += [envs.reset(options={"reset_mask": np.array(mask)}), *play(envs, 2)]
        seen.append(np.asarray(envs.rollout(Constant(2), 9).observations))
        played.append([*seen, *play(envs, 3)])
        envs.close()
    assert_same(*played)


@pytest.mark.slow
def test_continuous_actions_are_the_same_in_both_engines():
    motions = (
        np.random.default_rng(0).uniform([0, -np.pi, 0], [1, np.pi, 1], size=(80, 2, 3)).astype(np.float32)
    )
    played = []
    for engine in ("threads", "lanes"):
        envs = AtariVectorEnv("breakout", 2, engine=engine, continuous=True)
        assert envs.single_action_space.shape == (3,)
        played.append([envs.reset(seed=1), *[envs.step(each) for each in motions]])
        envs.close()
    assert_same(*played)


@pytest.mark.slow
@pytest.mark.parametrize(
    "game", ["pong", "breakout", "space_invaders", "montezuma_revenge", "seaquest", "ms_pacman"]
)
def test_engines_play_the_same_for_long(game):
    steps = 2000 if IS_LONG else 600
    options = {"repeat_action_probability": 0.25, "autoreset_mode": "same_step"}
    threads = episodes(game, 2, steps, num_threads=1, **options)
    assert_same(threads, episodes(game, 2, steps, engine="lanes", **options))


@pytest.mark.parametrize("engine", [pytest.param("threads", marks=pytest.mark.slow), "lanes"])
def test_seeds_of_masked_resets_count_from_the_lane(engine):
    envs = AtariVectorEnv("breakout", 4, engine=engine)
    _, infos = envs.reset(seed=[5, None, 5, None])
    assert infos["episode_frame_number"][[0, 2]].tolist() == [6, 6]
    before, _ = envs.reset(options={"reset_mask": np.array([True, True, False, False])})
    after, infos = envs.reset(seed=100, options={"reset_mask": np.array([False, False, True, True])})
    assert infos["episode_frame_number"][2:].tolist() == [17, 12]
    np.testing.assert_array_equal(before[:2], after[:2])
    envs.close()


def test_successive_resets_continue_the_streams():
    envs = AtariVectorEnv("breakout", 1, engine="lanes")
    frames = [envs.reset(seed=5 if i == 0 else None)[1]["episode_frame_number"].item() for i in range(5)]
    assert frames == [6, 1, 26, 24, 6]


def test_same_step_has_final_observations_and_infos():
    envs = AtariVectorEnv("breakout", 3, autoreset_mode="same_step", max_episode_steps=10, engine="lanes")
    next_step = AtariVectorEnv("breakout", 3, max_episode_steps=10, engine="lanes")
    batches = (envs, next_step)
    for each in batches:
        each.reset(seed=0)
        each.step([0, 0, 0])
        each.reset(options={"reset_mask": np.array([False, True, False])})
    for _ in range(9):
        step, other = (each.step([0, 0, 0]) for each in batches)
    ended = np.array([True, False, True])
    np.testing.assert_array_equal(step[3], ended)
    infos = step[4]
    np.testing.assert_array_equal(infos["_final_obs"], ended)
    assert infos["final_obs"][1] is None
    for lane in (0, 2):
        np.testing.assert_array_equal(infos["final_obs"][lane], other[0][lane])
        assert infos["final_info"]["frame_number"][lane] == other[4]["frame_number"][lane]
    assert infos["final_info"]["frame_number"][1] == 0
    np.testing.assert_array_equal(infos["final_info"]["_lives"], ended)
    np.testing.assert_array_equal(infos["length"], [10, 0, 10])
    np.testing.assert_array_equal(step[0][1], other[0][1])


def test_disabled_autoreset_waits_for_a_reset():
    from plyo.error import ResetNeeded

    envs = AtariVectorEnv("pong", 2, autoreset_mode="disabled", max_episode_steps=5)
    assert envs.engine == "threads"
    assert envs.metadata["autoreset_mode"] is AutoresetMode.DISABLED
    envs.reset(seed=0)
    ended = play(envs, 5)[-1][3]
    assert ended.all()
    with pytest.raises(ResetNeeded, match="environment 0"):
        envs.step([0, 0])
    envs.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(ResetNeeded, match="environment 1"):
        envs.step([0, 0])
    envs.reset(options={"reset_mask": np.array([False, True])})
    assert not envs.step([0, 0])[3].any()


def test_lost_lives_restart_the_game_or_let_it_go_on():
    lives = {}
    for ends in (True, "continue"):
        envs = AtariVectorEnv("breakout", 1, episodic_life=ends, engine="lanes")
        envs.reset(seed=1)
        seen, scores = [], []
        while len(seen) < 6:
            _, _, terminated, _, infos = envs.step([1 if len(seen) % 2 else 0])
            if terminated[0]:
                scores.append("score" in infos)
                seen.append(int(infos["lives"][0]))
        lives[ends] = seen, scores
        envs.close()
    assert lives[True] == ([4] * 6, [True] * 6)
    assert lives["continue"] == ([4, 3, 2, 1, 0, 4], [False, False, False, False, True, False])


def test_scores_are_whole_where_rewards_are_clipped():
    envs = AtariVectorEnv("space_invaders", 2, noop_max=0, engine="lanes", autoreset_mode="same_step")
    statistics = RecordEpisodeStatistics(envs)
    statistics.reset(seed=0)
    raw, clipped, ended = np.zeros(2), np.zeros(2), np.zeros(2, dtype=bool)
    for _, rewards, _, _, infos in play(statistics, 450):
        raw += np.where(ended, 0, infos["reward"])
        clipped += np.where(ended, 0, rewards)
        for lane in np.flatnonzero(infos.get("_score", ended & False)):
            if not ended[lane]:
                assert infos["score"][lane] == raw[lane]
                assert infos["episode"]["r"][lane] == clipped[lane]
                assert infos["episode"]["l"][lane] == infos["length"][lane]
                ended[lane] = True
    assert ended.any()
    assert (raw > 2 * clipped).all()


def test_fire_after_a_lost_life_serves_the_ball():
    """Breakout does not serve by itself: without FIRE nothing is ever lost again."""
    lost = {}
    for fires in (False, True):
        envs = AtariVectorEnv("breakout", 1, noop_max=0, use_fire_reset=True, fire_after_life_loss=fires)
        envs.reset(seed=0)
        lost[fires] = sum(int(envs.step([0])[4]["life_lost"][0]) for _ in range(120))
        envs.close()
    assert lost[False] == 1
    assert lost[True] > 1


def test_memory_is_an_observation():
    envs = AtariVectorEnv("pong", 2, obs_type="ram", noop_max=0)
    observations, _ = envs.reset(seed=0)
    assert envs.engine == "lanes"
    assert observations.shape == envs.observation_space.shape == (2, 128)
    for action in range(4):
        observations, *_ = envs.step([action, 5])
        np.testing.assert_array_equal(observations, envs.get_ram())


def test_modes_and_difficulties_change_the_game():
    plain, other = (
        episodes("breakout", 1, 20, engine="lanes", **mode) for mode in ({}, {"mode": 4, "difficulty": 1})
    )
    assert any((one[0] != two[0]).any() for one, two in zip(plain, other, strict=True))


def test_pictures_are_whole_and_in_colour():
    envs = AtariVectorEnv("air_raid", 1, render_mode="rgb_array")
    envs.reset(seed=0)
    (picture,) = envs.render()
    assert (picture.shape, picture.dtype) == ((250, 160, 3), np.uint8)
    assert picture.any()
