"""RecordEpisodes, of environments and of batches: recorded episodes are simulated again."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from task_choice import each_id

import plyo
from plyo.wrappers import Autoreset, RecordEpisodes, TransformReward
from plyo.wrappers.vector import RecordEpisodes as RecordBatch


class Walk(plyo.Env):
    """A random walk; the action is a step, and its rounding would change the observation."""

    metadata = {"render_modes": []}  # noqa: RUF012
    observation_space = plyo.spaces.Box(-np.inf, np.inf, (), np.float64)
    action_space = plyo.spaces.Box(-1, 1, (1,))

    def __init__(self, render_mode=None, options=None):
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x = 0.0 if options is None else options["x"]
        return np.array(self.x), {}

    def step(self, action):
        self.x += float(action[0]) + self.np_random.normal()
        return np.array(self.x), self.x, abs(self.x) > 5, False, {}


@pytest.fixture(autouse=True)
def registered():
    plyo.register("Walk-v0", entry_point=Walk, max_episode_steps=50)
    yield
    del plyo.registry["Walk-v0"]


def run_episodes(env, count, seed, sample):
    """Returns and lengths of episodes; only the first reset has a seed."""
    facts = []
    for episode in range(count):
        env.reset(seed=seed if episode == 0 else None)
        total, length, ended = 0.0, 0, False
        while not ended:
            _, reward, terminated, truncated, _ = env.step(sample())
            total, length = total + float(reward), length + 1
            ended = terminated or truncated
        facts.append((total, length))
    return facts


def assert_same_facts(replay, facts):
    """A replay has this return and length, and its steps add up to them."""
    assert (replay.episode_return, len(replay)) == facts
    steps = list(replay)  # which checks the end too
    assert len(steps) == facts[1]
    assert steps[-1].terminated or steps[-1].truncated


def sampler(env, seed):
    env.action_space.seed(seed)
    return env.action_space.sample


@pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")
@pytest.mark.parametrize("id", each_id())
def test_native_tasks(id):
    plain = plyo.make(id, max_episode_steps=40)
    facts = run_episodes(plain, 6, 3, sampler(plain, 3))
    env = RecordEpisodes(plyo.make(id, max_episode_steps=40), keep=2)
    assert (env.best, env.worst, env.last, len(env.episodes)) == (None, None, None, 0)
    assert run_episodes(env, 6, 3, sampler(env, 3)) == facts, "recording changes nothing"
    assert env.episode_count == 6
    assert_same_facts(env.last, facts[-1])
    assert_same_facts(env.episodes[0], facts[-2])
    assert_same_facts(env.best, max(facts, key=lambda fact: fact[0]))
    assert_same_facts(env.worst, min(facts, key=lambda fact: fact[0]))


def test_an_environment_in_python_gets_seeds():
    facts = []
    for _ in range(2):
        env = RecordEpisodes(plyo.make("Walk-v0"), keep=4)
        # actions of float64, which the space's float32 does not hold
        rng = np.random.default_rng(0)
        facts.append(run_episodes(env, 4, 9, lambda rng=rng: rng.uniform(-1, 1, 1)))
        for replay, fact in zip(env.episodes, facts[-1], strict=True):
            assert_same_facts(replay, fact)
        assert env.episodes[0].seed == 9
        assert len({replay.seed for replay in env.episodes}) == 4
    assert facts[0] == facts[1], "the seeds that are drawn follow from the first"


def test_options_and_their_later_changes():
    env = RecordEpisodes(plyo.make("Walk-v0"))
    options = {"x": 4.9}
    env.reset(seed=1, options=options)
    options["x"] = 0.0
    ended = False
    while not ended:
        *_, terminated, truncated, _ = env.step(np.ones(1, np.float32))
        ended = terminated or truncated
    assert env.last.options == {"x": 4.9}
    list(env.last)


def test_wrappers_inside_are_part_of_it():
    env = RecordEpisodes(TransformReward(plyo.make("CartPole-v1"), halve))
    facts = run_episodes(env, 3, 1, sampler(env, 1))
    assert_same_facts(env.last, facts[-1])
    assert facts[-1][0] == facts[-1][1] / 2


def halve(reward):
    return reward / 2


def test_an_episode_that_is_given_up_is_not_kept():
    env = RecordEpisodes(plyo.make("CartPole-v1"))
    env.reset(seed=0)
    env.step(0)
    facts = run_episodes(env, 1, 5, sampler(env, 5))
    assert env.episode_count == 1
    assert_same_facts(env.last, facts[0])


def test_an_illegal_action_leaves_no_trace():
    env = RecordEpisodes(plyo.make("CartPole-v1"))
    env.reset(seed=0)
    for wrong in (7, np.zeros(3)):
        with pytest.raises((plyo.error.InvalidAction, ValueError)):
            env.step(wrong)
    ended = False
    while not ended:
        ended = env.step(1)[2]
    assert set(env.last.actions) == {1}
    list(env.last)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_go_on(again):
    env = RecordEpisodes(plyo.make("CartPole-v1"))
    run_episodes(env, 1, 3, sampler(env, 3))
    env.reset()
    env.step(0)
    other = again(env)
    while env.episode_count < 2:
        env.step(1)
    assert other.episode_count == 1
    while other.episode_count < 2:
        other.step(1)
    assert list(other.last.actions) == list(env.last.actions) == [0, *[1] * (len(env.last) - 1)]
    list(other.last)


def test_its_spec_makes_it_again():
    env = plyo.make(RecordEpisodes(plyo.make("CartPole-v1"), keep=3).spec)
    assert isinstance(env, RecordEpisodes)
    facts = run_episodes(env, 3, 1, sampler(env, 1))
    for replay, fact in zip(env.episodes, facts, strict=True):
        assert_same_facts(replay, fact)


def test_an_episode_can_be_ended_by_hand():
    env = RecordEpisodes(plyo.make("CartPole-v1"))
    env.end_episode()
    assert env.last is None
    env.reset(seed=0)
    for _ in range(3):
        env.step(0)
    env.end_episode()
    env.step(0)
    assert (len(env.last), env.last.ending.terminated, env.last.ending.truncated) == (3, False, False)
    assert len(list(env.last)) == 3


def test_what_cannot_be_kept():
    for keep, error in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match=f"keep must be an integer of at least 1, got {keep}"):
            RecordEpisodes(plyo.make("CartPole-v1"), keep=keep)
    with pytest.raises(ValueError, match=r"make it by plyo\.make"):
        RecordEpisodes(Walk())
    with pytest.raises(ValueError, match="does not see the resets of an Autoreset"):
        RecordEpisodes(Autoreset(plyo.make("CartPole-v1")))
    with pytest.raises(ValueError, match="directly around a native batch"):
        RecordBatch(plyo.make_vec("Walk-v0", 2, vectorization_mode="sync"))
    batch = plyo.make_vec("CartPole-v1", 2)
    with pytest.raises(ValueError, match="directly around a native batch"):
        RecordBatch(plyo.wrappers.vector.TransformReward(batch, halve))
    with pytest.raises(ValueError, match=r"make it by plyo\.make_vec"):
        RecordBatch(type(batch)(2))


# Batches.


def run_batch(envs, steps, seed):
    """(return, length, environment) of all episodes in the order of their ends, from steps that are not recorded."""
    rng = np.random.default_rng(seed)
    mode = envs.metadata["autoreset_mode"].name
    envs.reset(seed=seed)
    envs.action_space.seed(seed)
    returns, lengths = np.zeros(envs.num_envs), np.zeros(envs.num_envs, int)
    before = np.zeros(envs.num_envs, bool)
    facts = []
    for _ in range(steps):
        _, rewards, terminated, truncated, _ = envs.step(envs.action_space.sample())
        if mode == "NEXT_STEP":
            returns[before] = lengths[before] = 0
            rewards = np.where(before, 0.0, rewards)
        returns += rewards
        lengths += ~before if mode == "NEXT_STEP" else 1
        before = terminated | truncated
        facts += [(float(returns[i]), int(lengths[i]), i) for i in np.flatnonzero(before)]
        if mode != "NEXT_STEP":
            returns[before] = lengths[before] = 0
        if mode == "DISABLED":
            mask = before | (rng.random(envs.num_envs) < 0.02)  # some are given up
            if mask.any():
                envs.reset(options={"reset_mask": mask})
                returns[mask] = lengths[mask] = 0
    return facts


@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
@pytest.mark.parametrize(
    "id", ["CartPole-v1", "Pendulum-v1", "Taxi-v4", "Copy-v0", "NChain-v0", "KellyCoinflip-v0"]
)
def test_batches(id, mode):
    def batch():
        return plyo.make_vec(id, 5, autoreset_mode=mode, max_episode_steps=30, num_threads=1)

    facts = run_batch(batch(), 150, 4)
    envs = RecordBatch(batch(), keep=6)
    assert run_batch(envs, 150, 4) == facts, "recording changes nothing"
    assert envs.episode_count == len(facts) > 10
    for replay, fact in zip(envs.episodes, facts[-6:], strict=True):
        assert_same_facts(replay, fact[:2])
    for replay, choose in ((envs.best, max), (envs.worst, min)):
        extreme = choose(fact[0] for fact in facts)
        assert (replay.episode_return, len(replay)) in [fact[:2] for fact in facts if fact[0] == extreme]
        list(replay)
    assert envs.last is envs.episodes[-1]


def test_the_arguments_of_a_batch_belong_to_it():
    envs = RecordBatch(
        plyo.make_vec("FrozenLake-v1", 3, map_name="8x8", is_slippery=False, max_episode_steps=None)
    )
    run_batch(envs, 200, 0)
    assert envs.best.kwargs["map_name"] == "8x8"
    list(envs.best)
    pixels = plyo.make_vec("CartPole-v1", 2, observation="pixels", size=(8, 9), math="reference")
    envs = RecordBatch(pixels)
    run_batch(envs, 60, 0)
    assert next(step.observation.shape for step in envs.last) == (4, 8, 9)


def test_memory_stays_bounded():
    """Of 20,000 steps the actions of the running episodes are held, and the kept ones: a byte a step."""
    envs = RecordBatch(plyo.make_vec("CartPole-v1", 8, autoreset_mode="same_step"))
    envs.reset(seed=0)
    actions = np.arange(8) % 2
    for _ in range(20_000):
        envs.step(actions)
    assert sum(kept.nbytes for kept in envs._actions) <= 8 * 64
    assert envs.best.actions.nbytes == len(envs.best)
    env = RecordEpisodes(plyo.make("Pendulum-v1"))
    run_episodes(env, 1, 0, sampler(env, 0))
    assert env.best.actions.nbytes == 4 * len(env.best) == 800
    assert env.best.nbytes < 1200


def test_returns_that_are_no_numbers():
    env = RecordEpisodes(TransformReward(plyo.make("CartPole-v1", max_episode_steps=3), spoil))
    for _ in range(2):
        run_episodes(env, 1, 0, sampler(env, 0))
    assert math.isnan(env.best.episode_return)
    list(env.last)


def spoil(reward):
    return float("nan")
