"""Every task with any spaces: an observation, an action or an info may be one array or several.

An episode is the same on every way: single, batched, rolled out, on many threads, after a snapshot.
"""

from __future__ import annotations

import copy
import hashlib
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from contract_helpers import few_if_slow, make, make_vec, parts, task_of

import plyo
from plyo import policies
from plyo.vector.utils import iterate

NUM_ENVS = 9
NUM_STEPS = 60
LIMIT = 23


def lane_of(value: Any, lane: int) -> Any:
    """One environment's part of a batch's result."""
    if isinstance(value, dict):
        return {key: part[lane] for key, part in value.items()}
    if isinstance(value, tuple):
        return tuple(part[lane] for part in value)
    return value[lane]


def stack(rows: list[Any]) -> Any:
    """The values of a batch over time, arrays or tuples or dicts of them, as one."""
    if isinstance(rows[0], dict):
        return {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    if isinstance(rows[0], tuple):
        return tuple(np.stack(part) for part in zip(*rows, strict=True))
    return np.stack(rows)


def same(a: Any, b: Any) -> bool:
    """Whether two values, arrays or tuples or dicts of them, agree in types and bits."""
    pairs = list(zip(parts(a), parts(b), strict=True))
    return all(
        np.asarray(x).dtype == np.asarray(y).dtype and np.asarray(x).tobytes() == np.asarray(y).tobytes()
        for x, y in pairs
    )


def actions_of(envs: Any, num_steps: int, seed: int = 0) -> list[Any]:
    """Batched actions, drawn from the batch's space."""
    space = copy.deepcopy(envs.action_space)
    space.seed(seed)
    return [space.sample() for _ in range(num_steps)]


def batch(task_id: str, num_envs: int = NUM_ENVS, **kwargs: Any) -> Any:
    return make_vec(task_id, num_envs, **{"max_episode_steps": LIMIT, **kwargs})


def steps_of(envs: Any, actions: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Steps a batch, and resets finished environments in `disabled` mode."""
    for row in actions:
        result = envs.step(row)
        yield result
        ended = result[2] | result[3]
        if envs.autoreset_mode.name == "DISABLED" and ended.any():
            envs.reset(options={"reset_mask": ended})


def test_spaces_contain_what_comes_out(task_id: str, mode: str) -> None:
    envs = batch(task_id, autoreset_mode=mode)
    env = make(task_id)
    assert envs.single_observation_space == env.observation_space
    assert envs.single_action_space == env.action_space
    observations, _ = envs.reset(seed=1)
    for result in steps_of(envs, actions_of(envs, NUM_STEPS)):
        assert envs.observation_space.contains(observations)
        for row in iterate(envs.observation_space, observations):
            assert env.observation_space.contains(row)
        observations = result[0]
    observation, _ = env.reset(seed=1)
    env.action_space.seed(0)
    for _ in range(NUM_STEPS):
        assert env.observation_space.contains(observation)
        observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            observation, _ = env.reset()


def test_a_lane_is_a_single_environment(task_id: str, mode: str) -> None:
    envs = batch(task_id, autoreset_mode=mode)
    singles = [make(task_id, max_episode_steps=LIMIT) for _ in range(NUM_ENVS)]
    observations, infos = envs.reset(seed=4)
    for lane, env in enumerate(singles):
        observation, info = env.reset(seed=4 + lane)
        assert same_as_python(lane_of(observations, lane), observation)
        check_info(infos, info, lane)
    waiting = np.zeros(NUM_ENVS, bool)
    for t, row in enumerate(actions_of(envs, NUM_STEPS)):
        observations, rewards, terminated, truncated, infos = envs.step(row)
        for lane, (env, action) in enumerate(zip(singles, iterate(envs.action_space, row), strict=True)):
            if waiting[lane]:
                observation, info = env.reset()
                outcome: tuple[Any, ...] = (0.0, False, False)
            else:
                observation, *rest, info = env.step(action)
                outcome = tuple(rest)
            assert (rewards[lane], terminated[lane], truncated[lane]) == outcome, (t, lane)
            ended = outcome[1] or outcome[2]
            if ended and mode == "same_step":
                assert same_as_python(infos["final_obs"][lane], observation)
                check_info(infos["final_info"], info, lane)
                observation, info = env.reset()
            assert same_as_python(lane_of(observations, lane), observation), (t, lane)
            check_info(infos, info, lane)
        ended = terminated | truncated
        waiting = ended if mode == "next_step" else np.zeros(NUM_ENVS, bool)
        if mode == "disabled" and ended.any():
            observations, infos = envs.reset(options={"reset_mask": ended})
            for lane in np.flatnonzero(ended):
                observation, info = singles[lane].reset()
                assert same_as_python(lane_of(observations, lane), observation)
                check_info(infos, info, lane)
            for leaf in task_of(task_id)["infos"]:
                if leaf["optional"]:
                    continue
                if not leaf["at_reset"]:
                    assert leaf["name"] not in infos
                    continue
                assert (infos[f"_{leaf['name']}"] == ended).all()
                assert not infos[leaf["name"]][~ended].any()


def same_as_python(ours: Any, theirs: Any) -> bool:
    """Whether a row of a batch has the value that a single environment returned."""
    return all(np.array_equal(a, b) for a, b in zip(parts(ours), parts(theirs), strict=True))


def check_info(infos: dict[str, Any], info: dict[str, Any], lane: int) -> None:
    """Asserts that a lane's entries of a batch's info are those of a single environment."""
    for key, value in info.items():
        assert infos[f"_{key}"].dtype == np.bool_
        assert infos[f"_{key}"][lane]
        assert np.array_equal(infos[key][lane], value), key


@pytest.mark.parametrize("num_threads", [1, 3])
def test_a_rollout_is_the_same_steps(task_id: str, mode: str, num_threads: int) -> None:
    if mode == "disabled":
        pytest.skip("environments rest in rollouts")
    num_envs = few_if_slow(task_id, 300)
    rolled, stepped = (
        batch(task_id, num_envs, autoreset_mode=mode, num_threads=num_threads) for _ in range(2)
    )
    observations, _ = rolled.reset(seed=2)
    stepped.reset(seed=2)
    record = (
        "observations",
        "actions",
        "rewards",
        "terminated",
        "truncated",
        "last_observations",
        "episodes",
    )
    trajectory = rolled.rollout(policies.Random(5), NUM_STEPS, record=(*record, "final_observations"))
    finals: list[Any] = []
    for t in range(NUM_STEPS):
        assert same(lane_of(trajectory.observations, t), observations)
        observations, rewards, terminated, truncated, info = stepped.step(lane_of(trajectory.actions, t))
        assert same(trajectory.rewards[t], rewards)
        assert same(trajectory.terminated[t], terminated)
        assert same(trajectory.truncated[t], truncated)
        if "final_obs" in info:
            finals += [info["final_obs"][lane] for lane in np.flatnonzero(terminated | truncated)]
    assert same(trajectory.last_observations, observations)
    assert rolled.get_state() == stepped.get_state()
    if mode == "same_step":
        assert len(finals) == len(trajectory.episode_times) >= num_envs
        for i, final in enumerate(finals):
            assert same_as_python(lane_of(trajectory.final_observations, i), final)


def test_threads_that_share_a_batch(task_id: str, mode: str) -> None:
    # steps of fewer environments are too short to be worth more than one thread; pictures are long
    usual = 2_000 if task_of(task_id)["observation"].get("dtype") == "uint8" else 20_000
    num_envs = few_if_slow(task_id, usual)
    digests = []
    for num_threads in (1, 2, 5):
        envs = batch(task_id, num_envs, autoreset_mode=mode, num_threads=num_threads, max_episode_steps=3)
        digest = hashlib.sha256()
        observations, info = envs.reset(seed=6)
        actions = actions_of(envs, 1)[0]
        results = [(observations, info)]
        for shift in range(7):
            turned = tuple(np.roll(part, 7 * shift, axis=0) for part in parts(actions))
            results += steps_of(envs, [turned if isinstance(actions, tuple) else turned[0]])
        for observations, *flags, info in results:
            for array in (*parts(observations), *flags):
                digest.update(array.tobytes())
            for name in sorted(info.keys() - {"final_obs", "final_info"}):
                digest.update(info[name].tobytes())
        digests.append(digest.hexdigest())
    assert digests[0] == digests[1] == digests[2]


def test_random_actions_are_the_spaces_own(task_id: str) -> None:
    envs = batch(task_id)
    envs.reset(seed=0)
    taken = envs.rollout(policies.Random(seed=40), 30, record="actions").actions
    for lane in range(NUM_ENVS):
        space = copy.deepcopy(envs.single_action_space)
        space.seed(40 + lane)
        for t in range(30):
            assert same_as_python(lane_of(lane_of(taken, t), lane), space.sample())


def test_given_constant_and_called_policies(task_id: str) -> None:
    envs, twin, third = (batch(task_id) for _ in range(3))
    for each in (envs, twin, third):
        each.reset(seed=7)
    rows = actions_of(envs, 40)
    stacked = stack(rows)
    given = envs.rollout(policies.Sequence(stacked), 40)
    queue = iter(rows)
    called = twin.rollout(lambda observations: next(queue), 40)
    for name in ("observations", "actions", "rewards", "terminated", "truncated", "last_observations"):
        assert same(getattr(given, name), getattr(called, name)), name
    assert same(given.actions, stacked)
    envs.single_action_space.seed(3)
    action = envs.single_action_space.sample()
    constant = third.rollout(policies.Constant(action), 5).actions
    for t in range(5):
        for lane in range(NUM_ENVS):
            assert same_as_python(lane_of(lane_of(constant, t), lane), action)


@pytest.mark.parametrize("way", ["state", "pickle", "deepcopy"])
def test_half_way(task_id: str, mode: str, way: str) -> None:
    envs = batch(task_id, autoreset_mode=mode)
    envs.reset(seed=3)
    rows = actions_of(envs, NUM_STEPS)
    for _ in steps_of(envs, rows[:31]):
        pass
    if way == "state":
        twin = batch(task_id, autoreset_mode=mode)
        twin.reset(seed=99)
        twin.set_state(envs.get_state())
    else:
        twin = pickle.loads(pickle.dumps(envs)) if way == "pickle" else copy.deepcopy(envs)
    for a, b in zip(steps_of(envs, rows[31:]), steps_of(twin, rows[31:]), strict=True):
        assert all(same(x, y) for x, y in zip(a[:4], b[:4], strict=True))
        assert a[4].keys() == b[4].keys()
        for leaf in task_of(task_id)["infos"]:
            name = leaf["name"]
            assert (name in a[4]) == (name in b[4])
            assert name not in a[4] or same(a[4][name], b[4][name])


def test_arrays_of_the_caller_and_rings(task_id: str) -> None:
    envs, ring, plain = batch(task_id), batch(task_id, num_buffers=2), batch(task_id)
    first = plain.reset(seed=1)[0]
    out = copy.deepcopy(first)
    assert same(envs.reset(seed=1, out=out)[0], first)
    assert same(out, first)
    ring.reset(seed=1)
    for row in actions_of(envs, 10):
        fresh = plain.step(row)[0]
        assert same(envs.step(row, out=(out, None, None, None))[0], fresh)
        assert same(out, fresh)
        assert same(ring.step(row)[0], fresh)


def test_infos_are_declared(task_id: str) -> None:
    env = make(task_id)
    # those that not every lane has at every time are tested with their tasks
    infos = [leaf for leaf in task_of(task_id)["infos"] if not leaf["optional"]]
    in_steps = [leaf["name"] for leaf in infos]
    at_resets = [leaf["name"] for leaf in infos if leaf["at_reset"]]
    assert list(env.reset(seed=0)[1]) == at_resets
    assert list(env.step(env.action_space.sample())[4]) == in_steps
    envs = batch(task_id)
    for info, declared in (
        (envs.reset(seed=0)[1], at_resets),
        (envs.step(envs.action_space.sample())[4], in_steps),
    ):
        assert list(info) == [key for name in declared for key in (name, f"_{name}")]


def test_bad_parts_of_actions_change_nothing(task_id: str) -> None:
    envs = batch(task_id)
    envs.reset(seed=0)
    rows = actions_of(envs, 1)[0]
    before = envs.get_state()
    if not isinstance(rows, tuple):
        bad: list[Any] = [np.array(["a"] * NUM_ENVS), rows[:-1], None]
    else:
        bad = [rows[:-1], rows[0], *((*rows[:k], rows[k][:-1], *rows[k + 1 :]) for k in range(len(rows)))]
    for actions in bad:
        with pytest.raises(plyo.error.InvalidAction):
            envs.step(actions)
    assert envs.get_state() == before


def test_texts(task_id: str) -> None:
    modes = task_of(task_id)["render_modes"]
    env = make(task_id)
    assert env.metadata["render_modes"] == modes
    assert batch(task_id).metadata["render_modes"] == modes
    if "ansi" not in modes:
        pytest.skip("the task writes no text")
    env = make(task_id, render_mode="ansi")
    with pytest.raises(plyo.error.ResetNeeded):
        env.render()
    env.reset(seed=0)
    assert env.render().endswith("\n")
    envs = batch(task_id, 3, render_mode="ansi")
    envs.reset(seed=0)
    texts = envs.render()
    assert len(texts) == 3
    assert texts[0] == env.render()


def test_the_model_is_what_steps_do(task_id: str) -> None:
    if not task_of(task_id)["has_model"]:
        pytest.skip("the task has no table of transitions")
    env = make(task_id).unwrapped
    num_states, num_actions = env.observation_space.n, env.action_space.n
    assert list(env.P) == list(range(num_states))
    rng = np.random.default_rng(0)
    for row in env.P.values():
        assert list(row) == list(range(num_actions))
        for ways in row.values():
            assert sum(way[0] for way in ways) == pytest.approx(1)
            assert all(0 <= way[1] < num_states for way in ways)
    env.reset(seed=0)
    for _ in range(500):
        state, action = env.s, int(rng.integers(num_actions))
        observation, reward, terminated, _, info = env.step(action)
        seen = (info.get("prob"), observation, reward, terminated)
        assert any(seen[1:] == way[1:] and seen[0] in (None, way[0]) for way in env.P[state][action])
        if terminated:
            env.reset()
