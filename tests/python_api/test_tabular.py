"""Tables: transitions, exact solutions, policies that look up, Q-learning."""

from __future__ import annotations

import math
import pickle
import signal
import time
from typing import Any, ClassVar

import gymnasium
import numpy as np
import pytest

import plyo
from plyo import tabular
from plyo.train import TabularConfig, TabularResult, TabularTrainer

TASKS = [
    ("FrozenLake-v1", {}),
    ("FrozenLake-v1", {"is_slippery": False}),
    ("FrozenLake8x8-v1", {"success_rate": 0.8, "reward_schedule": (2.0, -1.0, -0.125)}),
    ("CliffWalking-v1", {}),
    ("CliffWalkingSlippery-v1", {}),
    ("Taxi-v4", {}),
    ("Taxi-v4", {"is_rainy": True}),
]


def dense(table: Any) -> np.ndarray:
    """``P`` of Gymnasium as matrices [s, a, next] of probability and of expected reward, and of going on."""
    states, actions = len(table), len(table[0])
    result = np.zeros((3, states, actions, states))
    for s in range(states):
        for a in range(actions):
            for p, after, reward, terminated in table[s][a]:
                result[:, s, a, after] += p, p * reward, 0.0 if terminated else p
    return result


def dense_model(model: tabular.TransitionModel) -> np.ndarray:
    return dense(
        [
            [list(zip(*model[s, a], strict=True)) for a in range(model.num_actions)]
            for s in range(model.num_states)
        ]
    )


def plain_sweep(matrices: np.ndarray, values: np.ndarray, gamma: float) -> np.ndarray:
    """The values of all actions, by NumPy."""
    return matrices[1].sum(axis=2) + gamma * (matrices[2] * values).sum(axis=2)


@pytest.mark.parametrize(("task", "kwargs"), TASKS)
def test_transitions_are_those_of_gymnasium(task: str, kwargs: dict[str, Any]) -> None:
    theirs = dense(gymnasium.make(task, **kwargs).unwrapped.P)
    batch = plyo.make_vec(task, 3, **kwargs)
    for env in (plyo.make(task, **kwargs), batch, plyo.wrappers.vector.RecordEpisodeStatistics(batch)):
        np.testing.assert_array_equal(dense_model(tabular.transitions(env)), theirs)


def test_tables_of_python_environments() -> None:
    theirs = gymnasium.make("CliffWalkingSlippery-v1")
    model = tabular.transitions(theirs)
    np.testing.assert_array_equal(dense_model(model), dense(theirs.unwrapped.P))
    # a state and action without ways, rows of different lengths
    env = plyo.make("FrozenLake-v1")

    class WithTable(plyo.Env):
        P: ClassVar = {
            0: {0: [(1.0, 1, 2.0, False)], 1: []},
            1: {0: [(0.5, 0, 1, False), (0.5, 1, 0, True)], 1: []},
        }

    model = tabular.transitions(WithTable())
    assert model.probability.shape == (2, 2, 2)
    probability, after, reward, terminated = model[1, 0]
    assert (probability.tolist(), after.tolist()) == ([0.5, 0.5], [0, 1])
    assert (reward.tolist(), terminated.tolist()) == ([1, 0], [False, True])
    assert all(part.size == 0 for part in model[0, 1])
    # V0 = 2 + 0.9 V1, V1 = 0.5 + 0.45 V0
    solution = tabular.value_iteration(model, 0.9, tolerance=0.0)
    assert solution.values[0] == pytest.approx((2 + 0.9 * 0.5) / (1 - 0.9 * 0.45))
    env.close()


def test_batches_of_python_environments() -> None:
    batch = plyo.make_vec("FrozenLake-v1", 2, vectorization_mode="sync")
    assert tabular.transitions(batch).num_states == 16


