"""The observation wrappers of batches beside Gymnasium's, in every autoreset mode.

Gymnasium's refuse batches that reset in the same step. There the oracle is a batch of environments that are wrapped
singly, which changes the final observations as a matter of course.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import outcome
from vector_helpers import (
    MODES,
    Watcher,
    assert_same,
    batch,
    equal_spaces,
    needs_opencv,
    observation_space,
    run_side_by_side,
    steps_of,
)

import plyo

pytestmark = [
    # both packages warn of bounds that float32 cannot hold
    pytest.mark.filterwarnings("ignore:.*precision lowered by casting"),
    # Gymnasium's Box casts the range of one type to another
    pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning:gymnasium"),
]


def _double(observation: Any) -> Any:
    return observation * 2 + 1


def _shout(observation: str) -> str:
    return observation.upper()[:4]


def _split(observation: Any) -> Any:
    return {"y": observation[0:1], "x": (observation[1:], 7)}


def _parts(gym: Any) -> Any:
    pair = gym.spaces.Tuple([gym.spaces.Box(-1.0, 2.0, (2,)), gym.spaces.Discrete(9)])
    return gym.spaces.Dict({"y": gym.spaces.Box(-1.0, 2.0, (1,)), "x": pair})


def _twice(gym: Any) -> Any:
    return gym.spaces.Box(-4.0, 8.0, (3,), np.float64)


def _same_type(gym: Any) -> Any:
    return gym.spaces.Box(-1.0, 2.0, (3,))


# name of the wrapper, source of observations, arguments of either package
CASES: list[Any] = [
    *[
        ("FlattenObservation", kind, lambda gym: {})
        for kind in (
            "box",
            "box64",
            "number",
            "rgb",
            "discrete",
            "digits",
            "digits2",
            "bits",
            "dict",
            "deep",
            "pair",
        )
    ],
    ("FlattenObservation", "text", lambda gym: {}),
    ("FlattenObservation", "words", lambda gym: {}),
    ("FilterObservation", "dict", lambda gym: {"filter_keys": ["c", "a"]}),
    ("FilterObservation", "dict", lambda gym: {"filter_keys": ["a", "b", "c"]}),
    ("FilterObservation", "deep", lambda gym: {"filter_keys": ["x"]}),
    ("FilterObservation", "words", lambda gym: {"filter_keys": ["t"]}),
    ("FilterObservation", "pair", lambda gym: {"filter_keys": (2, 0)}),
    ("GrayscaleObservation", "rgb", lambda gym: {}),
    ("GrayscaleObservation", "rgb", lambda gym: {"keep_dim": True}),
    pytest.param("ResizeObservation", "rgb", lambda gym: {"shape": (3, 2)}, marks=needs_opencv),
    pytest.param("ResizeObservation", "gray", lambda gym: {"shape": (7, 4)}, marks=needs_opencv),
    ("ReshapeObservation", "box64", lambda gym: {"shape": (3, 1, 2)}),
    ("ReshapeObservation", "box64", lambda gym: {"shape": (2, 3)}),
    (
        "RescaleObservation",
        "box",
        lambda gym: {"min_obs": 0.0, "max_obs": np.array([1.0, 2.5, 7], np.float32)},
    ),
    ("RescaleObservation", "number", lambda gym: {"min_obs": 3, "max_obs": 4}),
    (
        "RescaleObservation",
        "half",
        lambda gym: {"min_obs": np.array([-np.inf, 1, 0]), "max_obs": np.array([3, np.inf, 9.0])},
    ),
    ("DtypeObservation", "box", lambda gym: {"dtype": np.float64}),
    ("DtypeObservation", "box", lambda gym: {"dtype": "float32"}),
    ("DtypeObservation", "rgb", lambda gym: {"dtype": np.float16}),
    ("DtypeObservation", "discrete", lambda gym: {"dtype": np.float32}),
    ("DtypeObservation", "digits", lambda gym: {"dtype": np.int16}),
    ("DtypeObservation", "bits", lambda gym: {"dtype": np.dtype("uint8")}),
    ("VectorizeTransformObservation", "box", lambda gym: {"func": _double, "observation_space": _twice(gym)}),
    (
        "VectorizeTransformObservation",
        "box",
        lambda gym: {"func": _double, "observation_space": _same_type(gym)},
    ),
    ("VectorizeTransformObservation", "box", lambda gym: {"func": _split, "observation_space": _parts(gym)}),
    ("VectorizeTransformObservation", "text", lambda gym: {"func": _shout, "observation_space": None}),
    ("FlattenObservation", "Pendulum-v1", lambda gym: {}),
    ("ReshapeObservation", "CartPole-v1", lambda gym: {"shape": (2, 2)}),
    ("RescaleObservation", "MountainCar-v0", lambda gym: {"min_obs": -5.0, "max_obs": np.float64(5)}),
    ("DtypeObservation", "CartPole-v1", lambda gym: {"dtype": np.float16}),
    (
        "VectorizeTransformObservation",
        "CartPole-v1",
        lambda gym: {"func": _double, "observation_space": None},
    ),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("name", "kind", "arguments"), CASES, ids=lambda value: getattr(value, "__name__", value)
)
def test_observation_wrappers_agree(name: str, kind: str, arguments: Any, mode: str) -> None:
    source = kind if "-v" in kind else f"toy:{kind}:discrete"
    # the single wrapper that the vector one is made of
    single = {"VectorizeTransformObservation": "TransformObservation"}.get(name, name)

    def wrap(gym: Any, envs: Any) -> Any:
        kwargs = arguments(gym)
        if name != single:
            kwargs["wrapper"] = getattr(gym.wrappers, single)
        return getattr(gym.wrappers.vector, name)(envs, **kwargs)

    inner = Watcher(batch(plyo, source, mode))
    ours = wrap(plyo, inner)
    if mode == "same_step":
        kwargs = arguments(gymnasium)
        theirs = batch(
            gymnasium, source, mode, lambda env: getattr(gymnasium.wrappers, single)(env, **kwargs)
        )
    else:
        theirs = wrap(gymnasium, batch(gymnasium, source, mode))
        assert_same(ours.same_out, theirs.same_out)
        assert_same(ours.out, theirs.out)
    equal_spaces(ours, theirs)
    run_side_by_side(ours, theirs, mode, steps_of(source))
    inner.check()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", ["toy:box:discrete", "CartPole-v1"])
@pytest.mark.parametrize("given", ["nothing", "single", "both"])
def test_functions_of_batches_agree(source: str, mode: str, given: str) -> None:
    def spaces(gym: Any) -> Any:
        shape = (3,) if source.startswith("toy") else (4,)
        single = gym.spaces.Box(-np.inf, np.inf, shape, np.float32)
        return {
            "nothing": {},
            "single": {"single_observation_space": single},
            "both": {
                "single_observation_space": single,
                "observation_space": gym.vector.utils.batch_space(single, 4),
            },
        }[given]

    inner = Watcher(batch(plyo, source, mode))
    ours = plyo.wrappers.vector.TransformObservation(inner, _double, **spaces(plyo))
    if mode == "same_step":
        single = spaces(gymnasium).get("single_observation_space")
        theirs = batch(
            gymnasium, source, mode, lambda env: gymnasium.wrappers.TransformObservation(env, _double, single)
        )
    else:
        inner_theirs = batch(gymnasium, source, mode)
        theirs = gymnasium.wrappers.vector.TransformObservation(inner_theirs, _double, **spaces(gymnasium))
    equal_spaces(ours, theirs)
    run_side_by_side(ours, theirs, mode)
    inner.check()


def test_functions_of_nested_batches_change_final_observations() -> None:
    source = "toy:words:discrete"
    space = batch(plyo, source, "same_step").single_observation_space

    def of_batch(observations: Any) -> Any:
        return {"b": -observations["b"], "t": tuple(_shout(text) for text in observations["t"])}

    ours = plyo.wrappers.vector.TransformObservation(batch(plyo, source, "same_step"), of_batch)
    theirs = batch(
        gymnasium,
        source,
        "same_step",
        lambda env: gymnasium.wrappers.TransformObservation(
            env, lambda o: {"b": -o["b"], "t": _shout(o["t"])}, None
        ),
    )
    assert space == ours.single_observation_space
    run_side_by_side(ours, theirs, "same_step")


def test_wrappers_stack_in_every_mode() -> None:
    for mode in MODES:

        def stack(gym: Any, envs: Any, module: Any) -> Any:
            envs = module.FilterObservation(envs, ["x"])
            envs = module.FlattenObservation(envs)
            return module.DtypeObservation(envs, np.float32)

        source = "toy:deep:discrete"
        ours = stack(plyo, batch(plyo, source, mode), plyo.wrappers.vector)
        if mode == "same_step":
            theirs = batch(gymnasium, source, mode, lambda env: stack(gymnasium, env, gymnasium.wrappers))
        else:
            theirs = stack(gymnasium, batch(gymnasium, source, mode), gymnasium.wrappers.vector)
        equal_spaces(ours, theirs)
        run_side_by_side(ours, theirs, mode)


class _Odd(plyo.vector.VectorEnv):
    """A user's batch, whose arrays are wider than its space, or no arrays."""

    metadata = {"autoreset_mode": plyo.vector.AutoresetMode.NEXT_STEP}  # noqa: RUF012

    def __init__(self, gym: Any, convert: Any) -> None:
        self.num_envs = 2
        self.single_observation_space = gym.spaces.Box(0.0, 1.0, (3,))
        self.observation_space = gym.spaces.Box(0.0, 1.0, (2, 3))
        self.single_action_space, self.action_space = gym.spaces.Discrete(2), gym.spaces.MultiDiscrete([2, 2])
        self.convert = convert

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return self.convert(np.linspace(0, 1, 6).reshape(2, 3) / 3), {}


