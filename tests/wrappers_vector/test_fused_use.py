"""What users do with fused wrappers: evaluate, save, interrupt, make mistakes."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import Any

import gymnasium
import numpy as np
import pytest
from test_fused import is_fused, make, memory, timeless
from vector_helpers import MODES, actions_of, assert_same, close_to

import plyo
from plyo.policies import MLP, Constant, Linear, Random, Sequence
from plyo.wrappers import Affine
from plyo.wrappers.vector import (
    ClipAction,
    ClipReward,
    DictInfoToList,
    DtypeObservation,
    NormalizeObservation,
    NormalizeReward,
    RecordEpisodeStatistics,
    RescaleAction,
    TimeLimit,
    TransformReward,
    unfused,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*precision lowered by casting")


def usual(envs: Any) -> Any:
    return NormalizeReward(NormalizeObservation(RecordEpisodeStatistics(envs)))


def cart_poles(num_envs: int = 9, **arguments: Any) -> Any:
    return usual(plyo.make_vec("CartPole-v1", num_envs, num_threads=1, **arguments))


def everything(envs: Any) -> Any:
    """All that a wrapped batch is."""
    return memory(envs), envs.unwrapped.get_state()


def run(envs: Any, steps: int, seed: int = 0) -> list[Any]:
    space = copy.deepcopy(envs.action_space)
    space.seed(seed)
    return [timeless(envs.step(space.sample())) for _ in range(steps)]


# Beside Gymnasium.


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
@pytest.mark.parametrize("task", ["CartPole-v1", "Pendulum-v1", "MountainCarContinuous-v0"])
def test_the_numbers_of_gymnasium(task: str, mode: str) -> None:
    """Gymnasium normalises no observations in same-step mode, and counts rewards otherwise from the first end on."""

    def wrap(gym: Any, envs: Any) -> Any:
        kinds = gym.wrappers.vector
        envs = kinds.RecordEpisodeStatistics(envs)
        return kinds.NormalizeReward(envs if mode == "same_step" else kinds.NormalizeObservation(envs))

    ours = wrap(plyo, plyo.make_vec(task, 5, autoreset_mode=mode, math="reference"))
    kwargs: Any = {"autoreset_mode": gymnasium.vector.AutoresetMode[mode.upper()]}
    inner: Any = gymnasium.make_vec(task, 5, vectorization_mode="sync", vector_kwargs=kwargs)
    theirs = wrap(gymnasium, inner)
    assert is_fused(ours)
    close_to(timeless(ours.reset(seed=1)), timeless(theirs.reset(seed=1)))
    for _, actions in zip(range(60), actions_of(theirs.action_space, 2), strict=False):
        mine, other = timeless(ours.step(actions)), timeless(theirs.step(actions))
        if mode == "same_step" and (mine[2] | mine[3]).any():
            break
        close_to(mine, other)


# Frozen moments, saved and moved.


def test_frozen_moments_stay() -> None:
    train, plain = cart_poles(), cart_poles()
    for envs in (train, plain):
        envs.reset(seed=0)
        run(envs, 30)
        envs.update_running_mean = envs.env.update_running_mean = False
    before = train.env.obs_rms.mean.copy(), train.return_rms.var, train.env.obs_rms.count
    ours = run(train, 10, seed=4)
    with unfused():
        assert_same(ours, run(plain, 10, seed=4))
    assert_same((train.env.obs_rms.mean, train.return_rms.var, train.env.obs_rms.count), before)
    trajectory = train.rollout(Random(0), 5)
    assert_same((train.env.obs_rms.mean, train.return_rms.var, train.env.obs_rms.count), before)
    assert np.isfinite(trajectory.observations).all()


def test_moments_move_to_an_evaluation_batch() -> None:
    train, test = cart_poles(), cart_poles(4)
    train.reset(seed=0)
    run(train, 30)
    test.env.obs_rms, test.return_rms = copy.deepcopy((train.env.obs_rms, train.return_rms))
    test.update_running_mean = test.env.update_running_mean = False
    observations, _ = test.reset(seed=9)
    assert is_fused(test)
    raw, _ = plyo.make_vec("CartPole-v1", 4).reset(seed=9)
    moments = train.env.obs_rms
    np.testing.assert_allclose(
        observations, (raw - moments.mean) / np.sqrt(moments.var + 1e-8), rtol=1e-5, atol=1e-6
    )
    last = run(test, 5)[-1][0]
    assert_same(test.rollout(Random(0), 1).observations[0], last)


# Snapshots, pickles and copies.


@pytest.mark.parametrize("mode", MODES)
def test_snapshots_hold_what_wrappers_remember(mode: str) -> None:
    envs = cart_poles(autoreset_mode=mode)
    envs.reset(seed=0)
    run(envs, 6 if mode == "disabled" else 40)
    state, there = envs.get_state(), everything(envs)
    after = run(envs, 2, seed=1), everything(envs)
    envs.set_state(state)
    assert_same(everything(envs), there)
    assert_same((run(envs, 2, seed=1), everything(envs)), after)
    other = cart_poles(autoreset_mode=mode)
    other.set_state(state)
    assert_same(everything(other), there)
    with unfused():
        assert_same((run(other, 2, seed=1), everything(other)), after)


def test_snapshots_of_some_environments() -> None:
    envs, other = cart_poles(), cart_poles(3)
    envs.reset(seed=0)
    run(envs, 25)
    one = envs.get_state([4])
    other.reset(seed=5)
    moments = other.env.obs_rms.mean.copy()
    other.set_state(one, [0, 2])
    record = other.env.env
    assert_same(record.episode_returns[[0, 2]], envs.env.env.episode_returns[[4, 4]])
    assert_same(other.env.obs_rms.mean, moments)  # those of all lanes stay
    other.set_state(one)
    assert_same(record.episode_lengths, envs.env.env.episode_lengths[[4, 4, 4]])
    assert_same(other.env.obs_rms.mean, envs.env.obs_rms.mean)
    assert list(record.return_queue) == list(envs.env.env.return_queue)


def test_damaged_snapshots_change_nothing() -> None:
    envs = cart_poles()
    envs.reset(seed=0)
    run(envs, 25)
    state, there = envs.get_state(), everything(envs)
    rng = np.random.default_rng(0)
    wrong: list[Any] = [state[:-1], state[:40], state + b"x", b"", state[8:], envs.env.get_state()]
    wrong += [envs.unwrapped.get_state(), cart_poles(3).get_state()]
    for place in rng.integers(0, 400, 200):
        damaged = bytearray(state)
        damaged[place] ^= 1 << int(rng.integers(8))
        wrong.append(bytes(damaged))
    refused = 0
    for each in wrong:
        try:
            envs.set_state(each)
        except ValueError:
            refused += 1
            assert_same(everything(envs), there)
        else:
            envs.set_state(state)
    assert refused > 100
    with pytest.raises(TypeError, match="bytes"):
        envs.set_state("text")


def test_pickles_and_copies_go_on_alike() -> None:
    envs = cart_poles()
    envs.reset(seed=0)
    run(envs, 30)
    copies = [pickle.loads(pickle.dumps(envs)), copy.deepcopy(envs)]
    expected = run(envs, 20, seed=1), everything(envs)
    for other in copies:
        assert is_fused(other)
        assert_same((run(other, 20, seed=1), everything(other)), expected)


# Mistakes and interruptions.


def test_an_illegal_action_changes_nothing() -> None:
    envs = cart_poles(autoreset_mode="same_step")  # no action is ignored
    envs.reset(seed=0)
    run(envs, 25)
    there = everything(envs)
    actions = np.zeros(9, np.int64)
    actions[7] = 2
    with pytest.raises(plyo.error.InvalidAction, match="environment 7"):
        envs.step(actions)
    assert_same(everything(envs), there)
    with pytest.raises(plyo.error.InvalidAction, match="environment 7"):
        envs.rollout(Sequence(np.stack([np.zeros(9, np.int64)] * 5 + [actions])), 6)
    assert_same(everything(envs), there)


def test_an_exception_of_a_policy_changes_nothing() -> None:
    envs = cart_poles()
    envs.reset(seed=0)
    run(envs, 25)
    there = everything(envs)
    calls = []

    def policy(observations: Any) -> Any:
        calls.append(observations)
        if len(calls) == 20:
            raise KeyboardInterrupt
        with pytest.raises(RuntimeError):
            envs.step(np.zeros(9, np.int64))
        return np.zeros(9, np.int64)

    with pytest.raises(KeyboardInterrupt):
        envs.rollout(policy, 50)
    assert len(calls) == 20
    assert_same(everything(envs), there)


def test_functions_as_policies() -> None:
    ours, plain = cart_poles(), cart_poles()
    for envs in (ours, plain):
        envs.reset(seed=0)

    def policy(observations: Any) -> Any:
        return (observations[:, 2] > 0).astype(np.int64)

    trajectory = ours.rollout(policy, 40)
    weights = np.array([[0, 0, 0, 0], [0, 0, 1, 0]], np.float32)
    native = plain.rollout(Linear(weights), 40)
    for name in ("observations", "actions", "rewards", "terminated", "truncated", "last_observations"):
        assert_same(getattr(trajectory, name), getattr(native, name))
    assert_same(everything(ours), everything(plain))


def test_resting_environments_change_nothing() -> None:
    """In disabled mode a rollout goes on without the environments whose episode has ended."""
    envs = usual(plyo.make_vec("CartPole-v1", 6, autoreset_mode="disabled", num_threads=1))
    envs = TransformReward(envs, Affine(1.0, 3.0))
    envs.reset(seed=0)
    trajectory = envs.rollout(Constant(1), 40)
    ended = trajectory.terminated.argmax(axis=0)
    assert trajectory.terminated.sum(axis=0).tolist() == [1] * 6
    statistics = envs.env.env.env
    assert statistics.episode_count == 6
    assert sorted(statistics.length_queue) == sorted((ended + 1).tolist())
    for lane, last in enumerate(ended):
        assert (trajectory.rewards[last + 1 :, lane] == 0).all()
        assert (trajectory.rewards[: last + 1, lane] > 3).all()
    assert statistics.prev_dones.all()
    assert statistics.episode_lengths.tolist() == (ended + 1).tolist()
    # each observation was counted once
    assert envs.env.env.obs_rms.count == pytest.approx(1e-4 + 6 + (ended + 1).sum())
    with pytest.raises(plyo.error.ResetNeeded):
        envs.step(np.ones(6, np.int64))
    envs.reset(options={"reset_mask": np.ones(6, bool)})
    envs.step(np.ones(6, np.int64))


def test_closed_batches_say_so() -> None:
    envs = cart_poles()
    envs.reset(seed=0)
    envs.step(np.zeros(9, np.int64))
    envs.close()
    for call in (
        lambda: envs.step(np.zeros(9, np.int64)),
        lambda: envs.rollout(Random(0), 3),
        lambda: envs.get_state(),
    ):
        with pytest.raises(plyo.error.ClosedEnvironmentError):
            call()
    assert "NormalizeReward" in repr(envs)


# Arrays.


@pytest.mark.parametrize("wrapper", [NormalizeObservation, partial(DtypeObservation, dtype=np.float64)])
def test_results_in_arrays_of_the_caller(wrapper: Any) -> None:
    ours, plain = (wrapper(plyo.make_vec("CartPole-v1", 9)) for _ in range(2))
    for envs in (ours, plain):
        envs.reset(seed=0)
    dtype = ours.observation_space.dtype
    out = np.empty((9, 4), dtype), np.empty(9), np.empty(9, bool), None
    actions = np.ones(9, np.int64)
    for _ in range(15):
        result = ours.step(actions, out)
        assert result[0] is out[0]
        assert result[1] is out[1]
        with unfused():
            again = [np.empty_like(part) if part is not None else None for part in out]
            expected = plain.step(actions, again)
        assert expected[0] is again[0]
        assert_same(result, expected)
    with pytest.raises(TypeError, match="float"):
        ours.step(actions, (np.empty((9, 4), np.int8), None, None, None))
    with pytest.raises(ValueError, match="shape"):
        ours.step(actions, (np.empty((8, 4), dtype), None, None, None))
    with pytest.raises(TypeError):
        ours.step(actions, 3)


def test_fresh_arrays_stay() -> None:
    envs = cart_poles()
    envs.reset(seed=0)
    kept = [envs.step(np.ones(9, np.int64)) for _ in range(30)]
    then = copy.deepcopy(kept)
    for _ in range(30):
        envs.step(np.zeros(9, np.int64))
    envs.rollout(Random(0), 20)
    assert_same(kept, then)


def test_rings_of_arrays() -> None:
    ours, plain = cart_poles(num_buffers=3), cart_poles()
    ours.reset(seed=0), plain.reset(seed=0)
    first = None
    for t in range(30):
        mine, theirs = ours.step(np.ones(9, np.int64)), plain.step(np.ones(9, np.int64))
        assert_same(timeless(mine), timeless(theirs))
        if t % 3 == 0:
            first = mine[0] if first is None else first
            assert mine[0] is first
    for wrong in (np.full(9, 5), np.full(9, 5)):
        with pytest.raises(plyo.error.InvalidAction):
            ours.step(wrong)


def test_rollouts_into_arrays_of_the_caller() -> None:
    ours, plain = cart_poles(), cart_poles()
    ours.reset(seed=0), plain.reset(seed=0)
    out = {"observations": np.empty((7, 9, 4), np.float32), "rewards": np.empty((7, 9))}
    trajectory = ours.rollout(Random(3), 7, record=["actions"], out=out)
    expected = plain.rollout(Random(3), 7)
    assert trajectory.observations is out["observations"]
    for name in ("observations", "rewards", "actions"):
        assert_same(getattr(trajectory, name), getattr(expected, name))
    assert trajectory.terminated is None
    with pytest.raises(TypeError, match="observations"):
        ours.rollout(Random(3), 7, out={"observations": np.empty((7, 9, 4))})
    with pytest.raises(ValueError, match="share memory"):
        ours.rollout(
            Random(3),
            7,
            out={"observations": out["observations"], "last_observations": out["observations"][0]},
        )


# What cannot be fused runs all the same.


def test_state_of_another_kind_runs_in_python() -> None:
    ours, plain = cart_poles(), cart_poles()
    for envs in (ours, plain):
        envs.reset(seed=0)
        envs.gamma = np.float64(0.9)  # NumPy's numbers change the types of results
        envs.env.env.episode_returns = envs.env.env.episode_returns[::-1].copy()[::-1]
    mine = run(ours, 20)
    with unfused():
        assert_same(mine, run(plain, 20))
    assert_same(memory(ours), memory(plain))
    with pytest.raises(TypeError, match="another type"):
        ours.rollout(Random(0), 3)


def test_a_subclass_runs_by_itself() -> None:
    class Halved(ClipReward):
        def rewards(self, rewards: Any) -> Any:
            return rewards / 2

    envs = Halved(RecordEpisodeStatistics(plyo.make_vec("CartPole-v1", 4)), max_reward=1)
    envs.reset(seed=0)
    assert envs.step(np.ones(4, np.int64))[1].tolist() == [0.5] * 4
    assert repr(envs).startswith("<Halved, <fused RecordEpisodeStatistics, ")
    with pytest.raises(TypeError, match="Halved has no native form"):
        envs.rollout(Random(0), 3)


def test_wrappers_that_are_exchanged() -> None:
    envs = TransformReward(plyo.make_vec("CartPole-v1", 4), Affine(2.0))
    envs.reset(seed=0)
    actions = np.ones(4, np.int64)
    assert envs.step(actions)[1].tolist() == [2.0] * 4
    envs.func = Affine(3.0)
    assert envs.step(actions)[1].tolist() == [3.0] * 4
    envs.func = lambda rewards: rewards - 1
    assert envs.step(actions)[1].tolist() == [0.0] * 4
    envs.func = Affine(5.0)
    other = plyo.make_vec("CartPole-v1", 2)
    other.reset(seed=0)
    envs.env = other
    assert envs.step(np.ones(2, np.int64))[1].tolist() == [5.0] * 2


def test_a_key_that_is_taken() -> None:
    batch = plyo.make_vec("CartPole-v1", 4, record_episode_statistics=True)
    envs = RecordEpisodeStatistics(batch)
    envs.reset(seed=0)
    assert not is_fused(envs)
    with pytest.raises(ValueError, match="already exists"):
        run(envs, 30)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("case", ["the usual", "statistics twice", "many", "rewards clipped from below"])
def test_rewards_of_float32_stay_so(case: str, mode: str, threads: int) -> None:
    arguments = {"reward_dtype": "float32", "num_envs": 150}
    fused, plain = make(case, mode, threads, **arguments), make(case, mode, **arguments)
    rolled, given = make(case, mode, threads, **arguments), make(case, mode, **arguments)
    assert is_fused(fused)
    for envs in (fused, plain, rolled, given):
        observations = envs.reset(seed=3)[0]
    steps, room = 30, np.empty((30, 150), np.float32)
    policy = Sequence(
        np.stack([a for _, a in zip(range(steps), actions_of(plain.action_space, 5), strict=False)])
    )
    t = rolled.rollout(policy, steps, record=["observations", "actions", "rewards"])
    into = given.rollout(policy, steps, record=[], out={"rewards": room})
    assert into.rewards is room
    assert_same(room, t.rewards)
    out = (None, np.empty(150, np.float32), None, None)
    for step in range(steps):
        assert_same(t.observations[step], observations)
        ours = fused.step(t.actions[step], out=out if step % 2 else None)
        with unfused():
            theirs = plain.step(t.actions[step])
        assert_same(timeless(ours), timeless(theirs))
        assert_same(memory(fused), memory(plain))
        observations, rewards = ours[:2]
        assert rewards.dtype == np.float32
        assert (rewards is out[1]) == bool(step % 2)
        assert_same(t.rewards[step], rewards)
        if mode == "disabled" and (ours[2] | ours[3]).any():
            return
    assert_same(memory(rolled), memory(fused))


def test_arrays_for_float32_rewards_are_checked() -> None:
    envs = cart_poles(reward_dtype="float32")
    envs.reset(seed=0)
    there = everything(envs)
    with pytest.raises(TypeError, match=r"rewards.* float32"):
        envs.step(np.ones(9, np.int64), out=(None, np.empty(9), None, None))
    with pytest.raises(TypeError, match="float32"):
        envs.rollout(Random(0), 3, out={"rewards": np.empty((3, 9))})
    assert_same(everything(envs), there)


def test_advantages_of_float32_rewards() -> None:
    envs = cart_poles(reward_dtype="float32")
    envs.reset(seed=0)
    ones, zeros = np.ones((2, 4), np.float32), np.zeros((1, 4), np.float32)
    value = [(zeros, np.ones(1, np.float32))]
    policy = MLP([(ones, np.zeros(2, np.float32))], value=value, head="categorical", seed=0)
    t = envs.rollout(
        policy,
        20,
        record=["rewards", "values", "last_values", "terminated", "truncated", "advantages", "valid"],
    )
    expected = plyo.gae(t.rewards, t.values, t.last_values, t.terminated, t.truncated, valid=t.valid)
    assert_same(t.advantages, expected.advantages)


def test_batches_of_other_kinds() -> None:
    envs = usual(plyo.make_vec("CartPole-v1", 3, vectorization_mode="sync"))
    assert "fused" not in repr(envs)
    with pytest.raises(TypeError, match="not a native batch"):
        envs.rollout(Random(0), 3)
    listed = DictInfoToList(cart_poles(3))
    listed.reset(seed=0)
    assert isinstance(listed.step(np.ones(3, np.int64))[4], list)


# Actions.


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_actions_of_any_type(dtype: Any) -> None:
    def make() -> Any:
        envs = RescaleAction(ClipAction(plyo.make_vec("Pendulum-v1", 5)), -np.inf, np.inf)
        envs.reset(seed=0)
        return envs

    ours, plain = make(), make()
    actions = (np.arange(5).reshape(5, 1) - 2).astype(dtype)
    for _ in range(4):
        with unfused():
            expected = plain.step(actions)
        assert_same(ours.step(actions), expected)
    assert_same(actions, (np.arange(5).reshape(5, 1) - 2).astype(dtype))
    nothing = np.full((5, 1), np.nan, dtype)
    for envs in (ours, plain):
        with pytest.raises(plyo.error.InvalidAction):
            envs.step(nothing)


def test_policies_know_the_actions_of_the_wrapper() -> None:
    envs = RescaleAction(plyo.make_vec("Pendulum-v1", 50, num_threads=1), -1.0, 0.5)
    envs.reset(seed=0)
    actions = envs.rollout(Random(0), 20).actions
    assert -1 <= actions.min() < -0.9
    assert 0.4 < actions.max() <= 0.5
    free = ClipAction(plyo.make_vec("Pendulum-v1", 4))
    free.reset(seed=0)
    with pytest.raises(ValueError, match="bounded"):
        free.rollout(Random(0), 3)
    halves = DtypeObservation(plyo.make_vec("CartPole-v1", 4), np.float16)
    halves.reset(seed=0)
    with pytest.raises(ValueError, match="float16"):
        halves.rollout(Linear(np.zeros((2, 4), np.float32)), 3)
    assert halves.rollout(lambda seen: (seen[:, 0] > 0).astype(np.int64), 3).observations.dtype == np.float16


@pytest.mark.parametrize("mode", MODES)
def test_bfloat16(mode: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="the type bfloat16 is a package's")
    kind = ml_dtypes.bfloat16

    def make() -> Any:
        return DtypeObservation(plyo.make_vec("CartPole-v1", 9, autoreset_mode=mode), kind)

    ours, plain, bare = make(), make(), plyo.make_vec("CartPole-v1", 9, autoreset_mode=mode)
    assert is_fused(ours)
    assert ours.observation_space.dtype == np.float32
    assert_same(ours.reset(seed=0)[0], bare.reset(seed=0)[0].astype(kind))
    plain.reset(seed=0)
    ended = False
    while not ended:
        mine = ours.step(np.ones(9, np.int64))
        with unfused():
            theirs = plain.step(np.ones(9, np.int64))
        raw = bare.step(np.ones(9, np.int64))
        assert mine[0].dtype == theirs[0].dtype == kind
        for other in (theirs[0], raw[0].astype(kind)):
            assert mine[0].tobytes() == other.tobytes()
        ended = (mine[2] | mine[3]).any()
        if "final_obs" in raw[4] and ended:
            lane = int(np.flatnonzero(raw[4]["_final_obs"])[0])
            final = raw[4]["final_obs"][lane].astype(kind)
            assert final.tobytes() == mine[4]["final_obs"][lane].tobytes()
            assert final.tobytes() == theirs[4]["final_obs"][lane].tobytes()
    if mode != "disabled":
        rolled = ours.rollout(Random(0), 5)
        assert rolled.observations.dtype == kind


# Through make_vec.

CHOICES: list[tuple[str, list[Any]]] = [
    ("CartPole-v1", [plyo.wrappers.FlattenObservation]),
    (
        "FrozenLake-v1",
        [plyo.wrappers.FlattenObservation, (plyo.wrappers.DtypeObservation, {"dtype": np.float32})],
    ),
    (
        "Pendulum-v1",
        [plyo.wrappers.ClipAction, partial(plyo.wrappers.ClipReward, min_reward=-1, max_reward=0.0)],
    ),
    ("Pendulum-v1", [(plyo.wrappers.TimeLimit, {"max_episode_steps": 7})]),
    (
        "MountainCarContinuous-v0",
        [
            (plyo.wrappers.RescaleAction, {"min_action": -3.0, "max_action": 3.0}),
            partial(plyo.wrappers.RescaleObservation, min_obs=-1.0, max_obs=1.0),
            partial(plyo.wrappers.TransformReward, func=Affine(0.5)),
            partial(plyo.wrappers.TimeLimit, max_episode_steps=11),
        ],
    ),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("choice", range(len(CHOICES)))
def test_single_wrappers_leave_a_batch_native(choice: int, mode: str) -> None:
    task, wrappers = CHOICES[choice]
    ours = plyo.make_vec(task, 4, wrappers=wrappers, autoreset_mode=mode)
    single = plyo.make_vec(task, 4, wrappers=wrappers, autoreset_mode=mode, vectorization_mode="sync")
    assert is_fused(ours)
    assert isinstance(ours.unwrapped, plyo.vector.NativeVectorEnv)
    assert str(ours.observation_space) == str(single.observation_space)
    assert str(ours.action_space) == str(single.action_space)
    assert_same(ours.reset(seed=3), single.reset(seed=3))
    for _, actions in zip(range(30), actions_of(single.action_space, 5), strict=False):
        mine, theirs = ours.step(actions), single.step(actions)
        assert_same(mine, theirs)
        dones = mine[2] | mine[3]
        if mode == "disabled" and dones.any():
            assert_same(*(envs.reset(options={"reset_mask": dones}) for envs in (ours, single)))
    again = plyo.make_vec(ours.spec)
    assert repr(again) == repr(ours)


@pytest.mark.parametrize(
    "wrappers",
    [
        [plyo.wrappers.NormalizeObservation],  # moments of each environment
        [plyo.wrappers.RecordEpisodeStatistics],
        [partial(plyo.wrappers.ClipReward, min_reward=0.5)],  # a reset has the reward 0
        [partial(plyo.wrappers.TransformReward, func=Affine(1.0, 1.0))],
        [partial(plyo.wrappers.TransformReward, func=abs)],
        [lambda env: plyo.wrappers.ClipAction(env)],
        [plyo.wrappers.FlattenObservation, plyo.wrappers.OrderEnforcing],
    ],
)
def test_others_need_environments_of_their_own(wrappers: Any) -> None:
    task = "Pendulum-v1"
    assert isinstance(plyo.make_vec(task, 2, wrappers=wrappers), plyo.vector.SyncVectorEnv)


# Time limits.


def test_a_time_limit_around_a_batch() -> None:
    batch = plyo.make_vec("CartPole-v1", 3)
    envs = RecordEpisodeStatistics(TimeLimit(batch, 5))
    assert is_fused(envs)
    envs.reset(seed=0)
    truncated = [envs.step(np.array([t % 2] * 3))[3].all() for t in range(12)]
    assert np.flatnonzero(truncated).tolist() == [4, 10]
    assert set(envs.length_queue) == {5}
    TimeLimit(batch, 50)
    assert batch.get_attr("_max_episode_steps") == (5, 5, 5)  # the least holds
    with pytest.raises(TypeError, match="native"):
        TimeLimit(plyo.make_vec("CartPole-v1", 3, vectorization_mode="sync"), 5)
    with pytest.raises(ValueError, match="positive"):
        TimeLimit(batch, 0)
    with pytest.raises(TypeError, match="integer"):
        TimeLimit(batch, 2.5)


# Arrays that somebody holds.


@pytest.mark.parametrize("hold", [lambda flags: flags, lambda flags: flags[1:], memoryview])
def test_flags_of_a_step_stay_as_they_are(hold: Any) -> None:
    envs, plain = cart_poles(), cart_poles()
    for each in (envs, plain):
        each.reset(seed=0)
    held, copies = [], []
    for actions, _ in zip(actions_of(envs.action_space, 3), range(40), strict=False):
        assert_same(timeless(envs.step(actions)), timeless(plain.step(actions)))
        assert_same(everything(envs), everything(plain))  # which holds none of its flags
        for flags in (hold(envs._prev_dones), hold(envs.env.env.prev_dones)):
            held.append(flags)
            copies.append(np.array(flags))
    assert any(flags.any() for flags in copies)
    for flags, copied in zip(held, copies, strict=True):
        np.testing.assert_array_equal(np.array(flags), copied)


# Queues.


def test_queues_may_be_exchanged() -> None:
    from plyo.wrappers.vector._episode_queue import EpisodeQueue

    envs, plain = (RecordEpisodeStatistics(plyo.make_vec("CartPole-v1", 16)) for _ in range(2))
    for each in (envs, plain):
        each.reset(seed=0)
        run(each, 30)
        each.return_queue, each.length_queue = EpisodeQueue([1.0], 7), EpisodeQueue(np.arange(2), None)
        each.episode_count = 1
    run(envs, 30)
    with unfused():
        run(plain, 30)
    assert envs.episode_count == plain.episode_count > 10
    assert list(envs.return_queue) == list(plain.return_queue)
    assert list(envs.length_queue) == list(plain.length_queue)
    assert len(envs.return_queue) == 7
    assert list(envs.length_queue)[:2] == [0, 1]
    envs.return_queue = []
    with pytest.raises(AttributeError, match="add"):
        run(envs, 30)


def test_queues_take_numbers_of_other_types() -> None:
    from plyo.wrappers.vector._episode_queue import EpisodeQueue

    queue: EpisodeQueue[Any] = EpisodeQueue(maxlen=4)
    for numbers in (np.arange(2.0), np.arange(2), np.arange(1, dtype=np.float32), np.arange(4.0)[::3]):
        queue.add(numbers)
    assert [(type(number), number) for number in queue] == [
        (np.int64, 1),
        (np.float32, 0),
        (np.float64, 0),
        (np.float64, 3),
    ]


@pytest.mark.parametrize("length", [0, 1, 5, None])
@pytest.mark.parametrize("most_outdated", [0, 3, 2_000])
def test_queues_are_deques(length: int | None, most_outdated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import deque

    from plyo.wrappers.vector import _episode_queue
    from plyo.wrappers.vector._episode_queue import EpisodeQueue

    monkeypatch.setattr(_episode_queue, "MOST_OUTDATED", most_outdated)
    queue: EpisodeQueue[Any] = EpisodeQueue(maxlen=length)
    plain: deque[Any] = deque(maxlen=length)
    rng = np.random.default_rng(0)
    for t in range(40):
        numbers = rng.random(int(rng.integers(0, 4)))
        queue.add(numbers)
        plain.extend(numbers)
        if t % 5 == 4:
            assert list(queue) == list(plain)
            assert len(queue) == len(plain)
            assert queue == plain
            assert plain == queue
            assert queue.maxlen == length
    queue.add(np.arange(3.0)), plain.extend(np.arange(3.0))
    for other in (pickle.loads(pickle.dumps(queue)), copy.copy(queue), copy.deepcopy(queue), queue.copy()):
        assert list(other) == list(plain)
        assert other.maxlen == length
    assert np.mean([*queue, 1.0]) == np.mean([*plain, 1.0])
    assert np.array(queue).tolist() == np.array(plain).tolist()
    queue.append(5.0), plain.append(5.0)
    assert bool(queue) == bool(plain)
    if length != 0:
        assert queue[-1] == plain[-1] == queue.pop()
    assert len(queue._waiting) == 0


def test_long_runs_keep_few_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    from plyo.wrappers.vector import _episode_queue

    monkeypatch.setattr(_episode_queue, "MOST_OUTDATED", 100)
    envs = RecordEpisodeStatistics(plyo.make_vec("CartPole-v1", 64), buffer_length=10)
    envs.reset(seed=0)
    for _, actions in zip(range(300), actions_of(envs.action_space, 5), strict=False):
        envs.step(actions)
        assert len(envs.return_queue._waiting) < 10 + 100
    assert envs.episode_count > 500
    assert len(envs.return_queue) == 10