@pytest.mark.parametrize(("task", "kwargs"), TASKS)
@pytest.mark.parametrize("gamma", [0.9, 0.99])
def test_value_iteration_beside_numpy(task: str, kwargs: dict[str, Any], gamma: float) -> None:
    matrices = dense(gymnasium.make(task, **kwargs).unwrapped.P)
    solution = tabular.value_iteration(tabular.transitions(plyo.make(task, **kwargs)), gamma)
    values, change, iterations = np.zeros(len(solution.values)), math.inf, 0
    while change > 1e-10:
        q = plain_sweep(matrices, values, gamma)
        change = np.abs(q.max(axis=1) - values).max()
        values, iterations = q.max(axis=1), iterations + 1
    # sums are added in another order
    np.testing.assert_allclose(solution.values, values, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(solution.q, q, rtol=1e-12, atol=1e-12)
    assert abs(solution.iterations - iterations) <= 1
    np.testing.assert_array_equal(solution.policy, solution.q.argmax(axis=1))
    np.testing.assert_array_equal(solution.values, solution.q.max(axis=1))


@pytest.mark.parametrize(("task", "kwargs"), TASKS)
def test_finite_horizon_beside_numpy(task: str, kwargs: dict[str, Any]) -> None:
    matrices = dense(gymnasium.make(task, **kwargs).unwrapped.P)
    model = tabular.transitions(plyo.make(task, **kwargs))
    solution = tabular.finite_horizon(model, 50)
    values = np.zeros(model.num_states)
    for _ in range(50):
        q = plain_sweep(matrices, values, 1.0)
        values = q.max(axis=1)
    np.testing.assert_allclose(solution.values, values, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(solution.q, q, rtol=1e-12, atol=1e-12)
    assert solution.policy.shape == (50, model.num_states)
    np.testing.assert_array_equal(solution.policy[0], solution.q.argmax(axis=1))
    # the last step's policy is that of one step to go
    np.testing.assert_array_equal(solution.policy[-1], tabular.finite_horizon(model, 1).policy[0])


def test_evaluation_of_a_policy() -> None:
    model = tabular.transitions(plyo.make("FrozenLake-v1"))
    solution = tabular.value_iteration(model, 0.95, tolerance=1e-14)
    again = tabular.evaluate(model, solution.policy, gamma=0.95, tolerance=1e-14)
    np.testing.assert_allclose(again, solution.values, rtol=1e-10)
    worse = tabular.evaluate(model, np.zeros(16, np.int32), gamma=0.95)
    assert (worse <= solution.values + 1e-12).all()
    assert worse[0] == 0
    # a limit can only cut returns off
    limited = tabular.evaluate(model, solution.policy, horizon=100)
    assert limited[0] <= tabular.finite_horizon(model, 100).values[0]


def test_success_rate_under_the_time_limit_is_what_episodes_reach() -> None:
    model = tabular.transitions(plyo.make("FrozenLake-v1"))
    best = tabular.finite_horizon(model, 100)
    stationary = tabular.value_iteration(model, 0.99).policy
    envs = plyo.make_vec("FrozenLake-v1", 40_000, autoreset_mode="disabled")
    envs.reset(seed=3)
    table = plyo.policies.Tabular(stationary)
    returns = envs.rollout(table, 100, record=["episodes"]).episode_returns
    expected = tabular.evaluate(model, stationary, horizon=100)[0]
    # four standard errors
    assert returns.mean() == pytest.approx(expected, abs=4 * 0.5 / math.sqrt(40_000))
    # the best policy under the limit depends on the steps left
    envs = plyo.make_vec("FrozenLake-v1", 40_000)
    observations, _ = envs.reset(seed=4)
    total, first_episode = np.zeros(envs.num_envs), np.ones(envs.num_envs, bool)
    for actions in best.policy:
        observations, rewards, terminated, truncated, _ = envs.step(actions[observations])
        total += rewards * first_episode
        first_episode &= ~(terminated | truncated)
    assert not first_episode.any()
    assert total.mean() == pytest.approx(best.values[0], abs=4 * 0.5 / math.sqrt(40_000))
    assert expected <= best.values[0]


def test_without_discount_where_values_stand_still() -> None:
    model = tabular.transitions(plyo.make("CliffWalking-v1"))
    solution = tabular.value_iteration(model, 1.0, tolerance=0.0)
    assert solution.values[36] == -13  # the way along the cliff


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"gamma": 1.5}, r"gamma must be from 0 to 1, got 1\.5"),
        ({"gamma": float("nan")}, "gamma must be from 0 to 1, got nan"),
        ({"tolerance": -1.0}, r"tolerance must be at least 0 and finite, got -1\.0"),
        ({"max_iterations": 0}, "max_iterations must be an integer from 1 to 2147483647, got 0"),
    ],
)
def test_bad_arguments(kwargs: dict[str, Any], message: str) -> None:
    model = tabular.transitions(plyo.make("FrozenLake-v1"))
    with pytest.raises(ValueError, match=message):
        tabular.value_iteration(model, **kwargs)