class _OddTheirs(gymnasium.vector.VectorEnv):
    metadata = {"autoreset_mode": gymnasium.vector.AutoresetMode.NEXT_STEP}  # noqa: RUF012
    __init__, reset = _Odd.__init__, _Odd.reset


@pytest.mark.parametrize("convert", [np.asarray, np.float32, np.asfortranarray, lambda array: array.tolist()])
@pytest.mark.parametrize(
    ("name", "kwargs"),
    [
        ("FlattenObservation", {}),
        ("ReshapeObservation", {"shape": (3, 1)}),
        ("RescaleObservation", {"min_obs": -1.0, "max_obs": 1.0}),
        ("DtypeObservation", {"dtype": np.float16}),
        ("DtypeObservation", {"dtype": np.int32}),
    ],
)
def test_batches_of_other_types_agree(name: str, kwargs: Any, convert: Any) -> None:
    def observe(gym: Any) -> Any:
        envs = {plyo: _Odd, gymnasium: _OddTheirs}[gym](gym, convert)
        return getattr(gym.wrappers.vector, name)(envs, **kwargs).reset()

    assert_same(*(outcome(lambda gym=gym: observe(gym)) for gym in (plyo, gymnasium)))


class _Many(plyo.vector.VectorEnv):
    """A large batch that is only there to be wrapped."""

    metadata = {"autoreset_mode": plyo.vector.AutoresetMode.SAME_STEP}  # noqa: RUF012
    num_envs = 300

    def __init__(self, kind: str) -> None:
        self.single_observation_space = observation_space(plyo, kind)
        self.observation_space = plyo.vector.utils.batch_space(self.single_observation_space, 300)


