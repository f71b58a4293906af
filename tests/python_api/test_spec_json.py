"""Specs as JSON: arguments of every type are restored exactly, and a text that is not a spec is a ValueError."""

from __future__ import annotations

import enum
import json
import sys

import gymnasium
import numpy as np
import pytest

import plyo
from plyo.envs.registration import EnvSpec, WrapperSpec
from plyo.vector import AutoresetMode


class Colors(enum.Flag):
    RED = 1
    GREEN = 2
    BLUE = 4


class Level(enum.IntEnum):
    HIGH = 3


class Word(str, enum.Enum):
    YES = "yes"


class Pair(tuple, enum.Enum):
    ONE = (1, 2)


ARGUMENTS = {
    "tuple": (1, (2, [3, (4,)]), ()),
    "integer keys": {1: "a", 2: {3: (4,)}},
    "odd keys": {(1, 2): 3, None: 4, True: 5, 1.5: 6, b"x": 7},
    "sets": [{1, 2}, {"a", (1, 2)}, set(), frozenset({3})],
    "bytes": [b"\0\xff", b"", bytearray(b"ab")],
    "array": np.arange(6, dtype=np.float32).reshape(2, 3),
    "odd arrays": [
        np.array(3), np.zeros((0, 3)), np.array([np.nan, -np.inf, -0.0]), np.array(["a", "bcd"]), np.array([1 + 2j]),
        np.array([2**64 - 1], np.uint64), np.array([1, 2], ">i4"), np.array(["2026-01-02"], "M8[D]"), np.array([True]),
    ],
    "array in Fortran's order": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "scalars": [
        np.float32(0.1), np.float64(0.1), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True), np.longdouble(1) / 3,
        np.str_("x"), np.bytes_(b"x"), np.datetime64("2026-01-02"), np.float16("nan"), np.complex64(1j),
    ],
    "dtypes": [np.dtype("float32"), np.dtype(">i2"), np.dtype("M8[s]"), np.dtype(object)],
    "types": [np.float32, np.bool_, np.int64, float, int, bool],
    "enumerations": [
        AutoresetMode.SAME_STEP, Level.HIGH, Word.YES, Pair.ONE, Colors.RED | Colors.BLUE, Colors.GREEN, Colors(0),
    ],
    "ranges": [range(1, 9, 2), slice(None, 3), slice(1, 2, 3)],
    "mark": {"__plyo__": "tuple", "value": [{"__plyo__": 1}]},
    "numbers": [float("inf"), float("nan"), -0.0, 10**30, 1e400, True, None, "text"],
    "nested": {"a": [{"b": ({3: np.int8(1)},)}]},
}  # fmt: skip


def assert_same(a, b):
    """Equal values of equal types, all the way down."""
    assert type(a) is type(b), (a, b)
    if isinstance(a, enum.Enum):
        assert a is b
    elif isinstance(a, dict):
        assert [(type(key), key) for key in a] == [(type(key), key) for key in b]
        assert_same(list(a.values()), list(b.values()))
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, (np.ndarray, np.generic)):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes()
    else:
        assert a == b or repr(a) == repr(b) == "nan"


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_come_back(name):
    value = ARGUMENTS[name]
    spec = EnvSpec("A-v0", "m:E", kwargs={"x": value, "y": [value]})
    spec.additional_wrappers = (WrapperSpec("W", "m:W", {"x": value}), WrapperSpec("V", "m:V", None))
    back = EnvSpec.from_json(spec.to_json())
    assert_same(back.kwargs, spec.kwargs)
    assert_same(back.additional_wrappers[0].kwargs, {"x": value})
    assert back.additional_wrappers[1] == spec.additional_wrappers[1]
    assert back.to_json() == spec.to_json()
    arrays = back.kwargs["x"] if isinstance(back.kwargs["x"], list) else [back.kwargs["x"]]
    assert all(array.flags.writeable for array in arrays if isinstance(array, np.ndarray))


def test_specs_with_arrays_are_compared_by_elements():
    def spec(low=0.0, dtype=np.float32, shape=(2,), wrapped=True):
        array = np.full(shape, low, dtype)
        kwargs = {"deep": [{"x": (array, "a")}], "nan": None}
        wrappers = (WrapperSpec("Some", "module:Some", {"low": array}),) if wrapped else ()
        return EnvSpec("Some-v0", entry_point="module:Some", kwargs=kwargs, additional_wrappers=wrappers)

    assert spec() == spec()
    assert EnvSpec.from_json(spec().to_json()) == spec()
    for other in (
        spec(1.0),
        spec(dtype=np.float64),
        spec(shape=(1, 2)),
        spec(shape=(1,)),
        spec(wrapped=False),
    ):
        assert spec() != other
        assert other != spec()
    assert spec().additional_wrappers[0] != ("Some", "module:Some")
    objects = EnvSpec("Some-v0", kwargs={"x": np.array([None, np.zeros(2), "a"], dtype=object)})
    assert objects == EnvSpec("Some-v0", kwargs={"x": np.array([None, np.zeros(2), "a"], dtype=object)})