def test_bad_horizons_and_policies() -> None:
    model = tabular.transitions(plyo.make("FrozenLake-v1"))
    with pytest.raises(ValueError, match="horizon must be an integer from 1"):
        tabular.finite_horizon(model, 0)
    with pytest.raises(ValueError, match=r"one integer for each of the 16 states, got int64 of shape \(3,\)"):
        tabular.evaluate(model, [1, 2, 3])
    with pytest.raises(ValueError, match="got float64"):
        tabular.evaluate(model, np.zeros(16))
    with pytest.raises(ValueError, match="takes action 4 in state 2, actions are 0 to 3"):
        tabular.evaluate(model, [0, 0, 4] + [0] * 13)
    with pytest.raises(TypeError, match="model must be a TransitionModel"):
        tabular.value_iteration(plyo.make("FrozenLake-v1"))  # type: ignore[arg-type]


def test_values_without_an_end() -> None:
    one = np.ones((1, 1, 1))
    model = tabular.TransitionModel(one, one.astype(int) - 1, one, one == 0)
    with pytest.raises(
        RuntimeError, match=r"still change by more than 1e-10 after 50 iterations with gamma=1"
    ):
        tabular.value_iteration(model, 1.0, max_iterations=50)
    with pytest.raises(RuntimeError, match="still change"):
        tabular.evaluate(model, [0], max_iterations=50)
    assert tabular.finite_horizon(model, 7).values == [7]
    assert tabular.value_iteration(model, 0.5, 0.0).values == [2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"probability": 0.9},
            r"probabilities of state 0, action 0 must be at least 0 and sum to 1, got \[0\.9",
        ),
        ({"probability": [[[-0.5, 1.5]]]}, "at least 0"),
        ({"next": 1}, "state 0, action 0 leads to 1, states are 0 to 0"),
        ({"reward": math.inf}, "rewards of state 0, action 0 must be finite, got inf"),
        ({"reward": np.zeros((1, 2, 1))}, r"one shape .* reward has \(1, 2, 1\)"),
    ],
)
def test_bad_models(change: dict[str, Any], message: str) -> None:
    arrays: dict[str, Any] = {"probability": 1.0, "next": 0, "reward": 0.0, "terminated": False, **change}
    width = np.shape(arrays["probability"])[-1] if np.ndim(arrays["probability"]) else 1
    full = {
        name: np.full((1, 1, width), value) if np.ndim(value) == 0 else np.asarray(value)
        for name, value in arrays.items()
    }
    with pytest.raises(ValueError, match=message):
        tabular.TransitionModel(**full)


def test_tasks_without_a_table() -> None:
    for task in ("CartPole-v1", "Blackjack-v1"):
        for env in (plyo.make(task), plyo.make_vec(task, 2)):
            with pytest.raises(ValueError, match="has no table of transitions"):
                tabular.transitions(env)
    with pytest.raises(ValueError, match="has no table of transitions: it has no attribute P"):
        tabular.transitions(gymnasium.make("CartPole-v1"))

    class BadTable(plyo.Env):
        P: ClassVar = [[[(1.0, 0, 0.0)]]]

    with pytest.raises(ValueError, match=r"P must hold lists of \(probability, next state"):
        tabular.transitions(BadTable())


# Policies.


@pytest.mark.parametrize("threads", [1, 3])
def test_policy_looks_up(threads: int) -> None:
    table = np.random.default_rng(0).integers(0, 6, 500)
    envs = plyo.make_vec("Taxi-v4", 700, num_threads=threads)
    envs.reset(seed=0)
    trajectory = envs.rollout(plyo.policies.Tabular(table), 50)
    np.testing.assert_array_equal(trajectory.actions, table[trajectory.observations])


def test_policy_takes_values() -> None:
    values = np.array([[0.0, 2.0, 2.0], [-1.0, -2.0, -0.5]])
    assert plyo.policies.Tabular(values).actions.tolist() == [1, 2]


def test_tuples_are_entries() -> None:
    table = np.random.default_rng(0).integers(0, 2, (32, 11, 2))
    envs = plyo.make_vec("Blackjack-v1", 300)
    envs.reset(seed=0)
    trajectory = envs.rollout(plyo.policies.Tabular(table.ravel()), 40)
    np.testing.assert_array_equal(trajectory.actions, table[trajectory.observations])


