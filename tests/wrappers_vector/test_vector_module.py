"""The module of the vector wrappers: names, signatures, lazy loading, and the attributes that wrappers pass on."""

from __future__ import annotations

import copy
import importlib
import inspect
import pickle
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest
from vector_helpers import HAS_ARRAY_API_COMPAT, MODES, assert_same, batch, needs_opencv, tasks, toys

import plyo
from plyo.wrappers import vector

# these two need pictures, and are tested on their own
PICTURES = {"RecordVideo", "HumanRendering"}
NEED_OTHERS = {"JaxToNumpy", "JaxToTorch", "NumpyToTorch"}
if not HAS_ARRAY_API_COMPAT:
    NEED_OTHERS = NEED_OTHERS | {"ArrayConversion"}
NAMES = sorted(set(gymnasium.wrappers.vector.__all__) - PICTURES - NEED_OTHERS)


def wrap(name: str, envs: Any, gym: Any = plyo) -> Any:
    """Wraps a batch with arguments that suit toys."""
    kwargs: dict[str, Any] = {
        "ArrayConversion": {"env_xp": np, "target_xp": np},
        "ClipReward": {"min_reward": 0},
        "DtypeObservation": {"dtype": np.float32},
        "FilterObservation": {"filter_keys": ["a"]},
        "RescaleObservation": {"min_obs": 0, "max_obs": 1},
        "ReshapeObservation": {"shape": (3, 1)},
        "ResizeObservation": {"shape": (2, 2)},
        "RescaleAction": {"min_action": 0, "max_action": 1},
        "TransformReward": {"func": abs},
        "TransformAction": {"func": abs},
        "TransformObservation": {"func": abs},
        "VectorizeTransformAction": {
            "wrapper": gym.wrappers.TransformAction,
            "func": abs,
            "action_space": None,
        },
        "VectorizeTransformObservation": {
            "wrapper": gym.wrappers.TransformObservation,
            "func": abs,
            "observation_space": None,
        },
        "VectorizeTransformReward": {"wrapper": gym.wrappers.TransformReward, "func": abs},
    }.get(name, {})
    return getattr(gym.wrappers.vector, name)(envs, **kwargs)


def test_names() -> None:
    ours_alone = {"RecordEpisodes", "TimeLimit", "unfused", "FrameStackObservation", "TimeAwareObservation"}
    ours_alone |= {"StickyAction", "RepeatAction", "MaxAndSkipObservation"}
    assert set(vector.__all__) == set(gymnasium.wrappers.vector.__all__) | ours_alone
    assert set(vector.__all__) <= set(dir(vector))
    with pytest.raises(AttributeError) as caught:
        vector.NoSuchWrapper  # noqa: B018
    assert str(caught.value) == "module 'plyo.wrappers.vector' has no attribute 'NoSuchWrapper'"


@pytest.mark.parametrize("name", NAMES)
def test_homes_and_signatures(name: str) -> None:
    ours, theirs = getattr(vector, name), getattr(gymnasium.wrappers.vector, name)
    assert ours.__module__ == theirs.__module__.replace("gymnasium", "plyo")
    assert ours is getattr(importlib.import_module(ours.__module__), name)
    for method in ("__init__", "reset", "step"):
        ours_has, theirs_has = (
            [(p.name, p.default, p.kind) for p in inspect.signature(getattr(cls, method)).parameters.values()]
            for cls in (ours, theirs)
        )
        assert ours_has == theirs_has
    public = {key for cls in theirs.__mro__[:-1] for key in vars(cls) if not key.startswith("_")}
    assert {key for key in public if not hasattr(ours, key)} == set()
    ours_bases, theirs_bases = ([cls.__name__ for cls in which.__mro__] for which in (ours, theirs))
    assert set(theirs_bases) <= set(ours_bases)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_opencv) if name.startswith("Resize") else name for name in NAMES]
)
def test_attributes_of_instances(name: str) -> None:
    kind = {"FilterObservation": "dict", "GrayscaleObservation": "rgb", "ResizeObservation": "rgb"}.get(
        name, "box"
    )
    ours, theirs = (wrap(name, toys(gym, observation=kind, action="box"), gym) for gym in (plyo, gymnasium))
    public = {key for key in vars(theirs) if not key.startswith("_")}
    assert {key for key in public if not hasattr(ours, key)} == set()
    assert repr(ours) == repr(theirs)