def test_attributes_of_numpy_come_back():
    spec = EnvSpec("A-v0", "m:E", reward_threshold=np.float64(0.5), max_episode_steps=np.int64(4))
    back = EnvSpec.from_json(spec.to_json())
    assert_same([back.reward_threshold, back.max_episode_steps], [np.float64(0.5), 4])


def test_sets_are_written_in_one_order():
    texts = {EnvSpec("A-v0", kwargs={"x": set(order)}).to_json() for order in ("abc", "cba", "bca")}
    assert len(texts) == 1


def test_gymnasium_reads_what_plyo_writes_and_the_other_way_round():
    plain = {"a": [1, {"b": None}], "c": 1.5, "d": "text"}
    usual = {
        "t": (1, [(2,)]),
        "i": {1: {2.5: "a", None: "b", True: "c"}},
        "e": [Level.HIGH, Word.YES],
        "n": np.float64(0.1),
    }
    spec = EnvSpec("A-v0", "m:E", kwargs=usual, additional_wrappers=(WrapperSpec("W", "m:W", usual),))
    theirs = gymnasium.envs.registration
    other = theirs.EnvSpec(
        "A-v0", "m:E", kwargs=usual, additional_wrappers=(theirs.WrapperSpec("W", "m:W", usual),)
    )
    assert json.loads(spec.to_json()) == json.loads(other.to_json())
    assert_same(EnvSpec.from_json(spec.to_json()).kwargs, usual)
    assert repr(theirs.EnvSpec.from_json(spec.to_json())) == repr(theirs.EnvSpec.from_json(other.to_json()))
    for kwargs in (plain, ARGUMENTS):
        spec = EnvSpec("A-v0", "m:E", kwargs=kwargs, additional_wrappers=(WrapperSpec("W", "m:W", plain),))
        theirs = gymnasium.envs.registration.EnvSpec.from_json(spec.to_json())
        assert theirs.additional_wrappers[0].kwargs == plain
        assert theirs.kwargs.keys() == kwargs.keys()
    theirs = gymnasium.envs.registration.EnvSpec("A-v0", "m:E", kwargs={**plain, "t": (1, 2), "i": {1: 2}})
    back = EnvSpec.from_json(theirs.to_json())
    assert back.kwargs == {**plain, "t": [1, 2], "i": {"1": 2}}


WRAPPED = {
    "StickyAction": lambda w, env: w.StickyAction(env, 0.25, (1, 3)),
    "RepeatAction": lambda w, env: w.RepeatAction(env, 2),
    "RescaleObservation": lambda w, env: w.RescaleObservation(env, np.float32(-1), np.ones(3, np.float32)),
    "RescaleAction": lambda w, env: w.RescaleAction(env, np.full(1, -2, np.float32), np.float32(3)),
    "DtypeObservation": lambda w, env: w.DtypeObservation(env, np.float64),
    "dtype": lambda w, env: w.DtypeObservation(env, np.dtype(np.float64)),
    "ResizeObservation": lambda w, env: w.ResizeObservation(pictures(w, env), (20, 30)),
    "ReshapeObservation": lambda w, env: w.ReshapeObservation(pictures(w, env), (250000, 3)),
    "FilterObservation": lambda w, env: w.FilterObservation(
        w.AddRenderObservation(env, render_only=False), ("pixels",)
    ),
}


def pictures(w, env):
    return w.AddRenderObservation(env, render_only=True)


@pytest.mark.parametrize("name", WRAPPED)
def test_wrapped_environments_are_made_again_from_json(name):
    env = WRAPPED[name](plyo.wrappers, plyo.make("Pendulum-v1", render_mode="rgb_array"))
    again = plyo.make(EnvSpec.from_json(env.spec.to_json()))
    assert again.observation_space == env.observation_space
    assert again.action_space == env.action_space
    assert_same(again.spec.additional_wrappers[-1].kwargs, env.spec.additional_wrappers[-1].kwargs)
    for e in (env, again):
        e.close()


