"""Shards: their share of seeds, parameters and policies, calls that are taken back, and errors."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import error, policies
from plyo.randomize import Choice, Uniform
from plyo.shards import Lanes, Part, Shard, concatenate

TOTAL = 12
STEPS = 60
STRIDE = 2**64

Array = np.ndarray[Any, Any]


def make_shards(count: int, id: str = "CartPole-v1", seed: int = 3, **kwargs: Any) -> list[Shard]:
    each = TOTAL // count
    arguments = {"num_threads": 1, **kwargs}
    return [Shard(id, Lanes(i * each, each, TOTAL), arguments, seed=seed) for i in range(count)]


def roll(
    shards: list[Shard], policy: Any, number: int = 0, call: int = 0, steps: int = STEPS, **kwargs: Any
) -> list[Part]:
    each = TOTAL // len(shards)
    return [
        Part(shard.rollout(call, number, policy, steps, **kwargs), i, i * each, each, number)
        for i, shard in enumerate(shards)
    ]


def assert_same(ours: plyo.Trajectory, theirs: plyo.Trajectory) -> None:
    for name, value in vars(theirs).items():
        np.testing.assert_array_equal(getattr(ours, name), value, err_msg=name)


def layers(population: int | None = None) -> list[tuple[Array, Array]]:
    rng = np.random.default_rng(0)
    lead = () if population is None else (population,)
    return [
        (rng.normal(size=(*lead, 5, 4)), rng.normal(size=(*lead, 5))),
        (rng.normal(size=(*lead, 2, 5)), rng.normal(size=(*lead, 2))),
    ]


MADE: dict[str, tuple[str, Any]] = {
    "random": ("CartPole-v1", lambda: policies.Random(seed=2**70)),
    "random box": ("Pendulum-v1", lambda: policies.Random(seed=np.int64(4))),
    "random tuple": ("Blackjack-v1", lambda: policies.Random(seed=4)),
    "constant": ("CartPole-v1", lambda: policies.Constant(1)),
    "sequence": (
        "CartPole-v1",
        lambda: policies.Sequence(np.random.default_rng(0).integers(2, size=(STEPS + 3, TOTAL))),
    ),
    "tabular": (
        "CliffWalking-v1",
        lambda: policies.Tabular(np.arange(48) % 4, epsilon=0.3, seed=8),
    ),
    "network": ("CartPole-v1", lambda: policies.MLP(layers(), head="categorical", seed=1)),
    "gaussian": (
        "Pendulum-v1",
        lambda: policies.Linear(np.ones((1, 3)), head="gaussian", log_std=0.1, seed=1),
    ),
    # groups of 2, 3, 4 and 6 environments, in shards of 3, 4, 6 and 12
    **{
        f"population of {p}": (
            "CartPole-v1",
            lambda p=p: policies.MLP(layers(p), head="categorical", seed=1),
        )
        for p in (2, 3, 4, 6)
    },
    "gaussian population": (
        "Pendulum-v1",
        lambda: policies.Linear(
            np.random.default_rng(1).normal(size=(3, 1, 3)), head="gaussian", log_std=np.zeros((3, 1)), seed=1
        ),
    ),
    "gaussian population with log_std of its own": (
        "Pendulum-v1",
        lambda: policies.MLP(
            [(np.random.default_rng(1).normal(size=(3, 2, 3)), None)],
            head="gaussian",
            log_std="outputs",
            seed=1,
        ),
    ),
    "function": ("CartPole-v1", lambda: lambda observations: (observations[:, 2] > 0).astype(np.int64)),
}


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("name", MADE)
def test_policies_act_as_in_the_whole_batch(name: str, count: int) -> None:
    id, make = MADE[name]
    whole = plyo.make_vec(id, TOTAL, autoreset_mode="same_step")
    whole.reset(seed=3)
    shards = make_shards(count, id, autoreset_mode="same_step")
    for number in range(2):
        policy = make()
        before = dict(vars(policy))
        parts = roll(shards, policy, number)
        assert vars(policy) == before  # the caller's policy is left as it is
        if hasattr(policy, "seed"):
            policy.seed = int(policy.seed) + number * STRIDE
        assert_same(concatenate(parts), whole.rollout(policy, STEPS))


def gru(units: int = 3, population: int | None = None) -> policies.GRU:
    rng = np.random.default_rng(1)
    lead = () if population is None else (population,)
    cell = (rng.normal(size=(*lead, 3 * units, 4)), rng.normal(size=(*lead, 3 * units, units)), None, None)
    outputs = (rng.normal(size=(*lead, 2, units)), None)
    start = rng.normal(size=(*lead, 1, units))
    return policies.GRU([cell], [outputs], initial_hidden=start, head="categorical", seed=1)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("population", [None, 2, 6])
def test_hidden_states_go_on_as_in_the_whole_batch(count: int, population: int | None) -> None:
    record = ["observations", "actions", "hidden", "terminated"]
    whole = plyo.make_vec("CartPole-v1", TOTAL)
    whole.reset(seed=3)
    shards = make_shards(count)
    hidden = None
    for number in range(3):
        parts = roll(shards, gru(population=population), number, steps=7, record=record)
        policy = gru(population=population)
        policy.seed = 1 + number * STRIDE
        policy.hidden = hidden
        expected = whole.rollout(policy, 7, record=record)
        assert_same(concatenate(parts), expected)
        hidden = policy.hidden
    # other cells begin with their own
    parts = roll(shards, gru(2), 0, steps=1, record=["hidden"])
    started = np.broadcast_to(np.asarray(gru(2).initial_hidden), (1, TOTAL, 2))
    np.testing.assert_array_equal(concatenate(parts).hidden, started)


def test_hidden_states_are_taken_back_and_restored() -> None:
    (shard,) = make_shards(1)
    shard.rollout(0, 0, gru(), 5)
    state = shard.get_state()
    first = shard.rollout(1, 1, gru(), 5, record=["hidden", "actions"])
    shard.undo(1)
    assert_same(shard.rollout(1, 1, gru(), 5, record=["hidden", "actions"]), first)
    other = Shard("CartPole-v1", Lanes(0, TOTAL, TOTAL), {}, seed=0, state=pickle.loads(pickle.dumps(state)))
    assert_same(other.rollout(1, 1, gru(), 5, record=["hidden", "actions"]), first)


def test_networks_that_do_not_share_the_environments_evenly_are_refused() -> None:
    (shard, *_) = make_shards(3)
    with pytest.raises(ValueError, match="a population of 5 cannot share 12 environments evenly"):
        shard.rollout(0, 0, policies.MLP(layers(5)), STEPS)


def test_actions_are_those_of_all_environments() -> None:
    (shard, *_) = make_shards(3)
    with pytest.raises(ValueError, match="holds actions of 4 environments, all workers together have 12"):
        shard.rollout(0, 0, policies.Sequence(np.zeros((STEPS, 4), int)), STEPS)


@pytest.mark.parametrize("count", [1, 3])
def test_parameters_have_a_value_for_every_environment_of_the_whole(count: int) -> None:
    lengths = np.linspace(0.5, 1.5, TOTAL)
    params = {"l": lengths, "g": Uniform(np.full(TOTAL, 8.0), 12.0), "m": Choice([0.5, 1.0])}
    whole = plyo.make_vec("Pendulum-v1", TOTAL, params=params)
    whole.reset(seed=3)
    shards = make_shards(count, "Pendulum-v1", params=params)
    policy = policies.Random(seed=0)
    assert_same(concatenate(roll(shards, policy)), whole.rollout(policy, STEPS))


def test_parameters_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'l' needs an array of shape \(12,\)"):
        make_shards(3, "Pendulum-v1", params={"l": np.ones(4)})


@pytest.mark.parametrize("count", [1, 3])
def test_resets_take_seeds_masks_and_options_of_the_whole(count: int) -> None:
    mask = np.zeros(TOTAL, bool)
    mask[[1, 9]] = True  # none of the second of three shards
    params = {"length": np.linspace(0.4, 0.6, TOTAL)}
    whole = plyo.make_vec("CartPole-v1", TOTAL)
    shards = make_shards(count)
    whole.reset(seed=11)
    for shard in shards:
        shard.reset(0, seed=11, options=None)
    policy = policies.Random(seed=0)
    assert_same(concatenate(roll(shards, policy, call=1)), whole.rollout(policy, STEPS))
    options = {"reset_mask": mask, "low": -0.01, "high": 0.01, "params": params}
    whole.reset(options=options)
    for shard in shards:
        shard.reset(2, seed=None, options=options)
    policy.seed = 1
    assert_same(concatenate(roll(shards, policy, call=3)), whole.rollout(policy, STEPS))


def test_a_call_can_be_taken_back_once() -> None:
    (shard,) = make_shards(1)
    policy = policies.Random(seed=0)
    first = shard.rollout(0, 0, policy, STEPS)
    before = shard.get_state()
    shard.undo(5)  # no such call
    assert shard.get_state() == before
    shard.reset(1, seed=9, options=None)
    assert shard.get_state() != before
    shard.undo(1)
    assert shard.get_state() == before
    shard.undo(1)
    shard.undo(0)  # no longer the last one
    assert shard.get_state() == before
    again = Shard("CartPole-v1", Lanes(0, TOTAL, TOTAL), {}, seed=3)
    assert_same(again.rollout(0, 0, policy, STEPS), first)
    assert again.get_state() == before


def test_a_call_that_fails_changes_nothing_and_cannot_be_taken_back() -> None:
    (shard,) = make_shards(1)
    shard.rollout(0, 0, policies.Random(seed=0), STEPS)
    before = shard.get_state()
    with pytest.raises(ValueError, match="num_steps"):
        shard.rollout(1, 1, policies.Random(seed=0), 0)
    assert shard.get_state() == before
    shard.undo(1)
    assert shard.get_state() == before


@pytest.mark.parametrize("count", [1, 3])
def test_errors_name_environments_by_their_number_in_the_whole(count: int) -> None:
    shards = make_shards(count, autoreset_mode="disabled")
    actions = np.zeros((STEPS, TOTAL), int)
    actions[0, 10] = 7
    with pytest.raises(error.InvalidAction, match="action 7 of environment 10 is out of range") as caught:
        roll(shards, policies.Sequence(actions))
    assert type(caught.value) is error.InvalidAction

    def wrong(observations: Array) -> Array:
        chosen = np.zeros(len(observations), int)
        chosen[-1] = -1
        return chosen

    with pytest.raises(error.InvalidAction, match="action -1 of environment 11 is out of range"):
        shards[-1].rollout(1, 0, wrong, 1)


def test_errors_of_a_users_function_stay_as_they_are() -> None:
    def fails(observations: Array) -> Array:
        raise KeyError("environment 0")

    with pytest.raises(KeyError, match=r"^'environment 0'$"):
        make_shards(3)[1].rollout(0, 0, fails, 1)


# ---- concatenating ----


def test_parts_of_tuple_and_dict_observations_are_joined_leaf_by_leaf() -> None:
    shards = make_shards(3, "Blackjack-v1", autoreset_mode="same_step")
    trajectory = concatenate(roll(shards, policies.Random(seed=0)))
    assert [leaf.shape for leaf in trajectory.observations] == [(STEPS, TOTAL)] * 3
    count = len(trajectory.episode_times)
    assert count > 0
    assert [leaf.shape for leaf in trajectory.final_observations] == [(count,)] * 3
    nested = [plyo.Trajectory(observations={"a": np.full((2, 1, 3), i)}) for i in range(2)]
    joined = concatenate([Part(each, i, i, 1, 0) for i, each in enumerate(nested)])
    assert joined.observations["a"][0, :, 0].tolist() == [0, 1]


def test_episodes_are_joined_by_time_and_column() -> None:
    parts = roll(make_shards(4), policies.Random(seed=0), record=["episodes"])
    joined = concatenate(parts[2:] + parts[:2])
    keys = list(zip(joined.episode_times, joined.episode_lanes, strict=True))
    assert len(keys) > 20
    assert keys == sorted(keys)
    own = parts[2].trajectory.episode_returns
    assert joined.episode_returns[joined.episode_lanes < 3].tolist() == own.tolist()


def test_parts_that_do_not_fit_are_refused() -> None:
    shards = make_shards(2)
    whole = roll(shards, policies.Random(seed=0))
    with pytest.raises(ValueError, match="at least one part"):
        concatenate([])
    shorter = roll(shards, policies.Random(seed=0), call=1, steps=STEPS - 1)
    with pytest.raises(ValueError, match="part 1 is of 59 steps, part 0 of 60"):
        concatenate([whole[0], shorter[1]])
    other = roll(shards, policies.Random(seed=0), call=2, record=["rewards"])
    with pytest.raises(ValueError, match="part 1 records rewards; part 0 records observations, actions"):
        concatenate([whole[0], other[1]])
