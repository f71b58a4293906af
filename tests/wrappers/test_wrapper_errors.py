"""The errors of the constructors of wrappers, in type and text, and names that `plyo.wrappers` lacks."""

from __future__ import annotations

import builtins
import importlib.util
import subprocess
import sys

import gymnasium
import gymnasium.wrappers.utils
import numpy as np
import pytest
from differential import assert_same, assert_same_outcome, neutral, outcome
from wrapper_cases import SPACES, make

import plyo
import plyo.wrappers.utils

INF = np.float32(np.inf)

# environment, wrapper, arguments
BAD = [
    *(("box", "TimeLimit", (n,)) for n in (0, -1, 2.0, None, "3")),
    *(("box", "DelayObservation", (n,)) for n in (-1, 1.0, "2", None, True, np.int8(-1))),
    *(("box", "FrameStackObservation", (n,)) for n in (0, -1, 1.0, "2", None)),
    *(("box", "MaxAndSkipObservation", (n,)) for n in (1, 0, 2.0, "2", None)),
    *(("dict", "MaxAndSkipObservation", (n,)) for n in (2,)),
    *(("box", "RepeatAction", (n,)) for n in (0, -1, 2.0, "2", None)),
    *(("box", "StickyAction", (p,)) for p in (-0.1, 1, 1.5)),
    *(("box", "StickyAction", (0.5, d)) for d in (0, -1, (2, 1), (0, 1), (1,), (1, 2, 3), [1, 2], 1.5, "2")),
    *(("box", "NormalizeObservation", (e,)) for e in (0, -1e-8)),
    ("dict", "NormalizeObservation", ()),
    *(("box", "NormalizeReward", a) for a in ((-0.1,), (1.1,), (0.5, 0), (0.5, -1))),
    *(("box", "ClipReward", a) for a in ((), (1, 0), (np.array([0, 2]), np.array([1, 1])))),
    *(("box", "TimeAwareObservation", a) for a in ((), (False,))),
    *((space, "ClipAction", ()) for space in ("CartPole-v1", "Acrobot-v1")),
    ("CartPole-v1", "RescaleAction", (0, 1)),
    ("CartPole-v1", "DiscretizeAction", (3,)),
    *(("box", "RescaleAction", a) for a in ((1, 1), (2, 1), ("a", 1), (0, None), (0, [1, 2]), (True, 2))),
    *(("box", "RescaleAction", a) for a in ((np.zeros(3), 1), (0, np.ones((1, 2))), (-INF, 1), (0, INF))),
    *(("box", "DiscretizeAction", (b,)) for b in ((1, 2, 3), (1,), ())),
    *((space, "DiscretizeObservation", (3,)) for space in ("discrete", "dict", "CartPole-v1")),
    *(("box", "DiscretizeObservation", (b,)) for b in ((1, 2), ())),
    ("dict", "RescaleObservation", (0, 1)),
    *(
        ("box", "RescaleObservation", a)
        for a in ((2, 1), ("a", 1), (0, np.ones(2)), (np.ones(2), 1), (0, INF))
    ),
    *(("dict", "FilterObservation", (k,)) for k in ([], ["none"], [1], {"far"}, "far", None)),
    *(("tuple", "FilterObservation", (k,)) for k in ([], [3], ["a"], [0, 0], {0}, [-9])),
    ("box", "FilterObservation", (["far"],)),
    *((space, "GrayscaleObservation", ()) for space in ("box", "gray", "discrete", "float64")),
    *(("box", "ReshapeObservation", (s,)) for s in ((2, 2), [3], (3.0,), (-1, -3), 3)),
    ("dict", "ReshapeObservation", ((2,),)),
    *((space, "ResizeObservation", ((2, 2),)) for space in ("box", "float64", "dict")),
    *(("picture", "ResizeObservation", (s,)) for s in ([2, 2], (2,), (2, 2, 2), (2.0, 2), (0, 2), (-1, 2))),
    *((space, "DtypeObservation", (np.float32,)) for space in ("dict", "tuple")),
    ("box", "RecordEpisodeStatistics", (-1,)),
    ("box", "FrameStackObservation", (2, "extra")),
]