def test_modules_are_loaded_when_asked_for() -> None:
    code = (
        "import sys, plyo, plyo.wrappers.vector as v;"
        "loaded = [m for m in sys.modules if m.startswith('plyo.wrappers.vector.')];"
        "assert not loaded, loaded;"
        "v.common; v.ClipReward;"
        "loaded = {m.rpartition('.')[2] for m in sys.modules if m.startswith('plyo.wrappers.vector.')};"
        "loaded = {m for m in loaded if m[0] != '_'};"
        "assert loaded == {'common', 'vectorize_reward'}, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", sorted(NEED_OTHERS - {"ArrayConversion"}))
def test_libraries_that_are_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("jax", "jax.numpy", "torch"):
        monkeypatch.setitem(sys.modules, module, None)
    home = {"JaxToNumpy": "jax_to_numpy", "JaxToTorch": "jax_to_torch", "NumpyToTorch": "numpy_to_torch"}[
        name
    ]
    texts = []
    for package in ("plyo", "gymnasium"):
        monkeypatch.delitem(sys.modules, f"{package}.wrappers.vector.{home}", raising=False)
        monkeypatch.delitem(vars(sys.modules[f"{package}.wrappers.vector"]), name, raising=False)
        with pytest.raises(ImportError) as caught:
            getattr(importlib.import_module(f"{package}.wrappers.vector"), name)
        texts.append((type(caught.value), str(caught.value)))
    assert texts[0] == texts[1]


@pytest.mark.parametrize("name", ["RecordEpisodeStatistics", "NormalizeObservation", "NormalizeReward"])
def test_recorded_arguments(name: str) -> None:
    ours, theirs = (wrap(name, toys(gym), gym) for gym in (plyo, gymnasium))
    assert getattr(ours, "_saved_kwargs", None) == getattr(theirs, "_saved_kwargs", None)


def test_specs_pass_through() -> None:
    for gym in (plyo, gymnasium):
        envs = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync")
        wrapped = gym.wrappers.vector.FlattenObservation(gym.wrappers.vector.NormalizeReward(envs))
        assert wrapped.spec is envs.spec
        assert gym.make_vec(wrapped.spec).num_envs == 2


@pytest.mark.parametrize("mode", MODES)
def test_attributes_pass_through(mode: str) -> None:
    native = tasks(plyo, "CartPole-v1", mode)
    envs = vector.RecordEpisodeStatistics(vector.FlattenObservation(vector.NormalizeReward(native)))
    envs.reset(seed=4)
    assert envs.unwrapped is native
    assert envs.metadata is native.metadata
    assert envs.num_envs == native.num_envs
    assert envs.render_mode is None
    assert envs.action_space is native.action_space
    assert envs.np_random_seed == native.np_random_seed == (4, 5, 6, 7)
    assert envs.np_random[1].random() == np.random.default_rng(5).random(5)[4]  # CartPole draws four
    assert not hasattr(envs, "accumulated_reward")  # wrappers do not forward attributes
    envs.close()
    assert envs.closed
    assert native.closed


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda envs: pickle.loads(pickle.dumps(envs))])
def test_wrapped_native_batches_can_be_copied(duplicate: Any) -> None:
    envs = batch(plyo, "MountainCar-v0", "same_step")
    for name in ("NormalizeObservation", "NormalizeReward", "RecordEpisodeStatistics", "FlattenObservation"):
        envs = wrap(name, envs)
    envs = vector.DtypeObservation(vector.ReshapeObservation(envs, (2, 1)), np.float64)
    envs = vector.ArrayConversion(envs, np, np)
    envs.reset(seed=1)
    actions = np.array([0, 1, 2, 1])
    envs.step(actions)
    other = duplicate(envs)
    for _ in range(20):
        assert_same(other.step(actions), envs.step(actions))


def test_generics() -> None:
    assert vector.RecordEpisodeStatistics[np.ndarray, int] is not None
    assert vector.ClipReward[np.ndarray] is not None

    class Mine(vector.VectorizeTransformObservation[np.ndarray, int, np.ndarray, np.ndarray]):
        pass

    assert issubclass(Mine, plyo.vector.VectorObservationWrapper)