def test_epsilon_draws_from_the_lane_streams() -> None:
    num_lanes, num_steps = 300, 40
    for threads in (1, 4):
        envs = plyo.make_vec("FrozenLake-v1", num_lanes, num_threads=threads)
        envs.reset(seed=0)
        policy = plyo.policies.Tabular(np.full(16, 2), epsilon=0.25, seed=7)
        actions = envs.rollout(policy, num_steps // 2).actions
        actions = np.concatenate([actions, envs.rollout(policy, num_steps // 2).actions])
        for lane in (0, 1, 299):
            stream = np.random.default_rng(7 + lane)
            expected = [stream.integers(4) if stream.random() < 0.25 else 2 for _ in range(num_steps)]
            assert actions[:, lane].tolist() == expected
    # a batch of another size has other streams
    other = plyo.make_vec("FrozenLake-v1", 2)
    other.reset(seed=0)
    with pytest.raises(ValueError, match="draws for 300 environments"):
        other.rollout(policy, 1)


def test_policies_are_saved_and_pickled(tmp_path) -> None:
    policy = plyo.policies.Tabular(np.arange(16) % 4, epsilon=0.5, seed=1)
    policy.save(tmp_path / "p.npz")
    loaded = plyo.policies.load(tmp_path / "p.npz")
    assert isinstance(loaded, plyo.policies.Tabular)
    copied = pickle.loads(pickle.dumps(policy))
    for other in (loaded, copied):
        np.testing.assert_array_equal(other.actions, policy.actions)
        assert other.epsilon == 0.5
    assert copied.seed == 1


@pytest.mark.parametrize(
    ("table", "kwargs", "message"),
    [
        ([0.5, 1.0], {}, r"got float64 of shape \(2,\)"),
        ([], {}, "shape"),
        ([[[1]]], {}, r"shape \(1, 1, 1\)"),
        ([[1.0, float("nan")]], {}, "values of entry 0 must be numbers"),
        ([1], {"epsilon": -0.1}, r"epsilon must be from 0 to 1, got -0\.1"),
    ],
)
def test_bad_tables(table: Any, kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plyo.policies.Tabular(table, **kwargs)


@pytest.mark.parametrize(
    ("task", "table", "message"),
    [
        ("FrozenLake-v1", [0] * 15, "the table has 15 entries, FrozenLake has 16 observations"),
        ("FrozenLake-v1", [0] * 15 + [4], "entry 15 of the table is action 4, FrozenLake has actions 0 to 3"),
        ("FrozenLake-v1", [-1] * 16, "entry 0 of the table is action -1"),
        ("CartPole-v1", [0], "needs observations that are Discrete"),
    ],
)
def test_policies_that_do_not_fit(task: str, table: list[int], message: str) -> None:
    envs = plyo.make_vec(task, 2)
    envs.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        envs.rollout(plyo.policies.Tabular(table), 1)


# Q-learning.


def learn(task: str, **settings: Any) -> TabularResult:
    trainer = TabularTrainer(task, TabularConfig(**settings))
    history = list(trainer.run())
    result = trainer.conclude()
    assert result is not None
    assert history == trainer.history
    assert result.env_steps == history[-1].env_steps
    return result


@pytest.mark.parametrize(
    "task",
    ["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "CliffWalkingSlippery-v1", "Taxi-v4"],
)
def test_learns_what_is_nearly_the_optimum(task: str) -> None:
    result = learn(task, seed=0, steps=4_000_000)
    assert result.solved
    # one action a state cannot heed the steps that are left, which matters on the larger lake
    share = 0.06 if task == "FrozenLake8x8-v1" else 0.02
    assert result.exact_return >= result.optimum - share * abs(result.optimum)
    assert result.exact_return <= result.optimum + 1e-9
    assert result.mean_return == pytest.approx(result.exact_return, rel=0.05)


def test_learns_blackjack() -> None:
    result = learn("Blackjack-v1", seed=0, steps=4_000_000)
    assert (result.solved, result.optimum, result.exact_return) == (None, None, None)
    # Sutton & Barto's basic strategy returns -0.0465 under these rules, sticking at 20 about -0.28
    assert -0.08 < result.mean_return < -0.01


def test_seed_decides_everything() -> None:
    quick = {"steps": 200_000, "round_steps": 70_000}
    runs = [learn("FrozenLake-v1", seed=s, num_threads=n, **quick) for s, n in [(7, 1), (7, 3), (8, 1)]]
    assert runs[0].values.tobytes() == runs[1].values.tobytes() != runs[2].values.tobytes()
    assert runs[0].mean_return == runs[1].mean_return


def test_one_lane_by_hand() -> None:
    """The table of a few steps, computed from the stream of actions and the episodes."""
    learner = plyo._native.QLearner(0.9, 0.0, 5)
    envs = plyo.make_vec("FrozenLake-v1", 1, autoreset_mode="same_step", max_episode_steps=30)
    envs.reset(seed=11)
    learner.learn(envs._engine, 6000, 1.0, 0.2)

    q, visits = np.zeros((16, 4)), np.zeros((16, 4))
    stream = np.random.default_rng(5)
    twin = plyo.make_vec("FrozenLake-v1", 1, autoreset_mode="same_step", max_episode_steps=30)
    (state,), _ = twin.reset(seed=11)
    for t in range(6000):
        epsilon = 1.0 + (0.2 - 1.0) * (t / 5999)
        action = stream.integers(4) if stream.random() < epsilon else q[state].argmax()
        (after,), (reward,), (terminated,), (truncated,), info = twin.step([action])
        reached = info["final_obs"][0] if terminated or truncated else after
        visits[state, action] += 1
        target = reward + (0.0 if terminated else 0.9 * q[reached].max())
        q[state, action] += max(0.0, 1 / (1 + (1 - 0.9) * visits[state, action])) * (
            target - q[state, action]
        )
        state = after
    assert q.any()
    np.testing.assert_array_equal(learner.values(), q)


def test_learner_refuses_what_does_not_fit() -> None:
    learner = plyo._native.QLearner(0.9, 0.0, 0)
    assert learner.values().shape == (0, 0)
    envs = plyo.make_vec("FrozenLake-v1", 1)
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="autoreset_mode='same_step'"):
        learner.learn(envs._engine, 1, 1.0, 1.0)
    same = plyo.make_vec("FrozenLake-v1", 1, autoreset_mode="same_step")
    with pytest.raises(plyo.error.ResetNeeded):
        learner.learn(same._engine, 1, 1.0, 1.0)
    same.reset(seed=0)
    learner.learn(same._engine, 1, 1.0, 1.0)
    larger = plyo.make_vec("FrozenLake8x8-v1", 1, autoreset_mode="same_step")
    larger.reset(seed=0)
    with pytest.raises(ValueError, match="learnt for 16 observations and 4 actions, FrozenLake has 64 and 4"):
        learner.learn(larger._engine, 1, 1.0, 1.0)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
@pytest.mark.parametrize("work", ["learning", "sweeping"])
def test_signals_end_long_work(work: str) -> None:
    envs = plyo.make_vec("Taxi-v4", 100, autoreset_mode="same_step")
    envs.reset(seed=0)
    learner = plyo._native.QLearner(0.9, 0.0, 0)
    one = np.ones((1, 1, 1))
    endless = tabular.TransitionModel(one, one.astype(int) - 1, one, one == 0)
    came = []

    def run() -> None:
        if work == "learning":
            learner.learn(envs._engine, 10**9, 1.0, 0.1)
        else:
            tabular.value_iteration(endless, 1.0, 0.0, 2**31 - 1)

    def stop(*_: object) -> None:
        came.append(time.perf_counter())
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    sent = time.perf_counter() + 0.1
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            run()
        ended = time.perf_counter()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    # at once, except on a busy machine
    assert ended - came[0] < 0.1
    assert came[0] - sent < 1.0
    if work == "learning":
        # batch and table continue from their present states
        learner.learn(envs._engine, 10, 1.0, 0.1)
        assert learner.values().any()


def test_trainer_refuses_what_has_no_table() -> None:
    with pytest.raises(plyo.error.Error, match="a table needs Discrete observations and actions"):
        TabularTrainer("CartPole-v1")
    trainer = TabularTrainer("FrozenLake-v1", TabularConfig(steps=300, round_steps=100))
    assert trainer.conclude() is None
    next(trainer.run())
    assert trainer.conclude() is not None
    with pytest.raises(RuntimeError, match="has run before"):
        next(trainer.run())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps must be an integer of at least 1, got 0"),
        ({"discount": 1.1}, r"discount must be from 0 to 1, got 1\.1"),
        ({"last_epsilon": -1.0}, "last_epsilon"),
        ({"least_rate": float("nan")}, "least_rate"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TabularConfig(**settings)
