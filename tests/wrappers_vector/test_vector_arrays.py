"""Batches of one array library used with another, beside Gymnasium's."""

from __future__ import annotations

import copy
import pickle
import sys
import types
from collections.abc import Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from vector_helpers import HAS_ARRAY_API_COMPAT, MODES, NUM_ENVS, actions_of, assert_same, batch

import plyo
from plyo.wrappers import vector

array_api_strict = pytest.importorskip("array_api_strict")


def opened(value: Any) -> Any:
    """A value with NumPy's arrays in place of the other library's, each with a sign of it."""
    if isinstance(value, type(array_api_strict.empty(0))):
        return "strict", np.from_dlpack(value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [opened(part) for part in value]
    if isinstance(value, dict):
        return {key: opened(part) for key, part in value.items()}
    return tuple(opened(part) for part in value) if isinstance(value, tuple) else value


def run(gym: Any, mode: str, steps: int = 60) -> list[Any]:
    """The results of a NumPy batch for a user of the other library."""
    envs = batch(gym, "CartPole-v1", mode)
    envs = gym.wrappers.vector.ArrayConversion(envs, env_xp=np, target_xp=array_api_strict)
    seen = [envs.reset(seed=2)]
    for _, actions in zip(range(steps), actions_of(envs.action_space, 3), strict=False):
        seen.append(envs.step(array_api_strict.asarray(actions)))
        dones = array_api_strict.logical_or(seen[-1][2], seen[-1][3])
        if mode == "disabled" and array_api_strict.any(dones):
            seen.append(envs.reset(options={"reset_mask": dones}))
    return [opened(result) for result in seen]


@pytest.mark.skipif(not HAS_ARRAY_API_COMPAT, reason="Gymnasium needs array-api-compat")
@pytest.mark.parametrize("mode", ["next_step", "disabled"])
def test_arrays_of_another_library_agree(mode: str) -> None:
    assert_same(run(plyo, mode), run(gymnasium, mode))


def test_final_observations_are_converted() -> None:
    # Gymnasium's cannot convert arrays of objects
    plain = batch(plyo, "CartPole-v1", "same_step")
    expected = [plain.reset(seed=2)]
    expected += [
        plain.step(actions) for _, actions in zip(range(60), actions_of(plain.action_space, 3), strict=False)
    ]
    ended = 0
    for ours, theirs in zip(run(plyo, "same_step"), expected, strict=True):
        assert ours[0][0] == "strict"
        assert_same(ours[0][1], theirs[0])
        assert set(ours[-1]) == set(theirs[-1])
        for ours_final, final in zip(
            ours[-1].get("final_obs", []), theirs[-1].get("final_obs", []), strict=True
        ):
            assert (ours_final is None) == (final is None)
            if final is not None:
                ended += 1
                assert ours_final[0] == "strict"
                assert_same(ours_final[1], final)
    assert ended > 3


def test_infos_of_any_kind_are_converted() -> None:
    envs = vector.ArrayConversion(batch(plyo, "toy:box:discrete", "next_step"), np, array_api_strict)
    envs.reset(seed=1)
    for _ in range(5):
        infos = envs.step(array_api_strict.zeros(NUM_ENVS, dtype=array_api_strict.int64))[-1]
        strict = type(array_api_strict.empty(0))
        assert isinstance(infos["draw"], strict)
        assert isinstance(infos["nested"]["vector"], strict)
        assert set(infos.get("word", [])) <= {"even", None}


def test_batches_of_the_other_library() -> None:
    inside = vector.ArrayConversion(batch(plyo, "CartPole-v1", "next_step"), np, array_api_strict)
    envs = vector.ArrayConversion(inside, env_xp=array_api_strict, target_xp=np)
    plain = batch(plyo, "CartPole-v1", "next_step")
    assert_same(envs.reset(seed=2), plain.reset(seed=2))
    for _, actions in zip(range(40), actions_of(plain.action_space, 3), strict=False):
        assert_same(envs.step(actions), plain.step(actions))


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda envs: pickle.loads(pickle.dumps(envs))])
def test_converted_batches_can_be_copied(duplicate: Any) -> None:
    envs = vector.ArrayConversion(batch(plyo, "CartPole-v1", "next_step"), np, array_api_strict)
    envs.reset(seed=2)
    other = duplicate(envs)
    assert other.observation_space == envs.observation_space  # Gymnasium's has lost its spaces
    actions = array_api_strict.ones(NUM_ENVS, dtype=array_api_strict.int64)
    for _ in range(12):
        assert_same(opened(other.step(actions)), opened(envs.step(actions)))


def fake_library(name: str) -> types.ModuleType:
    """A module that stands for JAX or PyTorch: its arrays are array-api-strict's."""
    module = types.ModuleType(name)
    module.__dict__.update(
        {key: getattr(array_api_strict, key) for key in ("asarray", "empty", "from_dlpack")}
    )
    module.device = type("device", (), {})  # type: ignore[attr-defined]
    return module


HOMES = {"JaxToNumpy": "jax_to_numpy", "JaxToTorch": "jax_to_torch", "NumpyToTorch": "numpy_to_torch"}


def forget_wrappers() -> None:
    """Forgets the modules that were loaded with a library of that name."""
    for name, home in HOMES.items():
        for package in ("plyo.wrappers", "plyo.wrappers.vector"):
            sys.modules.pop(f"{package}.{home}", None)
            vars(sys.modules[package]).pop(home, None)
            vars(sys.modules[package]).pop(name, None)


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Any]]:
    """Stands for ``jax.numpy`` and ``torch``."""
    jax, torch = types.ModuleType("jax"), fake_library("torch")
    jax.numpy = fake_library("jax.numpy")  # type: ignore[attr-defined]
    for module in (jax, jax.numpy, torch):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    forget_wrappers()
    yield jax.numpy, torch
    forget_wrappers()


@pytest.mark.parametrize("name", list(HOMES))
@pytest.mark.parametrize("mode", MODES)
def test_wrappers_of_named_libraries(name: str, mode: str, libraries: Any) -> None:
    jax_numpy, torch = libraries
    plain = batch(plyo, "CartPole-v1", mode)
    inside = plain if name.startswith("Numpy") else vector.ArrayConversion(plain, np, jax_numpy)
    kwargs = {"device": None} if name.endswith("Torch") else {}
    envs = getattr(vector, name)(inside, **kwargs)
    assert isinstance(envs, vector.ArrayConversion)
    outside = np.ndarray if name.endswith("Numpy") else type(array_api_strict.empty(0))
    observations, _ = envs.reset(seed=1)
    assert isinstance(observations, outside)
    actions = np.ones(NUM_ENVS, np.int64)
    results = envs.step(actions if outside is np.ndarray else torch.asarray(actions))
    assert all(isinstance(result, outside) for result in results[:4])
    if name.endswith("Torch"):
        assert envs.device is None
