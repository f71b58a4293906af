"""Wrappers of batches that do to each environment what a wrapper around it alone does: beside such ones, every bit."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import Any

import numpy as np
import pytest
from test_fused import is_fused
from vector_helpers import MODES, actions_of, assert_same

import plyo
from plyo.wrappers.vector import (
    ClipAction,
    FrameStackObservation,
    MaxAndSkipObservation,
    NormalizeObservation,
    NormalizeReward,
    RecordEpisodeStatistics,
    RepeatAction,
    RescaleAction,
    StickyAction,
    TimeAwareObservation,
    TimeLimit,
    unfused,
)

SAMPLE = np.array([0.5, -0.25, 0.125, 1], np.float32)

#: The task, the wrapper, its arguments, and whether the engine runs it.
CASES: dict[str, tuple[str, str, dict[str, Any], bool]] = {
    "stack": ("CartPole-v1", "FrameStackObservation", {"stack_size": 3}, True),
    "stack of one": ("CartPole-v1", "FrameStackObservation", {"stack_size": 1}, True),
    "stack of zeros": (
        "Pendulum-v1",
        "FrameStackObservation",
        {"stack_size": 4, "padding_type": "zero"},
        True,
    ),
    "stack of ours": (
        "CartPole-v1",
        "FrameStackObservation",
        {"stack_size": 2, "padding_type": SAMPLE},
        True,
    ),
    "stack of choices": ("FrozenLake-v1", "FrameStackObservation", {"stack_size": 3}, True),
    "stack of tuples": ("Blackjack-v1", "FrameStackObservation", {"stack_size": 3}, False),
    "time": ("CartPole-v1", "TimeAwareObservation", {}, True),
    "fractions": ("Pendulum-v1", "TimeAwareObservation", {"normalize_time": True}, True),
    "time apart": ("CartPole-v1", "TimeAwareObservation", {"flatten": False}, False),
    "time of choices": ("FrozenLake-v1", "TimeAwareObservation", {}, False),
    "time in tuples": ("Blackjack-v1", "TimeAwareObservation", {"flatten": False}, False),
    "sticky": ("CartPole-v1", "StickyAction", {"repeat_action_probability": 0.4}, True),
    "sticky for long": (
        "Pendulum-v1",
        "StickyAction",
        {"repeat_action_probability": 0.3, "repeat_action_duration": (1, 3)},
        True,
    ),
    "sticky on ice": (
        "FrozenLake-v1",
        "StickyAction",
        {"repeat_action_probability": 0.3, "repeat_action_duration": 2},
        True,
    ),
    "repeat": ("CartPole-v1", "RepeatAction", {"num_repeats": 3}, True),
    "repeat once": ("CartPole-v1", "RepeatAction", {"num_repeats": 1}, True),
    "repeat in tuples": ("Blackjack-v1", "RepeatAction", {"num_repeats": 2}, True),
    "repeat on ice": ("FrozenLake-v1", "RepeatAction", {"num_repeats": 2}, True),
    "skip": ("CartPole-v1", "MaxAndSkipObservation", {"skip": 3}, True),
    "skip pushes": ("Pendulum-v1", "MaxAndSkipObservation", {}, True),
    "skip choices": ("FrozenLake-v1", "MaxAndSkipObservation", {"skip": 2}, True),
}


def make(case: str, mode: str, num_envs: int = 5, **arguments: Any) -> Any:
    """A native batch in a wrapper."""
    task, name, options, _ = CASES[case]
    batch = plyo.make_vec(task, num_envs, autoreset_mode=mode, max_episode_steps=13, **arguments)
    return getattr(plyo.wrappers.vector, name)(batch, **options)


def run(envs: Any, steps: int, seed: int = 0) -> list[Any]:
    space = copy.deepcopy(envs.action_space)
    space.seed(seed)
    return [envs.step(space.sample()) for _ in range(steps)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
def test_each_environment_has_the_wrapper(case: str, mode: str) -> None:
    task, name, options, is_native = CASES[case]
    single = plyo.make_vec(
        task,
        5,
        wrappers=[(getattr(plyo.wrappers, name), options)],
        vectorization_mode="sync",
        autoreset_mode=mode,
        max_episode_steps=13,
    )
    ours, plain = make(case, mode), make(case, mode)
    assert is_fused(ours) == is_native
    assert ("fused" in repr(ours)) == is_native
    assert str(ours.observation_space) == str(single.observation_space)
    assert str(ours.action_space) == str(single.action_space)
    expected = single.reset(seed=3)
    for envs in (ours, plain):
        assert_same(envs.reset(seed=3), expected)
    ended = 0
    for t, actions in zip(range(45), actions_of(single.action_space, 5), strict=False):
        expected = single.step(actions)
        assert_same(ours.step(actions), expected)
        with unfused():
            assert_same(plain.step(actions), expected)
        dones = expected[2] | expected[3]
        ended += dones.sum()
        if mode == "disabled" and t % 9 == 8:
            dones[1] = True  # one amid its episode
        if mode == "disabled" and dones.any():
            options = {"reset_mask": dones}
            expected = single.reset(options=options)
            for envs in (ours, plain):
                assert_same(envs.reset(options=options), expected)
        if t == 30:
            expected = single.reset()
            for envs in (ours, plain):
                assert_same(envs.reset(), expected)
    assert ended > 5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES)
def test_snapshots_and_pickles_hold_what_it_remembers(case: str, mode: str) -> None:
    envs = make(case, mode)
    envs.reset(seed=3)
    run(envs, 1 if mode == "disabled" else 20)
    state, pickled = envs.get_state(), pickle.dumps(envs)
    steps = 1 if mode == "disabled" else 10
    try:
        after = run(envs, steps, seed=1)
    except plyo.error.ResetNeeded:
        return  # an episode has ended, and the batch does not go on
    envs.set_state(state)
    assert_same(run(envs, steps, seed=1), after)
    other = make(case, mode)
    other.set_state(state)
    assert_same(run(other, steps, seed=1), after)
    assert_same(run(pickle.loads(pickled), steps, seed=1), after)
    few = make(case, mode, 2)
    few.reset(seed=0)
    few.set_state(envs.get_state([3]), [1])
    assert few.get_state([1]) == envs.get_state([3])


def row_of(observations: Any, row: int) -> Any:
    """A row of an array, or of every array of a tuple."""
    return tuple(part[row] for part in observations) if isinstance(observations, tuple) else observations[row]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][3]])
def test_rollouts_are_the_same(case: str, mode: str, threads: int) -> None:
    rolled, plain = (NormalizeReward(make(case, mode, 150, num_threads=n)) for n in (threads, 1))
    assert is_fused(rolled)
    first = [envs.reset(seed=3) for envs in (rolled, plain)][1]
    steps = 30
    record = ["observations", "actions", "rewards", "terminated", "truncated", "last_observations"]
    t = rolled.rollout(plyo.policies.Random(seed=2), steps, record=[*record, "final_observations"])
    observations, finals = first[0], []
    for step in range(steps):
        assert_same(row_of(t.observations, step), observations)
        with unfused():
            observations, rewards, terminated, truncated, infos = plain.step(t.actions[step])
        assert_same(
            (t.rewards[step], t.terminated[step], t.truncated[step]), (rewards, terminated, truncated)
        )
        dones = terminated | truncated
        if "final_obs" in infos:
            finals += list(infos["final_obs"][dones])
        if mode == "disabled" and dones.any():
            return
    assert_same(t.last_observations, observations)
    assert rolled.get_state() == plain.get_state()
    if mode == "same_step":
        rows = len(t.final_observations[0] if isinstance(finals[0], tuple) else t.final_observations)
        assert rows == len(finals)
        for row, final in enumerate(finals):
            assert_same(np.array(row_of(t.final_observations, row)), np.array(final))
    assert t.terminated.any() or t.truncated.any()


def test_an_environment_that_rests_keeps_its_stack_and_time() -> None:
    envs = TimeAwareObservation(
        FrameStackObservation(plyo.make_vec("CartPole-v1", 20, autoreset_mode="disabled"), 2)
    )
    envs.reset(seed=0)
    t = envs.rollout(plyo.policies.Random(seed=0), 40)
    ended = np.cumsum(t.terminated, axis=0) > 0
    rests = ended[:-1]
    assert rests.any()
    assert_same(t.observations[1:][rests], np.stack([*t.observations[2:], t.last_observations])[rests])
    assert_same(envs.timesteps, t.last_observations[:, -1].astype(np.int64))


@pytest.mark.parametrize("mode", MODES)
def test_among_other_wrappers(mode: str) -> None:
    def make_stack() -> Any:
        batch = plyo.make_vec("CartPole-v1", 37, autoreset_mode=mode, max_episode_steps=17)
        envs = RecordEpisodeStatistics(FrameStackObservation(NormalizeObservation(batch), 3))
        return NormalizeObservation(TimeAwareObservation(FrameStackObservation(envs, 2), normalize_time=True))

    fused, plain = make_stack(), make_stack()
    assert is_fused(fused)
    assert fused.single_observation_space.shape == (25,)
    assert_same(fused.reset(seed=1), plain.reset(seed=1))
    for _, actions in zip(range(30), actions_of(fused.action_space, 5), strict=False):
        ours = fused.step(actions)
        with unfused():
            theirs = plain.step(actions)
        for infos in (ours[-1], theirs[-1]):
            infos.get("episode", {}).pop("t", None)
        assert_same(ours, theirs)
        dones = ours[2] | ours[3]
        if mode == "disabled" and dones.any():
            options = {"reset_mask": dones}
            assert_same(fused.reset(options=options), plain.reset(options=options))
    layers = [(np.zeros((2, 25), np.float32), np.zeros(2, np.float32))]
    policy = plyo.policies.MLP(layers, head="categorical", seed=0)
    assert fused.rollout(policy, 3, record=["log_probs", "observations"]).observations.shape == (3, 37, 25)


def test_a_network_reads_a_stack() -> None:
    envs = FrameStackObservation(plyo.make_vec("CartPole-v1", 6), 2)
    envs.reset(seed=0)
    weights = np.zeros((2, 8), np.float32)
    weights[1, 6], weights[1, 2] = 1, -1  # the way that the angle has changed
    t = envs.rollout(plyo.policies.MLP([(weights, np.zeros(2, np.float32))]), 20)
    turns = t.observations[:, :, 1, 2] - t.observations[:, :, 0, 2]
    assert_same(t.actions, (turns > 0).astype(np.int64))


def test_a_time_limit_counts_the_steps_of_the_task() -> None:
    envs = RepeatAction(TimeLimit(plyo.make_vec("CartPole-v1", 4), 9), 2)
    envs.reset(seed=0)
    lengths = np.zeros(4, int)
    for _ in range(5):
        _, rewards, _, truncated, _ = envs.step(np.array([0, 1, 0, 1]))
        lengths += rewards.astype(int)
    assert is_fused(envs)
    assert lengths.tolist() == [9] * 4
    assert truncated.all()


def test_wrappers_that_are_not_fused_say_so() -> None:
    pushes = plyo.make_vec("Pendulum-v1", 4)
    inside = StickyAction(RescaleAction(pushes, np.float32(-1), np.float32(1)), 0.5)
    assert repr(inside).startswith("<StickyAction, <fused RescaleAction")
    envs = NormalizeReward(inside)
    envs.reset(seed=0)
    with pytest.raises(TypeError, match="StickyAction has no native form"):
        envs.rollout(plyo.policies.Random(0), 3)
    outside = RescaleAction(StickyAction(pushes, 0.5), np.float32(-1), np.float32(1))
    assert is_fused(outside)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_repeated_and_sticky_actions_among_other_wrappers(mode: str, dtype: str) -> None:
    def make_stack() -> Any:
        batch = plyo.make_vec(
            "Pendulum-v1", 37, autoreset_mode=mode, max_episode_steps=17, reward_dtype=dtype
        )
        envs = RecordEpisodeStatistics(StickyAction(MaxAndSkipObservation(TimeLimit(batch, 15), 4), 0.3))
        envs = NormalizeReward(NormalizeObservation(FrameStackObservation(envs, 2)))
        return ClipAction(RescaleAction(envs, np.float32(-1), np.float32(1)))

    fused, plain = make_stack(), make_stack()
    assert is_fused(fused)
    assert_same(fused.reset(seed=1), plain.reset(seed=1))
    for _, actions in zip(range(20), actions_of(fused.action_space, 5), strict=False):
        ours = fused.step(actions)
        with unfused():
            theirs = plain.step(actions)
        for infos in (ours[-1], theirs[-1]):
            infos.get("episode", {}).pop("t", None)
        assert_same(ours, theirs)
        dones = ours[2] | ours[3]
        if mode == "disabled" and dones.any():
            options = {"reset_mask": dones}
            assert_same(fused.reset(options=options), plain.reset(options=options))
    assert fused.unwrapped.get_state() == plain.unwrapped.get_state()


def test_what_a_step_refuses_sticks_to_nothing() -> None:
    envs = StickyAction(plyo.make_vec("CartPole-v1", 300, num_threads=2), 0.5, (1, 4))
    envs.reset(seed=0)
    run(envs, 5)
    before = envs.get_state()
    actions = np.zeros(300, np.int64)
    actions[299] = 2
    with pytest.raises(plyo.error.InvalidAction, match="environment 299"):
        envs.step(actions)
    with pytest.raises(plyo.error.InvalidAction, match="environment 299"):
        envs.rollout(lambda observations: actions, 3)
    assert envs.get_state() == before


def test_the_larger_of_two_pictures() -> None:
    options: dict[str, Any] = {"observation": "pixels", "size": (24, 16), "stack": 2}
    fused, plain = (MaxAndSkipObservation(plyo.make_vec("CartPole-v1", 3, **options), 3) for _ in range(2))
    assert is_fused(fused)
    assert_same(fused.reset(seed=1), plain.reset(seed=1))
    for _, actions in zip(range(40), actions_of(fused.action_space, 5), strict=False):
        ours = fused.step(actions)
        with unfused():
            assert_same(ours, plain.step(actions))


def test_a_rollout_begins_with_what_the_last_step_has_shown() -> None:
    envs = MaxAndSkipObservation(plyo.make_vec("Pendulum-v1", 3), 4)
    envs.reset(seed=0)
    shown = envs.step(np.ones((3, 1), np.float32))[0]
    assert_same(envs.rollout(plyo.policies.Random(0), 2).observations[0], shown)


def test_lists_of_wrappers_keep_a_batch_native() -> None:
    skip, stick = plyo.wrappers.MaxAndSkipObservation, plyo.wrappers.StickyAction
    wrappers = [
        partial(plyo.wrappers.TimeLimit, max_episode_steps=9),
        skip,
        (stick, {"repeat_action_probability": 0.5}),
    ]
    envs = plyo.make_vec("CartPole-v1", 3, wrappers=wrappers)
    assert is_fused(envs)
    alone = plyo.make_vec("CartPole-v1", 3, wrappers=wrappers, vectorization_mode="sync")
    assert_same(envs.reset(seed=0), alone.reset(seed=0))
    for _, actions in zip(range(20), actions_of(alone.action_space, 5), strict=False):
        assert_same(envs.step(actions), alone.step(actions))
    # around each environment: steps of another wrapper are repeated, or repetitions counted
    for others in ([wrappers[2], skip], [skip, wrappers[0]]):
        envs = plyo.make_vec("CartPole-v1", 3, wrappers=others)
        assert isinstance(envs.unwrapped, plyo.vector.SyncVectorEnv)


def test_float32_rewards_are_added_up_exactly() -> None:
    wide, narrow = (plyo.make_vec("Pendulum-v1", 3, reward_dtype=dtype) for dtype in ("float64", "float32"))
    envs = RepeatAction(narrow, 4)
    wide.reset(seed=0), envs.reset(seed=0)
    actions = np.ones((3, 1), np.float32)
    total = sum(wide.step(actions)[1].astype(np.float32).astype(np.float64) for _ in range(4))
    assert_same(envs.step(actions)[1], np.asarray(total).astype(np.float32))


def test_mistakes() -> None:
    batch = plyo.make_vec("CartPole-v1", 2)
    cases: list[tuple[Any, type[Exception], str]] = [
        (lambda: FrameStackObservation(batch, 2.0), TypeError, "stack_size is expected to be an integer"),
        (lambda: FrameStackObservation(batch, 0), ValueError, "greater than zero"),
        (lambda: FrameStackObservation(batch, 2, padding_type=SAMPLE[:3]), ValueError, "padding_type"),
        (lambda: TimeAwareObservation(plyo.make_vec("Blackjack-v1", 2)), ValueError, "TimeLimit"),
        (lambda: StickyAction(batch, 1.0), plyo.error.InvalidProbability, r"\[0,1\)"),
        (lambda: StickyAction(batch, 0.5, (3, 1)), plyo.error.InvalidBound, "valid bound"),
        (lambda: StickyAction(batch, 0.5, 0), ValueError, "larger or equal than 1"),
        (lambda: RepeatAction(batch, 0), ValueError, "equal or greater than one"),
        (lambda: RepeatAction(batch, 1.5), TypeError, "expected to be an integer"),
        (lambda: RepeatAction(NormalizeObservation(batch), 2), TypeError, "directly around a native one"),
        (lambda: MaxAndSkipObservation(batch, 1), ValueError, "greater than two"),
        (lambda: MaxAndSkipObservation(plyo.make_vec("Blackjack-v1", 2)), ValueError, "shape"),
        (lambda: MaxAndSkipObservation(batch, None), TypeError, "expected to be an integer"),
    ]
    for call, kind, message in cases:
        with pytest.raises(kind, match=message):
            call()
    sync = plyo.make_vec("CartPole-v1", 2, vectorization_mode="sync")
    for wrapper in (RepeatAction, MaxAndSkipObservation):
        with pytest.raises(TypeError, match=r"make_vec\(..., wrappers="):
            wrapper(sync, 2)
