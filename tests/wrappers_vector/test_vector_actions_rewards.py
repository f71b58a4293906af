"""The wrappers of actions and rewards of batches, and the lists of infos, beside Gymnasium's."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import Any

import gymnasium
import numpy as np
import pytest
from differential import outcome
from vector_helpers import MODES, Watcher, assert_same, batch, equal_spaces, run_side_by_side, steps_of, toys

import plyo

# both packages warn of bounds that float32 cannot hold
pytestmark = pytest.mark.filterwarnings("ignore:.*precision lowered by casting")


def _halve(action: Any) -> Any:
    return action * np.float32(0.5)


def _clockwise(gym: Any) -> Any:
    return gym.spaces.Box(-3.0, 3.0, (2,))


def _pair_of_halves(action: Any) -> Any:
    return action[0] * np.float32(0.5), 1 - action[1]


def _take_key(action: Any) -> Any:
    return action["key"]


def _keyed(gym: Any) -> Any:
    return gym.spaces.Dict({"key": gym.spaces.Box(-1.0, 1.0, (2,))})


def _single(gym: Any, **kwargs: Any) -> dict[str, Any]:
    return {"wrapper": gym.wrappers.TransformAction, **kwargs}


ACTION_CASES: list[tuple[str, str, Any]] = [
    ("ClipAction", "toy:box:box", lambda gym: {}),
    ("ClipAction", "toy:box:free", lambda gym: {}),
    ("ClipAction", "Pendulum-v1", lambda gym: {}),
    ("RescaleAction", "toy:box:box", lambda gym: {"min_action": 0.0, "max_action": np.array([1.0, 4.0])}),
    ("RescaleAction", "MountainCarContinuous-v0", lambda gym: {"min_action": -3, "max_action": 3}),
    ("TransformAction", "toy:box:box", lambda gym: {"func": _halve}),
    ("TransformAction", "toy:box:box", lambda gym: {"func": _halve, "single_action_space": _clockwise(gym)}),
    ("TransformAction", "Pendulum-v1", lambda gym: {"func": _halve}),
    ("VectorizeTransformAction", "toy:box:box", lambda gym: _single(gym, func=_halve, action_space=None)),
    (
        "VectorizeTransformAction",
        "toy:box:box",
        lambda gym: _single(gym, func=_halve, action_space=_clockwise(gym)),
    ),
    (
        "VectorizeTransformAction",
        "toy:box:pair",
        lambda gym: _single(gym, func=_pair_of_halves, action_space=None),
    ),
    (
        "VectorizeTransformAction",
        "toy:box:box",
        lambda gym: _single(gym, func=_take_key, action_space=_keyed(gym)),
    ),
    (
        "VectorizeTransformAction",
        "CartPole-v1",
        lambda gym: _single(gym, func=lambda action: action // 2, action_space=gym.spaces.Discrete(4)),
    ),
]

REWARD_CASES: list[tuple[str, Any]] = [
    ("ClipReward", lambda gym: {"min_reward": 0.25}),
    ("ClipReward", lambda gym: {"max_reward": np.float64(0.5)}),
    ("ClipReward", lambda gym: {"min_reward": -1, "max_reward": 0.25}),
    ("TransformReward", lambda gym: {"func": lambda rewards: 2 * rewards - 1}),
    (
        "VectorizeTransformReward",
        lambda gym: {"wrapper": gym.wrappers.TransformReward, "func": lambda reward: max(reward, 0) ** 2},
    ),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("name", "source", "arguments"), ACTION_CASES)
def test_action_wrappers_agree(name: str, source: str, arguments: Any, mode: str) -> None:
    ours, theirs = (
        getattr(gym.wrappers.vector, name)(batch(gym, source, mode), **arguments(gym))
        for gym in (plyo, gymnasium)
    )
    equal_spaces(ours, theirs)
    if hasattr(theirs, "same_out"):
        assert_same(ours.same_out, theirs.same_out)
    run_side_by_side(ours, theirs, mode, steps_of(source))


@pytest.mark.parametrize(
    "actions", [np.array([[5.0, -5], [0, 9], [1, 2], [3, 3]]), np.full((4, 2), 7, np.int32)]
)
@pytest.mark.parametrize("as_type", [np.asarray, np.float32, np.asfortranarray, lambda array: array.tolist()])
@pytest.mark.parametrize("name", ["ClipAction", "RescaleAction"])
@pytest.mark.parametrize("space", ["box", "free"])
def test_actions_of_other_types_agree(name: str, actions: Any, as_type: Any, space: str) -> None:
    if (name, space) == ("RescaleAction", "free"):
        kwargs = {"min_action": -np.inf, "max_action": np.inf}
    else:
        kwargs = {} if name == "ClipAction" else {"min_action": -9.0, "max_action": 9.0}

    def change(gym: Any) -> Any:
        envs = getattr(gym.wrappers.vector, name)(toys(gym, action=space), **kwargs)
        return envs.actions(deepcopy(as_type(actions)))

    assert_same(*(outcome(lambda gym=gym: change(gym)) for gym in (plyo, gymnasium)))


def test_actions_without_an_axis_are_clipped() -> None:
    # an action space of shape (1,) takes one number for each environment
    ours, theirs = (
        gym.wrappers.vector.ClipAction(batch(gym, "Pendulum-v1", "next_step")) for gym in (plyo, gymnasium)
    )
    for envs in (ours, theirs):
        envs.reset(seed=1)
    assert_same(ours.step(np.array([5.0, -5.0, 0.5, 2.0])), theirs.step(np.array([5.0, -5.0, 0.5, 2.0])))


@pytest.mark.parametrize("name", ["ClipAction", "VectorizeTransformAction"])
def test_actions_of_the_caller_stay(name: str) -> None:
    kwargs = {} if name == "ClipAction" else _single(plyo, func=_halve, action_space=None)
    envs = getattr(plyo.wrappers.vector, name)(toys(plyo, action="free"), **kwargs)
    envs.reset(seed=1)
    actions = np.full((4, 2), 3.0, np.float32)
    kept = actions.copy()
    envs.step(actions)
    assert_same(actions, kept)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", ["toy:box:box", "Pendulum-v1"])
@pytest.mark.parametrize(("name", "arguments"), REWARD_CASES)
def test_reward_wrappers_agree(name: str, arguments: Any, source: str, mode: str) -> None:
    inner = Watcher(batch(plyo, source, mode))
    ours = getattr(plyo.wrappers.vector, name)(inner, **arguments(plyo))
    theirs = getattr(gymnasium.wrappers.vector, name)(batch(gymnasium, source, mode), **arguments(gymnasium))
    run_side_by_side(ours, theirs, mode, steps_of(source))
    inner.check()


@pytest.mark.parametrize(
    ("dtype", "bounds"),
    [
        *product(
            [np.float32, np.float64, object],
            [(0.25, 0.75), (-1, None), (None, np.float32(1.3)), (np.array([0.5]), None)],
        ),
        (np.int64, (-1, 1)),  # Gymnasium cuts off the fractions of other bounds
        (np.int64, (-1, None)),
    ],
)
def test_clipped_rewards_of_other_types_agree(dtype: Any, bounds: Any) -> None:
    def clip(gym: Any) -> Any:
        envs = gym.wrappers.vector.ClipReward(toys(gym), *bounds)
        return envs.rewards(np.array([-3, 0, 1, 2]).astype(dtype))

    # NumPy is about to refuse to take the only element of an array for a number
    assert_same(*(outcome(lambda gym=gym: clip(gym)) for gym in (plyo, gymnasium)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", ["toy:dict:discrete", "CartPole-v1"])
@pytest.mark.parametrize("with_statistics", [False, True])
def test_lists_of_infos_agree(source: str, mode: str, with_statistics: bool) -> None:
    def wrap(gym: Any) -> Any:
        envs = batch(gym, source, mode)
        if with_statistics and mode != "disabled":  # Gymnasium's forgets all statistics at a partial reset
            envs = gym.wrappers.vector.RecordEpisodeStatistics(envs)
        return gym.wrappers.vector.DictInfoToList(envs)

    def compare(ours: Any, theirs: Any) -> None:
        for info in (*ours[-1], *theirs[-1]):
            if "episode" in info:
                assert info["episode"].pop("t") >= 0
        assert_same(ours, theirs)

    run_side_by_side(wrap(plyo), wrap(gymnasium), mode, compare=compare)


@pytest.mark.parametrize(
    "infos",
    [
        {},
        {"k": np.array([1.0, 2]), "_k": np.array([False, True])},
        {"k": np.array([1.0, 2])},
        {"k": np.array([[1, 2], [3, 4]]), "_k": [1, 0]},
        {"k": np.array(["a", None], dtype=object), "_k": np.array([True, True])},
        {"d": {"k": np.array([1, 2]), "_k": np.array([True, False])}, "_d": np.array([True, True])},
        {"d": {"k": np.array([1, 2]), "_k": np.array([True, False])}},
        {"_alone": np.array([True, False])},
        {"k": np.array([1, 2, 3])},
        {"k": [1, 2]},
        {"k": np.array([1, 2]), "_k": np.array([True])},
        {"d": {"k": np.array([1, 2])}, "_d": np.array([True])},
    ],
)
def test_any_infos_become_the_same_list(infos: Any) -> None:
    def convert(gym: Any) -> Any:
        make = lambda: gym.make("CartPole-v1")  # noqa: E731
        envs = gym.wrappers.vector.DictInfoToList(gym.vector.SyncVectorEnv([make, make]))
        return outcome(lambda: envs._convert_info_to_list(deepcopy(infos)))

    assert_same(convert(plyo), convert(gymnasium))