@pytest.mark.parametrize(
    "args", [{"reward_schedule": (2, -1, 0)}, {"desc": ["SF", "HG"]}, {"desc": np.array(["SF", "HG"])}]
)
def test_tasks_are_made_again_from_json(args):
    spec = plyo.make("FrozenLake-v1", **args).spec
    assert_same(EnvSpec.from_json(spec.to_json()).kwargs, spec.kwargs)
    plyo.make(EnvSpec.from_json(spec.to_json())).close()


def test_batches_are_made_again_from_json():
    envs = plyo.make_vec("CartPole-v1", np.int64(3), autoreset_mode=AutoresetMode.DISABLED)
    again = plyo.make_vec(EnvSpec.from_json(envs.spec.to_json()))
    assert (again.num_envs, again.autoreset_mode) == (3, AutoresetMode.DISABLED)


#: Attributes that are of another type, or too many.
ODD_ATTRIBUTES = [
    {"id": 3}, {"id": None}, {"entry_point": 3}, {"vector_entry_point": ["m:E"]}, {"kwargs": None}, {"kwargs": [1]},
    {"max_episode_steps": "9"}, {"max_episode_steps": 1.5}, {"reward_threshold": "high"}, {"order_enforce": "no"},
    {"kwargs": {"__plyo__": "dict", "value": [[1, 2]]}}, {"name": "A"}, {"nonsense": 1},
]  # fmt: skip
#: Marks that are unknown, or do not fit their value.
ODD_MARKS = [
    ("nonsense", {"value": 1}), (3, {}), ([], {}), (None, {}),
    ("tuple", {}), ("tuple", {"value": {"a": 1}}), ("tuple", {"value": "ab"}), ("tuple", {"value": [], "more": 1}),
    ("dict", {"value": [[1]]}), ("dict", {"value": [[[], 1]]}), ("set", {"value": [[]]}),
    ("bytes", {"value": "%"}), ("bytes", {"value": 3}), ("range", {"value": [1, 2, 0]}), ("type", {"value": "eval"}),
    ("numpy_type", {"value": "load"}), ("dtype", {"value": "nonsense"}), ("dtype", {"value": ["a"]}),
    ("enum", {"value": {"class": "os:system", "names": []}}),
    ("enum", {"value": {"class": "antigravity:X", "names": ["A"]}}),
    ("enum", {"value": {"class": f"{AutoresetMode.__module__}:AutoresetMode", "names": []}}),
    ("enum", {"value": {"class": f"{AutoresetMode.__module__}:AutoresetMode", "names": ["__class__"]}}),
    ("array", {"value": "", "dtype": "<f8", "shape": [10**12]}),
    ("array", {"value": "AA==", "dtype": "|u1", "shape": [-1]}),
    ("array", {"value": "", "dtype": "<U0", "shape": [10**12]}), ("array", {"value": "", "dtype": "|O", "shape": [0]}),
    ("scalar", {"value": "AAA=", "dtype": "|u1", "shape": [2]}),
]  # fmt: skip


def text_with(**change):
    return json.dumps({"id": "A-v0", "additional_wrappers": [], **change})


BROKEN = [
    "[]", "3", "null", "{}", "x", "[" * 100_000, '{"a": ' * 100_000,
    *(text_with(additional_wrappers=wrappers) for wrappers in (
        None, {}, 3, [{"name": 1, "entry_point": 2, "kwargs": 3}], [{"name": "W", "entry_point": "m:W", "kwargs": [1]}],
    )),
    *(text_with(**change) for change in ODD_ATTRIBUTES),
    *(text_with(kwargs={"x": {"__plyo__": mark, **rest}}) for mark, rest in ODD_MARKS),
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:120])
def test_what_is_no_spec_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        EnvSpec.from_json(text)


def test_what_cannot_be_written():
    class Local(enum.Enum):
        A = 1

    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="contains itself"):
        EnvSpec("A-v0", kwargs={"x": loop}).to_json()
    for value in (
        1j,
        object(),
        len,
        np.array([None]),
        np.ma.array([1]),
        Local.A,
        np.dtype([("a", "f4")]),
        dict,
    ):
        with pytest.raises(TypeError, match="not JSON serializable"):
            EnvSpec("A-v0", kwargs={"x": value}).to_json()


def test_reading_imports_nothing(monkeypatch):
    """An enumeration of a module that is not imported is refused, not looked for."""
    monkeypatch.setattr("importlib.import_module", lambda name: pytest.fail(f"imports {name}"))
    text = EnvSpec("A-v0", "m:E", kwargs={"x": Level.HIGH}).to_json()
    monkeypatch.delitem(sys.modules, Level.__module__)
    with pytest.raises(ValueError, match=f"import {Level.__module__!r} first"):
        EnvSpec.from_json(text)