@pytest.mark.parametrize(
    ("environment", "name", "arguments"),
    [pytest.param(*case, id=f"{case[1]} {i}") for i, case in enumerate(BAD)],
)
def test_bad_arguments(environment, name, arguments):
    def construct(p):
        env = getattr(p.wrappers, name)(make(p, environment), *arguments)
        return type(env).__name__, str(env.observation_space), str(env.action_space)

    ours, theirs = outcome(lambda: construct(plyo)), outcome(lambda: construct(gymnasium))
    assert_same(ours[0], theirs[0])


def test_bad_padding():
    for padding in ("other", "", np.zeros(2), np.float32([9, 9, 9]), 3, None):
        assert_same_outcome(
            lambda p, padding=padding: p.wrappers.FrameStackObservation(
                make(p, "box"), 2, padding_type=padding
            ),
            plyo,
            gymnasium,
        )


def test_time_key_that_is_taken():
    def construct(p):
        env = p.wrappers.TimeLimit(make(p, "dict"), 9)
        return p.wrappers.TimeAwareObservation(env, dict_time_key="far")

    assert outcome(lambda: construct(plyo))[0][1] == "ValueError"
    assert_same_outcome(construct, plyo, gymnasium)


@pytest.mark.parametrize("value", [None, 3, "CartPole-v1"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("TimeLimit", (3,)),
        ("OrderEnforcing", ()),
        ("PassiveEnvChecker", ()),
        ("Autoreset", ()),
        ("RecordEpisodeStatistics", ()),
        ("DelayObservation", (1,)),
        ("NormalizeReward", ()),
        ("StickyAction", (0.5,)),
        ("RepeatAction", (2,)),
        ("TransformReward", (abs,)),
        ("ClipReward", (1,)),
        ("TransformObservation", (abs, None)),
        ("TransformAction", (abs, None)),
        ("FrameStackObservation", (2,)),
        ("MaxAndSkipObservation", (2,)),
    ],
)
def test_wrapping_something_else(name, arguments, value):
    assert_same_outcome(lambda p: getattr(p.wrappers, name)(value, *arguments), plyo, gymnasium)


def test_an_integer_of_numpy_is_a_stack_size():
    """Gymnasium's check lets it pass, and then the queue refuses it."""
    env = plyo.wrappers.FrameStackObservation(make(plyo, "box"), np.int64(2))
    assert env.observation_space.shape == (2, 3)
    assert env.reset(seed=0)[0].shape == (2, 3)


# utils


def all_spaces(p):
    s = p.spaces
    graph = s.Graph(s.Box(1, 2, (2,)), s.Discrete(3, start=1))
    return [
        *(make_space(p) for make_space in SPACES.values()),
        s.Box(1, 2, (2,)),
        s.Box(-2, np.float32([-1, 3]), (2,)),
        s.Text(5, min_length=2, charset="xyz"),
        s.Text(5),
        s.Sequence(s.Box(0, 1)),
        s.Sequence(s.Box(0, 1), stack=True),
        graph,
        s.Graph(s.Discrete(2), None),
        s.OneOf((s.Discrete(3, start=2), s.Box(0, 1))),
    ]


def test_zeros_of_every_space():
    def zeros(p):
        made = []
        for space in all_spaces(p):
            zero = p.wrappers.utils.create_zero_array(space)
            made.append((str(space), zero, space.contains(zero)))
        return made

    ours = zeros(plyo)
    assert_same(ours, zeros(gymnasium))
    # the same as in Gymnasium: links of a graph without nodes to link are no legal ones
    assert all(contained for text, _, contained in ours if not text.startswith(("Graph", "Sequence")))


def test_zeros_of_other_spaces():
    def refused(p):
        class Other(p.spaces.Space):
            pass

        results = [
            outcome(lambda s=s: p.wrappers.utils.create_zero_array(s))[0][:2] for s in (Other((1,)), 3, None)
        ]
        results.append(outcome(lambda: p.wrappers.utils.create_zero_array("no space")))
        p.wrappers.utils.create_zero_array.register(Other, lambda space: "zero")
        return [*results, p.wrappers.utils.create_zero_array(Other((1,)))]

    assert_same(refused(plyo), refused(gymnasium))


