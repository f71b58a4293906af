"""Converting arrays between libraries: NumPy and array-api-strict, which follows the standard to the letter."""

from __future__ import annotations

import collections
import importlib.util
import math
import pickle
import sys
import types
from typing import Any, NamedTuple

import numpy as np
import pytest
from differential import assert_same, outcome

import plyo
from plyo.wrappers import array_conversion as conversion
from plyo.wrappers.array_conversion import array_conversion, module_name_to_namespace, module_namespace

strict = pytest.importorskip("array_api_strict", reason="conversions need a second array library")
HAS_ORACLE = importlib.util.find_spec("array_api_compat") is not None


class Pair(NamedTuple):
    first: Any
    second: Any


class Strict(plyo.Env):
    """An environment that takes and returns arrays of array-api-strict only."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 1}  # noqa: RUF012

    def __init__(self, render_mode=None):
        self.render_mode = render_mode
        self.action_space = plyo.spaces.Box(-1, 1, (2,))
        self.observation_space = plyo.spaces.Box(-1, 1, (2,))

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        assert options is None or isinstance(options["start"], type(strict.empty(0)))
        self.state = strict.asarray(self.np_random.random(2)) if options is None else options["start"]
        return self.state, {"options": options, "nothing": None}

    def step(self, action):
        assert type(action) is type(self.state)
        self.state = self.state + strict.astype(action, strict.float64)
        ended = strict.any(self.state > 1.5)
        info = {
            "text": "so far",
            "pair": Pair(self.state, 1),
            "list": [self.state],
            "count": 3,
            "ended": ended,
        }
        return self.state, strict.sum(self.state), ended, strict.asarray(False), info

    def render(self):
        return strict.zeros((2, 2, 3), dtype=strict.uint8)


def test_a_strict_environment_used_with_numpy():
    env = plyo.wrappers.ArrayConversion(Strict("rgb_array"), env_xp=strict, target_xp=np)
    observation, info = env.reset(seed=3)
    assert type(observation) is np.ndarray
    assert info == {"options": None, "nothing": None}
    plain = Strict()
    expected, _ = plain.reset(seed=3)
    for _ in range(20):
        action = np.float32([0.25, -0.125])
        observation, reward, terminated, truncated, info = env.step(action)
        expected, expected_reward, expected_end, _, _ = plain.step(strict.asarray(action))
        assert_same(observation, np.asarray(expected))
        assert_same([reward, terminated, truncated], [float(expected_reward), bool(expected_end), False])
        assert_same(info["pair"], Pair(observation, np.asarray(1)))
        assert type(info["list"]) is list
        assert type(info["list"][0]) is type(info["ended"]) is type(info["count"]) is np.ndarray
        assert info["text"] == "so far"
    assert_same(env.render(), np.zeros((2, 2, 3), np.uint8))
    observation, _ = env.reset(options={"start": np.array([0.5, 0.25])})
    assert_same(observation, np.array([0.5, 0.25]))


def test_a_native_task_used_with_strict_arrays():
    env = plyo.wrappers.ArrayConversion(plyo.make("Pendulum-v1"), env_xp=np, target_xp=strict)
    plain = plyo.make("Pendulum-v1")
    assert_same(np.asarray(env.reset(seed=1)[0]), plain.reset(seed=1)[0])
    for _ in range(5):
        result, expected = (
            env.step(strict.asarray([0.5], dtype=strict.float32)),
            plain.step(np.float32([0.5])),
        )
        assert type(result[0]) is type(strict.empty(0))
        assert_same(np.asarray(result[0]), expected[0])
        assert_same(result[1:4], (float(expected[1]), expected[2], expected[3]))


def test_memory_is_shared():
    array = np.arange(6.0)
    there = array_conversion(array, strict)
    array[0] = 9
    assert there[0] == 9
    back = array_conversion(there, np)
    assert np.shares_memory(back, array)
    array.flags.writeable = False
    assert_same(np.asarray(array_conversion(array, strict)), array)


VALUES = [
    3,
    2.5,
    True,
    1j,
    None,
    np.float32(1.5),
    np.int8(-3),
    np.arange(3),
    np.ones((2, 2), np.float32),
    np.array(7.0),
    [np.zeros(2), 1],
    (1, (2.0, None)),
    {"a": np.ones(1), "b": {"c": (3,)}},
    collections.OrderedDict(a=np.ones(1)),
    Pair(np.ones(2), [0]),
    {1, 2}.__class__(()),
]


@pytest.mark.skipif(not HAS_ORACLE, reason="Gymnasium's conversion needs array_api_compat")
@pytest.mark.parametrize("target", [np, strict], ids=lambda xp: xp.__name__)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_as_gymnasium_converts_them(value, target):
    from gymnasium.wrappers import array_conversion as theirs

    our_xp, their_xp = module_namespace(target), theirs.module_namespace(target)
    ours, expected = array_conversion(value, our_xp), theirs.array_conversion(value, their_xp)

    def as_numpy(converted):
        return array_conversion(converted, np)

    assert type(ours) is type(expected)
    assert_same(as_numpy(ours), as_numpy(expected))


@pytest.mark.skipif(not HAS_ORACLE, reason="Gymnasium's conversion needs array_api_compat")
def test_errors_as_gymnasium_has_them():
    from gymnasium.wrappers import array_conversion as theirs

    for module in (math, types, sys):
        assert_same(
            outcome(lambda m=module: module_namespace(m)),
            outcome(lambda m=module: theirs.module_namespace(m)),
        )
    ours, expected = (outcome(lambda m=m: m.array_conversion(object, np)) for m in (conversion, theirs))
    assert ours == expected
    assert ours[0][0] == "raised"
    empty = types.SimpleNamespace(empty=lambda n: [])
    assert (
        outcome(lambda: module_namespace(empty))[0][:2]
        == outcome(lambda: theirs.module_namespace(empty))[0][:2]
    )


def test_what_gymnasium_cannot_convert():
    """Texts end in a RecursionError there, booleans of NumPy in an Exception, keys that are no texts in a TypeError."""
    assert array_conversion({"text": ["a", ""]}, strict) == {"text": ["a", ""]}
    assert bool(array_conversion(np.bool_(True), strict)) is True
    assert_same(array_conversion({3: 4}, np), {3: np.asarray(4)})


def test_devices():
    assert array_conversion(np.ones(2), np, "cpu").device == "cpu"
    assert array_conversion(1.0, np, "cpu").device == "cpu"
    there = strict.Device("device1")
    moved = array_conversion(np.ones(2), strict, there)
    assert moved.device == there
    assert array_conversion(2.0, strict, there).device == there
    assert_same(array_conversion(moved, np), np.ones(2))
    env = plyo.wrappers.ArrayConversion(plyo.make("CartPole-v1"), np, strict, target_device=there)
    assert env.reset(seed=0)[0].device == there
    with pytest.raises(ValueError, match="Unsupported device"):
        conversion._to_device(np.ones(2), "cuda")


class OldLibrary(types.ModuleType):
    """A library whose `from_dlpack` takes no device and reads only memory of the processor."""

    def __init__(self):
        super().__init__("old_library")
        self.empty, self.asarray = np.empty, np.asarray

    def from_dlpack(self, value):
        if not getattr(value, "flags", np.ones(1).flags).writeable:
            raise BufferError("read-only")
        if getattr(value, "device", "cpu") != "cpu":
            raise RuntimeError("not reachable")
        return np.from_dlpack(value)


class NewLibrary(OldLibrary):
    """One that takes a device there."""

    def from_dlpack(self, value, device=None):
        return super().from_dlpack(value)


@pytest.mark.parametrize("library", [OldLibrary, NewLibrary])
def test_libraries_with_limits(library):
    old = library()
    writable, fixed = np.arange(3.0), np.arange(3.0)
    fixed.flags.writeable = False
    assert np.shares_memory(array_conversion(writable, old), writable)
    assert_same(array_conversion(fixed, old), fixed)
    assert not np.shares_memory(array_conversion(fixed, old), fixed)
    assert_same(array_conversion(writable, old, "cpu"), writable)


def test_libraries_that_reach_the_processor_only():
    far = Tensor(np.ones(2), "gpu")
    with pytest.raises(RuntimeError):
        OldLibrary().from_dlpack(far)
    assert_same(array_conversion(far, OldLibrary()), np.ones(2))


def test_own_types_can_be_added():
    class Own:
        pass

    array_conversion.register(Own, lambda value, xp, device=None: xp.asarray(42))
    assert_same(array_conversion([Own()], np), [np.asarray(42)])


def test_pickles_and_specs():
    env = plyo.wrappers.ArrayConversion(plyo.make("CartPole-v1"), np, strict)
    twin = pickle.loads(pickle.dumps(env))
    env.reset(seed=4)
    twin.reset(seed=4)
    for action in (0, 1, 1):
        ours, theirs = env.step(strict.asarray(action)), twin.step(strict.asarray(action))
        assert_same(np.asarray(ours[0]), np.asarray(theirs[0]))
    # Gymnasium's forgets its spaces and its spec
    assert twin.observation_space == env.observation_space
    assert twin.spec == env.spec
    assert twin._saved_kwargs["target_xp"] is strict
    again = plyo.make(env.spec)
    assert str(again) == str(env)
    assert type(again.reset(seed=0)[0]) is type(strict.empty(0))


def test_namespaces():
    assert module_namespace(np) is module_name_to_namespace("numpy") is np
    assert module_name_to_namespace("array_api_strict") is module_namespace(strict)


class Tensor:
    """Stands for a tensor of PyTorch: no namespace of its own, and moved with `to`."""

    def __init__(self, array, device="cpu"):
        self.array, self.device = np.asarray(array), device

    def __iter__(self):
        return iter(self.array)

    def __dlpack__(self, **kwargs):
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def to(self, device):
        return Tensor(self.array, device)


@pytest.fixture
def torch(monkeypatch):
    """A module in PyTorch's place."""
    module = types.ModuleType("torch")
    module.device = type("device", (), {})
    module.empty = lambda n: Tensor(np.empty(n))
    module.asarray = lambda value, device="cpu": Tensor(value, device)
    module.from_dlpack = lambda value: Tensor(np.from_dlpack(value))
    monkeypatch.setitem(sys.modules, "torch", module)
    monkeypatch.setattr(Tensor, "__module__", "torch")
    for name in ("numpy_to_torch", "jax_to_torch"):
        monkeypatch.delitem(sys.modules, f"plyo.wrappers.{name}", raising=False)
    yield module
    for name in ("NumpyToTorch", "JaxToTorch", "JaxToNumpy"):
        vars(plyo.wrappers).pop(name, None)
    for name in ("numpy_to_torch", "jax_to_torch", "jax_to_numpy"):
        sys.modules.pop(f"plyo.wrappers.{name}", None)


