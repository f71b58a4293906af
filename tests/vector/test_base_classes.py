"""The base classes of batches and of their wrappers behave as Gymnasium's."""

from __future__ import annotations

import typing
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import outcome
from vector_envs import assert_same_results, rich_fns

import plyo

PACKAGES = [plyo, gymnasium]


def bare_batch(gym: Any) -> Any:
    """A batch with one random stream, as users write it."""

    class Bare(gym.vector.VectorEnv):
        num_envs = 2
        observation_space = single_observation_space = gym.spaces.Discrete(3)
        action_space = single_action_space = gym.spaces.Discrete(2)
        closings = 0

        def reset(self, *, seed: Any = None, options: Any = None) -> Any:
            super().reset(seed=seed)
            return np.zeros(2), {}

        def step(self, actions: Any) -> Any:
            return np.asarray(actions), np.ones(2), np.zeros(2, bool), np.ones(2, bool), {"a": actions}

        def close_extras(self, **kwargs: Any) -> None:
            self.closings += 1
            self.kwargs = kwargs

    return Bare()


def test_random_stream_of_a_batch():
    def draws(gym: Any) -> list[Any]:
        envs = bare_batch(gym)
        found = [isinstance(envs.np_random_seed, int), envs.np_random is envs.np_random]
        envs.reset(seed=5)
        found += [envs.np_random_seed, envs.np_random.random()]
        envs.reset()
        found += [envs.np_random_seed, envs.np_random.random()]
        envs.np_random = np.random.default_rng(3)
        found += [envs.np_random_seed, envs.np_random.random()]
        return [*found, outcome(lambda: envs.reset(seed=-1)), outcome(lambda: envs.reset(seed="x"))]

    assert_same_results(*map(draws, PACKAGES))


def test_closing_and_text():
    def facts(gym: Any) -> list[Any]:
        envs = bare_batch(gym)
        found = [repr(envs), str(envs), envs.unwrapped is envs, envs.closed, envs.metadata, envs.spec]
        envs.close(timeout=3)
        envs.close()
        return [*found, envs.closed, envs.closings, envs.kwargs]

    assert_same_results(*map(facts, PACKAGES))


def test_wrappers_pass_through_until_they_set_something():
    def facts(gym: Any) -> list[Any]:
        envs = bare_batch(gym)
        inner = gym.vector.VectorWrapper(envs)
        outer = gym.vector.VectorWrapper(inner)
        found = [
            repr(outer),
            outer.unwrapped is envs,
            outer.num_envs,
            outer.render_mode,
            outer.spec,
            outer.closed,
        ]
        found.append([getattr(outer, name) is getattr(envs, name) for name in SPACES])
        for name in SPACES:
            setattr(inner, name, name)
        inner.metadata = {"x": 1}
        found.append([(getattr(outer, name), str(getattr(envs, name))) for name in SPACES])
        found += [outer.metadata, envs.metadata]
        outer.np_random = np.random.default_rng(1)
        found += [envs.np_random_seed, outer.np_random_seed, outer.np_random.random()]
        found += [outer.reset(seed=1), outer.step([1, 0]), envs.np_random_seed]
        for name in ("num_envs", "spec", "render_mode", "np_random_seed", "unwrapped"):
            found.append(outcome(lambda name=name: setattr(outer, name, 1))[0][:2])
        found.append(outcome(lambda: outer.nonsense))
        outer.close()
        found += [envs.closed, envs.closings]
        outer.closed = False
        return [*found, envs.closed]

    assert_same_results(*map(facts, PACKAGES))


SPACES = ["observation_space", "action_space", "single_observation_space", "single_action_space"]


@pytest.mark.parametrize("name", ["VectorObservationWrapper", "VectorActionWrapper", "VectorRewardWrapper"])
def test_hooks(name):
    def facts(gym: Any) -> list[Any]:
        hook = name.removeprefix("Vector").removesuffix("Wrapper").lower() + "s"
        base = getattr(gym.vector, name)
        kind = type("Doubling", (base,), {hook: lambda self, value: np.asarray(value) * 2})
        found = [outcome(lambda: kind(bare_batch(gym)).step([1, 1]))]  # no autoreset mode: warns
        envs = kind(gym.vector.SyncVectorEnv(rich_fns(gym.__name__, "discrete")))
        found += [repr(envs), envs.reset(seed=1), envs.step([0, 1, 1, 0])]
        hookless = base(gym.vector.SyncVectorEnv(rich_fns(gym.__name__, "discrete")))
        return [
            *found,
            outcome(lambda: hookless.reset()[0] is not None),
            outcome(lambda: hookless.step([0] * 4)),
        ]

    assert_same_results(*map(facts, PACKAGES))


def test_infos_are_gathered_by_key():
    infos = [
        {"a": 1, "b": {"c": 2.5, "d": {"e": "x"}}, "final_obs": {"k": 1}},
        {"a": 2, "b": {"c": 0.5}, "z": None},
        {"b": {}, "z": [1], "final_obs": np.ones(2), "big": 2**40},
        {"f": np.ones((2, 2)), "g": np.str_("s"), "h": True, "a": np.int64(5)},
    ]

    def gathered(gym: Any) -> dict[str, Any]:
        envs = bare_batch(gym)
        envs.num_envs = 4
        found: dict[str, Any] = {}
        for i, info in enumerate(infos):
            assert envs._add_info(found, info, i) is found
        return found

    assert_same_results(*map(gathered, PACKAGES))


def test_type_parameters():
    for gym in PACKAGES:
        vector = gym.vector
        for kind, number in [
            (vector.VectorEnv, 3), (vector.VectorWrapper, 5), (vector.VectorObservationWrapper, 4),
            (vector.VectorRewardWrapper, 3), (vector.VectorActionWrapper, 4),
            (vector.SyncVectorEnv, 2), (vector.AsyncVectorEnv, 2),
        ]:  # fmt: skip
            assert typing.get_origin(kind[np.ndarray]) is kind
            assert len(typing.get_args(kind[np.ndarray])) == number
