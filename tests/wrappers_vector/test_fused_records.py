"""What rollouts of wrapped batches record for training, beside steps of the wrappers run by themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from vector_helpers import MODES, assert_same

import plyo
from plyo.policies import MLP, Random, Sequence
from plyo.wrappers import Affine
from plyo.wrappers.vector import (
    ClipAction,
    DtypeObservation,
    FlattenObservation,
    NormalizeObservation,
    NormalizeReward,
    RecordEpisodeStatistics,
    RescaleAction,
    TransformReward,
    unfused,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*precision lowered by casting")

AGENT = ("log_probs", "entropies", "values", "last_values", "advantages", "returns", "valid")
STEPS = ("observations", "actions", "rewards", "terminated", "truncated", "last_observations")
EVERYTHING = (*STEPS, *AGENT, "final_observations", "episodes")
GAMMA, LAMBDA = 0.98, 0.9
NUM_ENVS = 150  # of two tiles


def layers(*sizes: int, seed: int = 0) -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(seed)
    made = []
    for inputs, outputs in pairwise(sizes):
        weights = (rng.normal(size=(outputs, inputs)) / np.sqrt(inputs)).astype(np.float32)
        made.append((weights, rng.normal(scale=0.1, size=outputs).astype(np.float32)))
    return made


def one_number(inputs: int, index: int = 0, factor: float = 2.0) -> list[tuple[Any, Any]]:
    """A value network whose numbers are exact: a multiple of one element."""
    weights = np.zeros((1, inputs), np.float32)
    weights[0, index] = factor
    return [(weights, np.zeros(1, np.float32))]


def categorical(inputs: int = 4, value: Any = None, outputs: int = 2) -> MLP:
    return MLP(
        layers(inputs, 16, outputs, seed=1),
        value=layers(inputs, 12, 1, seed=2) if value is None else value,
        head="categorical",
        seed=3,
    )


def gaussian(head: str) -> MLP:
    value = layers(3, 12, 1, seed=2)
    return MLP(layers(3, 16, 1, seed=1), value=value, head=head, log_std=[-0.3], seed=3)


def batch(task: str, mode: str, threads: int = 1, num_envs: int = NUM_ENVS, **arguments: Any) -> Any:
    limit = 21 if task == "CartPole-v1" else 17
    return plyo.make_vec(
        task, num_envs, autoreset_mode=mode, num_threads=threads, max_episode_steps=limit, **arguments
    )


def begin(envs: Any) -> Any:
    """Some episodes end by themselves, others by the limit; the environments are out of phase."""
    envs.reset(seed=5)
    if "disabled" not in str(envs.metadata["autoreset_mode"]).lower():
        envs.rollout(Random(seed=1), 13, record=[])
    return envs


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("head", ["categorical", "gaussian", "squashed_gaussian"])
def test_wrappers_that_change_nothing_change_no_record(head: str, mode: str, threads: int) -> None:
    task = "CartPole-v1" if head == "categorical" else "Pendulum-v1"
    record = [*EVERYTHING, *(() if head == "categorical" else ("raw_actions",))]
    if head == "squashed_gaussian":
        record.remove("entropies")
    bare, wrapped = batch(task, mode), RecordEpisodeStatistics(batch(task, mode, threads))
    expected, recorded = (
        begin(envs).rollout(
            categorical() if head == "categorical" else gaussian(head),
            40,
            record=record,
            gamma=GAMMA,
            gae_lambda=LAMBDA,
        )
        for envs in (bare, wrapped)
    )
    for name, array in vars(expected).items():
        assert_same(getattr(recorded, name), array)
    assert (expected.terminated | expected.truncated).any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_records_are_those_of_steps_and_gae(mode: str, threads: int) -> None:
    def make(threads: int) -> Any:
        envs = NormalizeObservation(RecordEpisodeStatistics(batch("CartPole-v1", mode, threads)))
        return begin(TransformReward(NormalizeReward(envs), Affine(0.5, 0.25)))

    policy = categorical(value=one_number(4, 2))
    envs, plain = make(threads), make(1)
    steps = 50 if mode != "disabled" else 20
    first = envs.rollout(policy, 1, record=EVERYTHING)  # moments of more than a reset
    t = envs.rollout(policy, steps, record=EVERYTHING, gamma=GAMMA, gae_lambda=LAMBDA)
    with unfused():
        seen, _, terminated, truncated, _ = plain.step(first.actions[0])
        waits = (terminated | truncated) if mode != "same_step" else np.zeros(NUM_ENVS, bool)
        values, rewards, ends, valid, next_values = [], [], [], [], []
        for step in range(steps):
            assert_same(t.observations[step], seen)
            values.append(2 * seen[:, 2])
            seen, reward, terminated, truncated, infos = plain.step(t.actions[step])
            ended = terminated | truncated
            after = 2 * seen[:, 2]
            for lane in np.flatnonzero(ended) if mode == "same_step" else ():
                after[lane] = 2 * infos["final_obs"][lane][2]
            rewards.append(reward), ends.append((terminated, truncated)), next_values.append(after)
            valid.append(~waits)
            if mode == "next_step":
                waits = ended
            if mode == "disabled" and ended.any():
                break
    took = len(rewards)
    for name, expected in (("values", values), ("rewards", rewards), ("valid", valid)):
        assert_same(getattr(t, name)[:took], np.stack(expected))
    if took < steps:  # of environments that rest there is no unfused form
        return
    assert_same(t.last_values, 2 * seen[:, 2])
    both = (np.stack(part) for part in zip(*ends, strict=True))
    expected = plyo.gae(
        np.stack(rewards),
        t.values,
        None if mode == "same_step" else t.last_values,
        *both,
        next_values=np.stack(next_values) if mode == "same_step" else None,
        valid=t.valid,
        gamma=GAMMA,
        gae_lambda=LAMBDA,
    )
    assert_same((t.advantages, t.returns), tuple(expected))
    assert t.terminated.any()
    assert (t.truncated & ~t.terminated).any()


def test_an_environment_that_rests_has_no_advantages() -> None:
    envs = NormalizeReward(NormalizeObservation(batch("CartPole-v1", "disabled")))
    envs.reset(seed=5)
    t = envs.rollout(categorical(), 30, record=EVERYTHING)
    ended = t.terminated | t.truncated
    assert_same(t.valid, np.cumsum(ended, axis=0) - ended == 0)
    assert (t.advantages[~t.valid] == 0).all()
    assert_same(t.returns[~t.valid], t.values[~t.valid])
    assert not t.valid[-1].any()
    expected = plyo.gae(t.rewards, t.values, t.last_values, t.terminated, t.truncated, valid=t.valid)
    assert_same((t.advantages, t.returns), tuple(expected))


@pytest.mark.parametrize("mode", MODES)
def test_observations_of_other_forms(mode: str) -> None:
    """A Discrete and a Tuple that are flattened, and doubles: the policy values what the outermost wrapper shows."""
    cases: list[tuple[str, Any, int, int]] = [
        ("FrozenLake-v1", lambda envs: DtypeObservation(FlattenObservation(envs), np.float32), 16, 4),
        ("Blackjack-v1", lambda envs: DtypeObservation(FlattenObservation(envs), np.float64), 45, 2),
        ("CartPole-v1", lambda envs: DtypeObservation(envs, np.float64), 4, 2),
    ]
    for task, wrap, inputs, outputs in cases:
        envs = wrap(NormalizeReward(batch(task, mode)))
        policy = categorical(inputs, one_number(inputs, 3, 0.5), outputs)
        t = begin(envs).rollout(policy, 20, record=EVERYTHING)
        assert_same(t.values, (0.5 * t.observations[..., 3]).astype(np.float32))
        assert_same(t.last_values, (0.5 * t.last_observations[..., 3]).astype(np.float32))
        ended = t.terminated | t.truncated
        assert ended.any()
        after = np.concatenate([t.values[1:], t.last_values[None]])
        if mode == "same_step":
            finals = np.asarray(t.final_observations)[:, 3]
            after[t.episode_times, t.episode_lanes] = (0.5 * finals).astype(np.float32)
        expected = plyo.gae(
            t.rewards, t.values, None, t.terminated, t.truncated, next_values=after, valid=t.valid
        )
        assert_same((t.advantages, t.returns), tuple(expected))


def test_rescaled_actions_are_recorded_as_the_policy_chose_them() -> None:
    envs = RescaleAction(batch("Pendulum-v1", "next_step"), -1.0, 1.0)
    envs.reset(seed=0)
    t = envs.rollout(gaussian("gaussian"), 10, record=["actions", "raw_actions", "log_probs"])
    assert_same(t.actions, np.clip(t.raw_actions, -1, 1))
    free = ClipAction(batch("Pendulum-v1", "next_step"))
    free.reset(seed=0)
    t = free.rollout(gaussian("gaussian"), 10, record=["actions", "raw_actions"])
    assert_same(t.actions, t.raw_actions)
    assert np.abs(t.actions).max() > 2


@pytest.mark.parametrize("mode", MODES)
def test_each_field_alone_and_into_arrays_of_the_caller(mode: str) -> None:
    def run(**arguments: Any) -> Any:
        envs = NormalizeReward(NormalizeObservation(batch("CartPole-v1", mode)))
        return begin(envs).rollout(categorical(), 30, **arguments)

    everything = run(record=EVERYTHING)
    for name in AGENT:
        alone = run(record=[name])
        assert_same(getattr(alone, name), getattr(everything, name))
        assert all(getattr(alone, other) is None for other in (*STEPS, *AGENT) if other != name)
        out = {name: np.full_like(getattr(everything, name), 1)}
        assert getattr(run(record=[], out=out), name) is out[name]
        assert_same(out[name], getattr(everything, name))


def test_what_a_policy_does_not_know_is_refused_before_anything_moves() -> None:
    envs = NormalizeObservation(batch("CartPole-v1", "next_step"))
    envs.reset(seed=0)
    state = envs.get_state()
    without = MLP(layers(4, 2), head="categorical", seed=0)
    cases: list[tuple[Any, str, str]] = [
        (without, "advantages", "no value network"),
        (Random(0), "last_values", "no value network"),
        (MLP(layers(4, 2)), "log_probs", "draws no actions"),
        (MLP(layers(4, 2)), "entropies", "'entropies' are those of"),
        (without, "raw_actions", "for a Box"),
        (lambda seen: np.zeros(NUM_ENVS, np.int64), "valid", "a function gives nothing but actions"),
    ]
    for policy, name, message in cases:
        with pytest.raises(ValueError, match=message):
            envs.rollout(policy, 3, record=["rewards", name])
        assert envs.get_state() == state
    for wrong in ({"gamma": 1.5}, {"gae_lambda": -0.1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            envs.rollout(categorical(), 3, **wrong)
    t = envs.rollout(Sequence(np.zeros((3, NUM_ENVS), np.int64)), 3, record=["valid"])
    assert t.valid.all()
