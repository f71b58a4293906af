"""Infos of batches keep the values of the environments, for all types, shapes and keys."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from vector_envs import assert_same_results

import plyo
from plyo.vector._infos import add_info, split_infos

NUM = 3


def merged(*infos: dict[str, Any]) -> dict[str, Any]:
    """The infos of a batch."""
    found: dict[str, Any] = {}
    for i, info in enumerate(infos):
        add_info(found, info, i, len(infos))
    return found


def is_same(ours: Any, theirs: Any) -> bool:
    """Whether two values are equal, NaN to NaN and arrays in their shape."""
    if isinstance(theirs, dict):
        return set(ours) == set(theirs) and all(is_same(ours[key], theirs[key]) for key in theirs)
    if isinstance(ours, np.ndarray) or isinstance(theirs, np.ndarray):
        return np.shape(ours) == np.shape(theirs) and bool(np.all(ours == theirs))
    return bool(ours == theirs) or bool(ours != ours and theirs != theirs)


VALUES: list[Any] = [
    1, 2.5, True, False, None, "x", "longer", 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1, 2**70, float("nan"), 1e300, 1j,
    np.float16(0.5), np.float32(0.1), np.float64(0.1), np.int8(-3), np.uint8(200), np.uint64(2**64 - 1),
    np.int64(2**60 + 1),
    np.complex64(1 + 2j), np.bool_(True), np.str_("s"), np.bytes_(b"b"), np.datetime64("2026-11-29"),
    np.timedelta64(5, "s"),
    np.timedelta64(5, "ms"), np.longdouble(1) / 3, np.array(4.5), np.array("x"), np.array("yyy"), np.array(b"z"),
    np.array(None, dtype=object), np.zeros(2, np.uint8), np.full(2, 0.5), np.array([1, 2, 3]), np.array([2**60 + 1, 1]),
    np.zeros((2, 2)), np.zeros(0), np.array(["a", "bcd"]), np.array([None, "x"], dtype=object), [1, 2], (3, "x"), set(),
    {"b": 1}, {"b": 2.5, "c": None}, {"b": {"d": "e"}}, {"d": np.arange(2)}, {},
]  # fmt: skip


@pytest.mark.parametrize("first", range(len(VALUES)))
def test_nothing_is_changed_whatever_meets(first):
    """A pair of values is the same after merging and splitting, with a lane without a value in between."""
    for second in VALUES:
        infos = [{"a": VALUES[first]}, {}, {"a": second}]
        batch = merged(*infos)
        assert set(batch) == {"a", "_a"}
        assert batch["_a"].tolist() == [True, False, True]
        for found, given in zip(split_infos(batch, NUM), infos, strict=True):
            assert is_same(found, given), (infos, batch)


def test_three_types_in_any_order():
    pool = [1, 0.5, True, None, "x", np.float32(0.1), 2**60 + 1, np.zeros(2), {"b": 1}]
    for values in itertools.permutations(pool, 3):
        infos = [{"a": value} for value in values]
        assert all(map(is_same, split_infos(merged(*infos), NUM), infos)), values


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ((1, 2.5), np.float64),
        ((False, 2), np.int64),
        ((True, 0.5), np.float64),
        ((np.float32(1), np.float64(1e300)), np.float64),
        ((np.float32(1), 2.5), np.float64),
        ((np.int8(1), np.uint8(255)), np.int16),
        ((np.uint8(1), 300), np.int64),
        ((1, np.complex64(1j)), np.complex128),
        ((np.array("x"), np.array("yyy")), np.dtype("<U3")),
        ((np.zeros(2, np.uint8), np.full(2, 0.5)), np.float64),
        ((np.array(["a"]), np.array(["bcd"])), np.dtype("<U3")),
        ((np.array(4.5), 2), np.float64),
        ((2**53 + 1, 0.5), object),
        ((0.5, 2**53 + 1), object),
        ((2**53, 0.5), np.float64),
        ((1, 2**70), object),
        ((True, None), object),
        ((1, "x"), object),
        (("x", 1), object),
        ((np.array([1, 2]), np.array([1, 2, 3])), object),
        ((np.array([1, 2]), 5), object),
        ((5, np.array([1, 2])), object),
        ((np.zeros(2), np.zeros(1)), object),
        ((np.array("x"), np.array(b"x")), object),
        ((np.timedelta64(5, "s"), np.timedelta64(5, "ms")), object),
    ],
)
def test_types_are_promoted_as_numpy_does(values, dtype):
    batch = merged(*({"a": value} for value in values))
    assert batch["a"].dtype == dtype
    assert len(batch["a"]) == 2


def test_environments_without_a_key_have_none_among_objects():
    assert merged({"a": 1}, {}, {"a": "x"})["a"].tolist() == [1, None, "x"]
    assert merged({"a": {"b": 1}}, {}, {"a": 3})["a"].tolist() == [{"b": 1}, None, 3]
    assert merged({}, {"a": 3}, {"a": {"b": 1}})["a"].tolist() == [None, 3, {"b": 1}]
    assert merged({"a": 1}, {}, {"a": 0.5})["a"].tolist() == [1.0, 0.0, 0.5]


def test_objects_do_not_share_the_arrays_that_they_came_from():
    batch = merged({"a": np.array([1, 2])}, {"a": "x"})
    assert batch["a"][0].base is None


def test_keys_with_an_underscore():
    """They are kept, as keys are that are no texts. Where a mask needs the name, the mask goes first."""
    assert split_infos(merged({"_own": 1}, {"_own": 2.5, "__x": 3}), 2) == [
        {"_own": 1.0},
        {"_own": 2.5, "__x": 3},
    ]
    assert split_infos(merged({1: "x"}, {None: 2}), 2) == [{1: "x"}, {None: 2}]
    for infos in (
        ({"a": 1, "_a": 5}, {"_a": 6}),
        ({"_a": 6}, {"a": 1, "_a": 5}),
        ({"_a": 6}, {"_a": 5, "a": 1}),
    ):
        batch = merged(*infos)
        assert set(batch) == {"a", "_a"}
        assert batch["_a"].dtype == np.bool_
        assert batch["_a"].tolist() == ["a" in info for info in infos]


def test_final_observations_are_objects():
    batch = merged({"final_obs": {"k": 1}}, {"final_obs": 3}, {"final_obs": np.ones(2)})
    assert batch["final_obs"].dtype == object
    assert batch["final_obs"][:2].tolist() == [{"k": 1}, 3]


def make_reporter(infos: list[dict[str, Any]], length: int = 100) -> Any:
    """An environment with one info after another; an episode has so many steps."""

    class Reporter(plyo.Env):
        observation_space = plyo.spaces.Discrete(2)
        action_space = plyo.spaces.Discrete(2)
        number = steps = 0

        def info(self) -> dict[str, Any]:
            self.number += 1
            return dict(infos[(self.number - 1) % len(infos)])

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            super().reset(seed=seed)
            self.steps = 0
            return 0, self.info()

        def step(self, action: Any) -> Any:
            self.steps += 1
            return 1, 1.0, self.steps >= length, False, self.info()

    return Reporter


REPORTS = [
    [{"a": 1}, {"a": 2.5, "b": "x"}, {"a": None}, {"c": {"d": 1}}],
    [{"a": 0.5, "b": np.array([1, 2])}, {"a": True}, {"a": 2**70}, {"c": 3}],
    [{}, {"b": np.array([1, 2, 3]), "a": np.float32(0.1)}, {"a": np.array("x")}, {"c": {"d": "y"}}],
]


@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_lists_of_infos_are_what_the_environments_report(name, mode):
    fns = [lambda reports=reports: make_reporter(reports)() for reports in REPORTS]
    envs = plyo.wrappers.vector.DictInfoToList(getattr(plyo.vector, name)(fns, autoreset_mode=mode))
    alone = [fn() for fn in fns]
    assert all(map(is_same, envs.reset(seed=1)[1], [env.reset(seed=1)[1] for env in alone]))
    for _ in range(8):
        infos = envs.step(np.zeros(NUM, np.int64))[4]
        assert all(map(is_same, infos, [env.step(0)[4] for env in alone]))
    envs.close()


@pytest.mark.parametrize("name", ["SyncVectorEnv", "AsyncVectorEnv"])
def test_masked_resets_and_final_infos(name):
    fns = [
        lambda: make_reporter([{"a": 1}, {"a": 0.5}], length=1)(),
        lambda: make_reporter([{"a": 1}, {"a": "x"}], length=2)(),
    ]
    envs = getattr(plyo.vector, name)(fns, autoreset_mode="Disabled")
    envs.reset()
    assert envs.step([0, 0])[4]["a"].tolist() == [0.5, "x"]
    infos = envs.reset(options={"reset_mask": np.array([True, False])})[1]
    assert infos["a"].tolist() == [1, 0]
    assert infos["_a"].tolist() == [True, False]
    envs.close()

    envs = getattr(plyo.vector, name)(fns, autoreset_mode="SameStep")
    envs.reset()
    assert envs.step([0, 0])[4]["final_info"]["a"].tolist() == [0.5, 0.0]
    infos = envs.step([0, 0])[4]
    assert infos["final_info"]["a"].tolist() == [0.5, 1]
    assert infos["_final_info"].tolist() == [True, True]
    envs.close()


def test_batches_agree():
    fns = [lambda reports=reports: make_reporter(reports, length=3)() for reports in REPORTS]
    results = []
    for envs in (
        plyo.vector.SyncVectorEnv(fns),
        plyo.vector.AsyncVectorEnv(fns),
        plyo.vector.AsyncVectorEnv(fns, shared_memory=False),
    ):
        results.append([envs.reset(seed=0), *(envs.step([0] * NUM) for _ in range(9))])
        envs.close()
    assert_same_results(results[1], results[0])
    assert_same_results(results[2], results[0])


def test_probabilities_of_frozen_lake_are_not_cut():
    """Environments that a step resets report the integer 1, the others 1/3."""
    envs = plyo.make_vec("FrozenLake-v1", num_envs=2, vectorization_mode="sync", max_episode_steps=2)
    envs.reset(seed=0)
    envs.step(np.zeros(2, int))
    envs.reset(options={"reset_mask": np.array([False, True])})
    for _ in range(4):
        infos = envs.step(np.zeros(2, int))[4]
        assert infos["_prob"].all()
        assert np.isclose(infos["prob"], np.where(infos["prob"] > 0.5, 1.0, 1.0 / 3.0)).all()
    envs.close()