def test_rescaled_boxes():
    def facts(p):
        results = []
        low, high = np.array([-1.0, -np.inf, 0.0, -np.inf]), np.array([1.0, 3.0, np.inf, np.inf])
        half_open = p.spaces.Box(low, high, dtype=np.float64)
        new = (np.array([0.0, -np.inf, 5.0, -np.inf]), np.array([9.0, 4.0, np.inf, np.inf]))
        huge = p.spaces.Box(-1.5e308, 1.5e308, (2,), np.float64)
        for box, bounds in ((half_open, new), (huge, (-1, 1))):
            space, forward, backward = p.wrappers.utils.rescale_box(box, *bounds)
            middle = np.nan_to_num(box.low, neginf=-2) / 2 + 1
            results += [str(space), forward(middle), backward(forward(middle))]
        return results

    def refused(p):
        rescale = p.wrappers.utils.rescale_box
        box = p.spaces.Box(-1, 1, (2,))
        bad = [(p.spaces.Discrete(2), 0, 1), (box, "a", 1), (box, 0, "a"), (box, np.zeros(3), 1), (box, 2, 1)]
        return [outcome(lambda a=a: rescale(*a)) for a in [*bad, (box, 0, np.inf), (box, 0, np.ones((2, 1)))]]

    assert_same(outcome(lambda: facts(plyo)), outcome(lambda: facts(gymnasium)))
    assert_same(refused(plyo), refused(gymnasium))


# names


def test_names():
    ours_alone = {"Affine", "EnvCompatibility", "LegacyStep", "Monitor", "RecordEpisodes"}
    assert set(plyo.wrappers.__all__) == set(gymnasium.wrappers.__all__) | ours_alone
    assert set(plyo.wrappers.__all__) <= set(dir(plyo.wrappers))
    wrappers = set(plyo.wrappers.__all__) - {"vector"}
    assert wrappers == set(plyo.wrappers._MODULE_OF)
    for name in wrappers - ours_alone - {"ArrayConversion", "JaxToNumpy", "JaxToTorch", "NumpyToTorch"}:
        ours, theirs = getattr(plyo.wrappers, name), getattr(gymnasium.wrappers, name)
        assert neutral(ours.__module__) == neutral(theirs.__module__)
        assert ours.__name__ == name
    for module in (
        "rendering",
        "transform_observation",
        "common",
        "utils",
        "stateful_action",
        "transform_reward",
        "atari_preprocessing",
    ):
        ours, theirs = getattr(plyo.wrappers, module), getattr(gymnasium.wrappers, module)
        assert set(theirs.__all__) <= set(dir(ours))


@pytest.mark.parametrize(
    "name",
    ["AutoResetWrapper", "FrameStack", "PixelObservationWrapper", "VectorListInfo", "Nothing", "__path"],
)
def test_names_that_are_gone(name):
    assert_same_outcome(lambda p: getattr(p.wrappers, name), plyo, gymnasium)


def test_modules_are_loaded_when_they_are_used():
    code = """
import sys, plyo
assert "plyo.wrappers.utils" not in sys.modules, "loaded by import plyo"
assert "plyo.wrappers.vector" not in sys.modules, "loaded by import plyo"
from plyo.wrappers import *  # noqa
"""
    # without JAX, Gymnasium's wrappers for it make `import *` fail
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "loaded by" not in run.stderr
    assert run.returncode == 0 or "DependencyNotInstalled" in run.stderr


@pytest.mark.parametrize("name", ["JaxToNumpy", "JaxToTorch", "NumpyToTorch"])
def test_missing_libraries(name, monkeypatch):
    """The error that names the package to install; the next try raises it again."""
    real_import = builtins.__import__

    def without(module, *args, **kwargs):
        if module.partition(".")[0] in ("jax", "torch"):
            raise ImportError(f"No module named {module!r}")
        return real_import(module, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    module = plyo.wrappers._MODULE_OF[name]
    for p in (plyo, gymnasium):
        monkeypatch.delitem(sys.modules, f"{p.__name__}.wrappers.{module}", raising=False)
    ours = outcome(lambda: getattr(plyo.wrappers, name))
    assert ours[0][1] == "DependencyNotInstalled"
    assert outcome(lambda: getattr(plyo.wrappers, name)) == ours
    if importlib.util.find_spec("array_api_compat") is not None:  # which Gymnasium needs for this
        assert_same(ours, outcome(lambda: getattr(gymnasium.wrappers, name)))


def test_missing_opencv(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)

    def construct(p):
        return p.wrappers.ResizeObservation(make(p, "picture"), (2, 2))

    assert_same_outcome(construct, plyo, gymnasium)
    assert outcome(lambda: construct(plyo))[0][1] == "DependencyNotInstalled"