@pytest.mark.parametrize(
    ("name", "kind", "arguments"),
    [case for case in CASES if type(case) is tuple and "-v" not in case[1] and not case[0].startswith("Vec")],
)
def test_large_batches_change_as_their_elements_do(name: str, kind: str, arguments: Any) -> None:
    envs = getattr(plyo.wrappers.vector, name)(_Many(kind), **arguments(plyo))
    observations = samples_of_batch(envs.env.observation_space)
    changed = envs.observations(observations)
    one_by_one = plyo.wrappers.vector.VectorizeTransformObservation.observations(envs, observations)
    assert_same(changed, one_by_one)
    assert changed in envs.observation_space
    rows = list(plyo.vector.utils.iterate(envs.env.observation_space, observations))
    assert_same(
        envs._with_finals(observations, rows[:3], np.arange(3))[1], [envs.wrapper.func(o) for o in rows[:3]]
    )


def samples_of_batch(space: Any) -> Any:
    space.seed(11)
    return space.sample()


def test_a_batch_keeps_the_observations_it_gave() -> None:
    envs = plyo.wrappers.vector.FlattenObservation(batch(plyo, "toy:box64:discrete", "next_step"))
    first, _ = envs.reset(seed=1)
    kept = first.copy()
    for _ in range(5):
        envs.step(np.zeros(4, int))
    assert_same(first, kept)


@pytest.mark.parametrize("digit", [-3, 3, 40, np.nan, 1.5])
def test_observations_that_are_not_in_the_space_are_not_flattened(digit: float) -> None:
    envs = plyo.wrappers.vector.FlattenObservation(batch(plyo, "toy:discrete:discrete", "next_step"))
    observations = np.array([0, 1, digit, 2])
    with pytest.raises(ValueError, match="is not an element of"):
        envs.observations(observations.astype(int) if digit in (-3, 3, 40) else observations)