def test_numpy_to_torch(torch):
    env = plyo.wrappers.NumpyToTorch(plyo.make("Pendulum-v1"), device="gpu")
    plain = plyo.make("Pendulum-v1")
    observation, _ = env.reset(seed=1)
    assert (type(observation), observation.device, env.device) == (Tensor, "gpu", "gpu")
    assert_same(observation.array, plain.reset(seed=1)[0])
    result, expected = env.step(Tensor(np.float32([0.5]))), plain.step(np.float32([0.5]))
    assert_same(result[0].array, expected[0])
    assert_same(result[1:4], (float(expected[1]), expected[2], expected[3]))
    assert env.spec.additional_wrappers[-1].kwargs == {"device": "gpu"}
    assert str(plyo.make(env.spec)) == str(env)
    module = sys.modules["plyo.wrappers.numpy_to_torch"]
    assert type(module.numpy_to_torch(np.ones(1))) is Tensor
    assert_same(module.torch_to_numpy({"a": Tensor([1.0])}), {"a": np.array([1.0])})


def test_jax_environments(torch, monkeypatch):
    """array-api-strict in JAX's place."""
    jax = types.ModuleType("jax")
    jax.numpy = strict
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "jax.numpy", strict)
    env = plyo.wrappers.JaxToNumpy(Strict())
    assert type(env.reset(seed=0)[0]) is np.ndarray
    assert env._saved_kwargs == {}
    assert type(sys.modules["plyo.wrappers.jax_to_numpy"].numpy_to_jax(np.ones(1))) is type(strict.empty(0))
    env = plyo.wrappers.JaxToTorch(Strict())
    assert type(env.reset(seed=0)[0]) is Tensor
    assert type(env.step(Tensor([0.5, 0.5]))[0]) is Tensor
    assert env._saved_kwargs == {"device": None}
