"""The wrappers of batches that remember: statistics of episodes, normalised observations and rewards."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers.utils import RunningMeanStd
from vector_helpers import (
    MODES,
    NUM_ENVS,
    Watcher,
    actions_of,
    assert_same,
    batch,
    close_to,
    run_side_by_side,
    steps_of,
    without_times,
)

import plyo
from plyo.wrappers.vector import NormalizeObservation, NormalizeReward, RecordEpisodeStatistics, unfused

SOURCES = ["toy:box:discrete", "toy:digits2:discrete", "CartPole-v1", "Pendulum-v1"]


def walk(envs: Any, steps: int, seed: int = 3, stray: bool = False) -> Any:
    """Yields ``(results of reset or step, which environments were reset by a mask or None)``.

    Args:
        envs: A batch.
        steps: How often it is stepped.
        seed: The seed of the environments and of the actions.
        stray: Whether now and then an environment is reset amid an episode.
    """
    mode = envs.metadata["autoreset_mode"].value
    rng = np.random.default_rng(seed)
    yield envs.reset(seed=seed), None
    for _, actions in zip(range(steps), actions_of(envs.action_space, seed), strict=False):
        result = envs.step(actions)
        yield result, None
        mask = np.zeros(NUM_ENVS, bool)
        if mode == "Disabled":
            mask |= result[2] | result[3]
        if stray and rng.random() < 0.05:
            mask[rng.integers(NUM_ENVS)] = True
        if mask.any():
            yield envs.reset(options={"reset_mask": mask}), mask


# Statistics of episodes.


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("key", ["episode", "stats"])
def test_statistics_agree(source: str, mode: str, key: str) -> None:
    def wrap(gym: Any) -> Any:
        envs = batch(gym, source, mode)
        return gym.wrappers.vector.RecordEpisodeStatistics(envs, buffer_length=7, stats_key=key)

    def compare(now: Any, then: Any) -> None:
        for infos in (now[-1], then[-1]):
            if key in infos:
                assert np.all(infos[key]["t"] >= 0)
        assert_same((*now[:-1], without_times(now[-1], key)), (*then[:-1], without_times(then[-1], key)))

    ours, theirs = wrap(plyo), wrap(gymnasium)
    # Gymnasium's forgets all statistics where only some environments are reset
    run_side_by_side(ours, theirs, mode, steps_of(source), compare, partial_resets=False)
    assert_same(list(ours.return_queue), list(theirs.return_queue))
    assert_same(list(ours.length_queue), list(theirs.length_queue))
    assert len(ours.time_queue) == len(theirs.time_queue)
    assert ours.episode_count == theirs.episode_count
    for name in ("episode_returns", "episode_lengths", "prev_dones"):
        assert_same(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", ["toy:box:discrete", "CartPole-v1"])
def test_statistics_survive_the_reset_of_other_environments(source: str, mode: str) -> None:
    envs = RecordEpisodeStatistics(batch(plyo, source, mode))
    returns, lengths, finished = np.zeros(NUM_ENVS), np.zeros(NUM_ENVS, int), 0
    skipped = np.zeros(NUM_ENVS, bool)  # the step resets these
    for result, mask in walk(envs, 400, stray=True):
        if len(result) == 2:
            begun = slice(None) if mask is None else mask
            returns[begun], lengths[begun], skipped[begun] = 0, 0, False
            continue
        _, rewards, terminations, truncations, infos = result
        dones = terminations | truncations
        for lane in range(NUM_ENVS):
            returns[lane] = 0 if skipped[lane] else returns[lane] + rewards[lane]
            lengths[lane] = 0 if skipped[lane] else lengths[lane] + 1
        skipped = dones.copy() if mode == "next_step" else np.zeros(NUM_ENVS, bool)
        if dones.any():
            finished += dones.sum()
            assert_same(infos["episode"]["r"], np.where(dones, returns, 0.0))
            assert_same(infos["episode"]["l"], np.where(dones, lengths, 0))
            assert_same(infos["_episode"], dones)
        else:
            assert "episode" not in infos
        if mode == "same_step":
            returns[dones], lengths[dones] = 0, 0
    assert envs.episode_count == finished > 3


def test_statistics_of_single_environments_come_to_the_same_in_disabled_mode() -> None:
    # the statistics that each environment keeps of itself know of no mask
    source = "toy:box:discrete"
    theirs = batch(gymnasium, source, "disabled", gymnasium.wrappers.RecordEpisodeStatistics)
    ours = RecordEpisodeStatistics(batch(plyo, source, "disabled"))
    seen = 0
    for (now, _), (then, _) in zip(walk(ours, 300), walk(theirs, 300), strict=True):
        if "episode" in now[-1]:
            seen += 1
            for key in ("r", "l"):
                assert_same(list(now[-1]["episode"][key]), list(then[-1]["episode"][key]))
    assert seen > 3


def test_times_are_those_of_the_episodes(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    clock = iter(np.arange(0.0, 1e4, 0.5))
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    envs = RecordEpisodeStatistics(batch(plyo, "CartPole-v1", "same_step"))
    envs.reset(seed=1)  # at 0.0
    started = np.zeros(NUM_ENVS)
    now = 0.0
    for _ in range(60):
        with unfused():  # the engine has a clock of its own
            infos = envs.step(np.ones(NUM_ENVS, int))[-1]
        if "episode" in infos:
            now += 0.5
            dones = infos["_episode"]
            assert_same(infos["episode"]["t"], np.where(dones, now - started, 0.0))
            now += 0.5
            started[dones] = now
    assert now > 3


@pytest.mark.parametrize("mode", MODES)
def test_times_pass(mode: str) -> None:
    import time

    envs = RecordEpisodeStatistics(plyo.make_vec("CartPole-v1", NUM_ENVS, autoreset_mode=mode))
    before = time.perf_counter()
    envs.reset(seed=1)
    for t in range(60):
        infos = envs.step(np.ones(NUM_ENVS, int))[-1]
        if t == 3:
            time.sleep(0.05)
        if "episode" in infos:
            break
    times = infos["episode"]["t"][infos["_episode"]]
    assert np.all(times >= 0.05)
    assert np.all(times <= time.perf_counter() - before)
    if mode == "same_step":
        assert np.all(envs.episode_start_times[infos["_episode"]] <= time.perf_counter())
        assert np.all(envs.episode_start_times[infos["_episode"]] >= before + 0.05)


def test_infos_of_the_inner_batch_stay() -> None:
    inner = Watcher(batch(plyo, "toy:dict:discrete", "same_step"))
    envs = RecordEpisodeStatistics(inner)
    for _ in walk(envs, 100):
        pass
    inner.check()


# Normalised observations.


def normalized_observations(envs: Any, result: Any, mask: Any, rms: Any) -> None:
    """Normalises the result of the inner batch by the documented formula."""
    observations, infos = result[0], result[-1]
    finals = []
    if "final_obs" in infos:
        finals = [final for final, has in zip(infos["final_obs"], infos["_final_obs"], strict=True) if has]
    counted = observations if mask is None else observations[mask]
    rms.update(
        np.concatenate([counted, np.reshape(finals, (-1, *observations.shape[1:]))]).astype(np.float32)
    )


@pytest.mark.parametrize("source", SOURCES)
def test_normalized_observations_agree(source: str) -> None:
    ours, theirs = (
        gym.wrappers.vector.NormalizeObservation(batch(gym, source, "next_step"), epsilon=1e-4)
        for gym in (plyo, gymnasium)
    )
    run_side_by_side(ours, theirs, "next_step", steps_of(source), close_to)
    close_to(ours.obs_rms.mean, theirs.obs_rms.mean)
    close_to(ours.obs_rms.var, theirs.obs_rms.var)
    assert ours.obs_rms.count == theirs.obs_rms.count
    assert_same(str(ours.observation_space), str(theirs.observation_space))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", ["toy:box:discrete", "toy:half:discrete", "CartPole-v1"])
def test_every_observation_is_counted_once(source: str, mode: str) -> None:
    # Gymnasium's refuses two of the modes, and masks: the oracle is its own statistics, fed by hand
    inner = Watcher(batch(plyo, source, mode), 10**6)
    envs = NormalizeObservation(inner)
    rms, everything = RunningMeanStd(shape=envs.single_observation_space.shape, dtype=np.float32), []
    for number, (result, mask) in enumerate(walk(envs, 250, stray=True)):
        raw = inner.seen[number][0]
        finals = raw[-1].get("final_obs", np.full(NUM_ENVS, None))
        finals = [final for final in finals if final is not None]
        counted = [*(raw[0] if mask is None else raw[0][mask]), *finals]
        everything += counted
        rms.update(np.array(counted))

        def normal(observation: Any, rms: Any = rms) -> Any:
            return ((observation - rms.mean) / np.sqrt(rms.var + 1e-8)).astype(np.float32)

        close_to(result[0], normal(raw[0]), 2e-6)
        assert ("final_obs" in result[-1]) == ("final_obs" in raw[-1])
        for ours_final, final in zip(
            result[-1].get("final_obs", []), raw[-1].get("final_obs", []), strict=True
        ):
            assert (ours_final is None) == (final is None)
            if final is not None:
                close_to(ours_final, normal(final), 2e-6)
                assert ours_final in envs.single_observation_space
    assert envs.obs_rms.count == pytest.approx(1e-4 + len(everything))
    np.testing.assert_allclose(envs.obs_rms.mean, np.mean(everything, axis=0), atol=1e-3)
    np.testing.assert_allclose(envs.obs_rms.var, np.var(everything, axis=0), rtol=1e-2)
    inner.check()


@pytest.mark.parametrize("mode", MODES)
def test_frozen_statistics_of_observations_stay(mode: str) -> None:
    envs = NormalizeObservation(batch(plyo, "CartPole-v1", mode))
    for _ in walk(envs, 50):
        pass
    assert envs.update_running_mean
    envs.update_running_mean = False
    before = envs.obs_rms.mean.copy(), envs.obs_rms.var.copy(), envs.obs_rms.count
    for result, _ in walk(envs, 50, seed=9, stray=True):
        assert result[0].dtype == np.float32
    assert_same((envs.obs_rms.mean, envs.obs_rms.var, envs.obs_rms.count), before)


# Normalised rewards.


@pytest.mark.parametrize("source", SOURCES)
def test_normalized_rewards_agree(source: str) -> None:
    mode = "next_step"  # Gymnasium's cuts returns at ends in same-step mode, and all at a masked reset
    ours, theirs = (
        gym.wrappers.vector.NormalizeReward(batch(gym, source, mode), gamma=0.9, epsilon=1e-6)
        for gym in (plyo, gymnasium)
    )
    run_side_by_side(ours, theirs, mode, steps_of(source), close_to, partial_resets=False)
    close_to(ours.accumulated_reward, theirs.accumulated_reward)
    assert ours.return_rms.count == theirs.return_rms.count
    assert ours.normalize(3.0) == pytest.approx(theirs.normalize(3.0), rel=1e-6)
    ours.update_running_mean = theirs.update_running_mean = False
    assert ours.normalize(-1) == pytest.approx(theirs.normalize(-1), rel=1e-6)
    assert ours.return_rms.count == theirs.return_rms.count


class Scripted(plyo.Env[Any, Any]):
    """Returns chosen rewards, and ends its episodes on request, one after the other."""

    def __init__(self, ends: str, number: int) -> None:
        self.observation_space = plyo.spaces.Box(0, 1, (1,))
        self.action_space = plyo.spaces.Discrete(2)
        self.ends, self.episode, self.rewards = ends, -1, np.random.default_rng(number)

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        self.episode, self.count = self.episode + 1, 0
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> Any:
        self.count += 1
        end = self.ends[self.episode % len(self.ends)] if self.count == 4 + self.episode % 3 else "-"
        return np.zeros(1, np.float32), self.rewards.normal() + 3, end in "Tb", end in "tb", {}


@pytest.mark.parametrize("ends", ["t", "T", "b", "tT", "Tbt"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("numbers", [1, 3])
def test_returns_are_those_of_the_single_wrapper(mode: str, ends: str, numbers: int) -> None:
    """The same rewards and ends lead to the same returns."""
    single = plyo.wrappers.NormalizeReward(Scripted(ends, 0), gamma=0.9)
    single.reset()
    fns = [lambda number=number: Scripted(ends, number) for number in range(numbers)]
    envs = NormalizeReward(plyo.vector.SyncVectorEnv(fns, autoreset_mode=mode), gamma=0.9)
    envs.reset()
    taken, reset_only = 0, False
    while taken < 120:
        _, rewards, terminations, truncations, _ = envs.step(np.zeros(numbers, int))
        ended = terminations | truncations
        if not reset_only:
            _, reward, terminated, truncated, _ = single.step(0)
            taken += 1
            shown = 0 if mode == "same_step" and terminations[0] else single.discounted_reward[0]
            assert envs.accumulated_reward[0] == pytest.approx(shown, rel=1e-5)
            if numbers == 1:
                assert rewards[0] == pytest.approx(reward, rel=1e-5)
            if terminated or truncated:
                single.reset()
        reset_only = mode == "next_step" and bool(ended[0])
        if mode == "disabled" and ended.any():
            envs.reset(options={"reset_mask": ended})
    if numbers == 1:
        assert float(envs.return_rms.var) == pytest.approx(float(single.return_rms.var), rel=1e-5)
        assert envs.return_rms.count == single.return_rms.count


@pytest.mark.parametrize("mode", MODES)
def test_returns_survive_masked_resets(mode: str) -> None:
    inner = Watcher(batch(plyo, "toy:box:discrete", mode), 10**6)
    envs = NormalizeReward(inner, gamma=0.5)
    rms, returns = RunningMeanStd(shape=()), np.zeros(NUM_ENVS, np.float32)
    skipped = np.zeros(NUM_ENVS, bool)  # the step resets these
    for number, (result, mask) in enumerate(walk(envs, 250, stray=True)):
        raw = inner.seen[number][0]
        if len(raw) == 2:
            skipped[slice(None) if mask is None else mask] = False
            if mask is None:
                returns[:] = 0
            continue
        _, rewards, terminations, truncations, _ = raw
        for lane in np.flatnonzero(~skipped):
            returns[lane] = returns[lane] * 0.5 * (1 - terminations[lane]) + rewards[lane]
        if not skipped.all():
            rms.update(returns[~skipped])
        close_to(result[1], rewards / np.sqrt(rms.var + 1e-8))
        if mode != "same_step":
            skipped = terminations | truncations
    inner.check()
