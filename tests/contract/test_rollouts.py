"""Native rollouts: they equal single steps, and policies follow their formulas."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from contract_helpers import (
    action_tape,
    assert_same_arrays,
    id_of,
    make_vec,
    native_tasks,
    network,
    same_bits,
    sees_floats,
    task_of,
    warm_up,
)

import plyo
from plyo import error, policies

NUM_ENVS = 9
NUM_STEPS = 70
LIMIT = 16
OVER_TIME = ("observations", "actions", "rewards", "terminated", "truncated")
ARRAYS = (*OVER_TIME, "last_observations", "final_observations")
ALL = (*ARRAYS, "episodes")


@pytest.fixture(params=[name for name, task in native_tasks().items() if sees_floats(task)])
def task_id(request: pytest.FixtureRequest) -> str:
    """One id of each task that networks can drive: its versions differ in their limits only, and the limit here is
    another. test_leaves.py has all tasks.
    """
    return id_of(request.param)


def fresh(task_id: str, mode: str = "next_step", num_envs: int = NUM_ENVS, **kwargs: Any) -> Any:
    """A batch in the middle of its first episodes, its lanes out of phase."""
    envs = make_vec(task_id, num_envs, autoreset_mode=mode, **{"max_episode_steps": LIMIT, **kwargs})
    envs.reset(seed=31)
    warm_up(envs, action_tape(task_id, 3, num_envs, seed=8))
    return envs


def current_observations(envs: Any) -> Any:
    return envs._engine.observe()


def is_discrete(task_id: str) -> bool:
    return task_of(task_id)["action"]["kind"] == "discrete"


def random_is_defined(task_id: str) -> bool:
    action = task_of(task_id)["action"]
    return is_discrete(task_id) or bool(np.isfinite([action["low"], action["high"]]).all())


def drawing(task_id: str, seed: int = 3, **kwargs: Any) -> policies.MLP:
    layers = kwargs.pop("layers", None) or network(task_id)
    if is_discrete(task_id):
        return policies.MLP(layers, head="categorical", seed=seed, **kwargs)
    shape = layers[-1][1].shape
    return policies.MLP(layers, head="gaussian", log_std=np.full(shape, -0.4), seed=seed, **kwargs)


def joined(first: Any, second: Any, num_steps: int) -> dict[str, Any]:
    """One trajectory from two that follow each other."""
    a, b = vars(first), dict(vars(second))
    if b["episode_times"] is not None:
        b["episode_times"] = b["episode_times"] + num_steps
    last = {"last_observations": b["last_observations"]}
    return {n: None if a[n] is None else np.concatenate([a[n], b[n]]) for n in a} | last


# ---- given actions ----


def test_given_actions_are_steps(task_id: str, mode: str) -> None:
    num_steps = LIMIT - 4 if mode == "disabled" else NUM_STEPS
    tape = action_tape(task_id, num_steps, NUM_ENVS, seed=5)
    rolled = fresh(task_id, mode, record_episode_statistics=True)
    # disabled: as long as no lane has ended, stepping is possible
    trajectory = rolled.rollout(policies.Sequence(tape), num_steps, record=ALL)

    stepped = fresh(task_id, mode, record_episode_statistics=True)
    observation = current_observations(stepped)
    finals, times, lanes, returns, lengths = [], [], [], [], []
    for t, row in enumerate(tape):
        assert same_bits(trajectory.observations[t], observation)
        assert same_bits(trajectory.actions[t], row)
        if mode == "disabled" and times:
            return  # the rest is tested below
        observation, rewards, terminated, truncated, info = stepped.step(row)
        assert same_bits(trajectory.rewards[t], rewards)
        assert same_bits(trajectory.terminated[t], terminated)
        assert same_bits(trajectory.truncated[t], truncated)
        for lane in np.flatnonzero(terminated | truncated):
            times.append(t)
            lanes.append(lane)
            returns.append(info["episode"]["r"][lane])
            lengths.append(info["episode"]["l"][lane])
            if mode == "same_step":
                finals.append(info["final_obs"][lane])
    assert same_bits(trajectory.last_observations, observation)
    assert stepped.get_state() == rolled.get_state()
    if mode == "disabled":
        return
    assert len(times) > NUM_ENVS
    assert same_bits(trajectory.episode_times, np.array(times, np.int64))
    assert same_bits(trajectory.episode_lanes, np.array(lanes, np.int64))
    assert same_bits(trajectory.episode_returns, np.array(returns, np.float64))
    assert same_bits(trajectory.episode_lengths, np.array(lengths, np.int64))
    if mode == "same_step":
        assert same_bits(trajectory.final_observations, np.stack(finals))
    else:
        assert trajectory.final_observations is None


def test_disabled_lanes_rest_once_they_have_ended(task_id: str) -> None:
    tape = action_tape(task_id, NUM_STEPS, NUM_ENVS, seed=5)
    envs = fresh(task_id, "disabled")
    trajectory = envs.rollout(policies.Sequence(tape), NUM_STEPS, record=ALL)
    ended = trajectory.terminated | trajectory.truncated
    assert (ended.sum(axis=0) == 1).all()
    ends = ended.argmax(axis=0)
    assert len(set(ends.tolist())) > 1
    for lane, end in enumerate(ends):
        # as a lane that steps alone to its end
        assert (trajectory.rewards[end + 1 :, lane] == 0).all()
        after = trajectory.observations[end + 1 :, lane]
        after = np.concatenate([after, trajectory.last_observations[[lane]]])
        assert (after == after[0]).all()
        assert not (after[0] == trajectory.observations[end, lane]).all()
    # and nothing of it changes, however long it rests
    shorter = fresh(task_id, "disabled")
    shorter.rollout(policies.Sequence(tape), int(ends.max()) + 1)
    assert envs.get_state() == shorter.get_state()
    order = np.lexsort((np.arange(NUM_ENVS), ends))
    assert trajectory.episode_lanes.tolist() == order.tolist()
    assert trajectory.episode_times.tolist() == ends[order].tolist()

    # each lane's part equals a batch whose other lanes are reset by hand
    stepped = fresh(task_id, "disabled")
    returns, lengths = np.zeros(NUM_ENVS), np.zeros(NUM_ENVS, int)
    over = np.zeros(NUM_ENVS, bool)
    from_reset = np.flatnonzero(np.arange(NUM_ENVS) % 3 == 2)  # by the last step of the warm-up
    for t, row in enumerate(tape):
        _, rewards, terminated, truncated, _ = stepped.step(row)
        for name, values in (("rewards", rewards), ("terminated", terminated), ("truncated", truncated)):
            assert same_bits(getattr(trajectory, name)[t][~over], values[~over])
        returns[~over] += rewards[~over]
        lengths[~over] += 1
        mask = terminated | truncated
        over |= mask
        if over.all():
            break
        if mask.any():
            stepped.reset(options={"reset_mask": mask})
    places = [trajectory.episode_lanes.tolist().index(lane) for lane in from_reset]
    assert trajectory.episode_returns[places].tolist() == returns[from_reset].tolist()
    assert trajectory.episode_lengths[places].tolist() == lengths[from_reset].tolist()
    assert (trajectory.episode_lengths >= lengths[order]).all()
    assert (trajectory.episode_lengths != lengths[order]).any()

    # nothing continues before a reset, and everything does after it
    for call in (lambda: envs.rollout(policies.Sequence(tape), 3), lambda: envs.step(tape[0])):
        with pytest.raises(error.ResetNeeded, match="environment 0 has ended"):
            call()
    envs.reset(options={"reset_mask": np.ones(NUM_ENVS, bool)})
    again = envs.rollout(policies.Sequence(tape), NUM_STEPS, record=ALL)
    assert ((again.terminated | again.truncated).sum(axis=0) == 1).all()


def test_rollout_needs_a_reset(task_id: str) -> None:
    envs = make_vec(task_id, 3)
    with pytest.raises(error.ResetNeeded, match="environment 0 has not been reset"):
        envs.rollout(policies.Sequence(action_tape(task_id, 4, 3)), 4)
    envs.reset(options={"reset_mask": np.array([True, False, True])})
    with pytest.raises(error.ResetNeeded, match="environment 1 has not been reset"):
        envs.rollout(policies.Sequence(action_tape(task_id, 4, 3)), 4)


def test_sequence_takes_any_layout(task_id: str) -> None:
    tape = action_tape(task_id, 12, NUM_ENVS, seed=1)
    expected = vars(fresh(task_id).rollout(policies.Sequence(tape), 10))
    wide = np.zeros((12, 2 * NUM_ENVS, *tape.shape[2:]), tape.dtype)
    wide[:, ::2] = tape
    variants = [wide[:, ::2], np.asfortranarray(tape), tape.tolist()]
    if is_discrete(task_id):
        variants += [tape.astype(np.int8), tape.astype(np.uint32)]
    else:
        variants += [tape.astype(np.float64)]
    for variant in variants:
        assert_same_arrays(vars(fresh(task_id).rollout(policies.Sequence(variant), 10)), expected)


# ---- continuing ----


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_two_halves_are_one_whole(task_id: str, mode: str) -> None:
    makers = [
        lambda: drawing(task_id),
        lambda: policies.MLP(balanced(task_id, network(task_id), "relu"), activation="relu"),
    ]
    if random_is_defined(task_id):
        makers.append(lambda: policies.Random(seed=4))
    for make_policy in makers:
        whole_envs, halves_envs = fresh(task_id, mode), fresh(task_id, mode)
        whole = whole_envs.rollout(make_policy(), NUM_STEPS, record=ALL)
        policy = make_policy()
        cut = NUM_STEPS // 2 - 1
        first = halves_envs.rollout(policy, cut, record=ALL)
        second = halves_envs.rollout(policy, NUM_STEPS - cut, record=ALL)
        assert first.episode_times.size
        assert second.episode_times.size
        assert same_bits(first.last_observations, second.observations[0])
        assert_same_arrays(joined(first, second, cut), dict(vars(whole)))
        assert halves_envs.get_state() == whole_envs.get_state()


def test_a_copied_policy_begins_its_streams_anew(task_id: str) -> None:
    policy = drawing(task_id)
    first = fresh(task_id).rollout(policy, 20).actions
    second = fresh(task_id).rollout(policy, 20).actions
    assert not same_bits(first, second)  # streams continue
    for twin in (copy.deepcopy(policy), pickle.loads(pickle.dumps(policy))):
        assert same_bits(fresh(task_id).rollout(twin, 20).actions, first)


def test_policies_without_a_seed_differ(task_id: str) -> None:
    makers = [lambda: drawing(task_id, seed=None)]
    if random_is_defined(task_id):
        makers.append(policies.Random)
    for make_policy in makers:
        actions = [fresh(task_id).rollout(make_policy(), 40).actions for _ in range(2)]
        assert not same_bits(*actions)


# ---- policies that draw ----


def gymnasium_space(task_id: str) -> gymnasium.Space:
    """The action space as Gymnasium's own class."""
    action = task_of(task_id)["action"]
    if is_discrete(task_id):
        return gymnasium.spaces.Discrete(action["size"])
    return gymnasium.spaces.Box(np.float32(action["low"]), np.float32(action["high"]), dtype=np.float32)


@pytest.mark.parametrize("seed", [0, 12345, 2**64 - 2])
def test_random_is_the_spaces_sample(task_id: str, seed: int) -> None:
    if not random_is_defined(task_id):
        pytest.skip("the action space is unbounded")
    envs = fresh(task_id)
    policy = policies.Random(seed=seed)
    actions = np.concatenate([envs.rollout(policy, n).actions for n in (1, 30, 19)])
    for lane in range(NUM_ENVS):
        for space in (gymnasium_space(task_id), envs.single_action_space):
            space.seed(seed + lane)
            expected = np.stack([space.sample() for _ in range(50)])
            assert same_bits(np.ascontiguousarray(actions[:, lane]), expected)


def balanced(task_id: str, layers: Any, activation: str = "tanh") -> Any:
    """Scales the last layer so that its outputs vary as much as they can and no action wins everywhere."""
    envs = make_vec(task_id, 40)
    envs.reset(seed=3)
    tape = policies.Sequence(action_tape(task_id, 60, 40, seed=2))
    observations = envs.rollout(tape, 60).observations.reshape(60 * 40, -1)
    if layers[0][0].ndim == 3:
        members = [
            balanced(task_id, [(w[g], b[g]) for w, b in layers], activation) for g in range(len(layers[0][0]))
        ]
        return [tuple(map(np.stack, zip(*layer, strict=True))) for layer in zip(*members, strict=True)]
    outputs = forward(layers, observations, activation, np.float64)
    weights, bias = layers[-1]
    scale = 1 / (outputs.std(axis=0) + 1e-3)
    weights = weights * scale[:, np.newaxis]
    bias = (bias - np.median(outputs, axis=0)) * scale
    return [*layers[:-1], (weights.astype(np.float32), bias.astype(np.float32))]


def softmax(values: Any) -> Any:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def forward(layers: Any, inputs: Any, activation: str, dtype: Any) -> Any:
    """The outputs of a network, in NumPy."""
    values = inputs.astype(dtype)
    for i, (weights, bias) in enumerate(layers):
        values = values @ weights.astype(dtype).T + bias.astype(dtype)
        if i + 1 < len(layers):
            values = np.tanh(values) if activation == "tanh" else np.maximum(values, 0)
    return values


def test_categorical_draws_from_the_softmax() -> None:
    task_id = id_of("Acrobot") if "Acrobot" in native_tasks() else id_of(next(iter(native_tasks())))
    layers = network(task_id, (8,), seed=2)
    layers[-1] = (layers[-1][0] * 1.5, layers[-1][1])
    policy = policies.MLP(layers, head="categorical", seed=17)
    envs = make_vec(task_id, 500)
    envs.reset(seed=2)
    trajectory = envs.rollout(policy, 200)
    probabilities = softmax(forward(layers, trajectory.observations, "tanh", np.float64))
    assert probabilities.std(axis=(0, 1)).min() > 0.02  # the choices are neither even nor constant
    for choice in range(probabilities.shape[-1]):
        p = probabilities[..., choice]
        drawn = trajectory.actions == choice
        # within 5 standard deviations of its expectation, overall and where it is likely and where it is not
        for part in (p >= 0, p > np.median(p), p <= np.median(p), np.arange(200)[:, np.newaxis] + p < 20):
            deviation = (drawn - p)[part].sum() / np.sqrt((p * (1 - p))[part].sum())
            assert abs(deviation) < 5
    # lanes draw from streams of their own: neighbours agree as often as chance has it
    agree = trajectory.actions[:, 1:] == trajectory.actions[:, :-1]
    chance = (probabilities[:, 1:] * probabilities[:, :-1]).sum(axis=-1)
    assert abs((agree - chance).sum() / np.sqrt((chance * (1 - chance)).sum())) < 5


def test_gaussian_draws_normals() -> None:
    task_id = id_of("Pendulum")
    layers = network(task_id, (8,), seed=2)
    log_std = np.array([-0.7])
    policy = policies.MLP(layers, head="gaussian", log_std=log_std, clip_actions=False, seed=17)
    envs = make_vec(task_id, 500)
    envs.reset(seed=2)
    trajectory = envs.rollout(policy, 200)
    means = forward(layers, trajectory.observations, "tanh", np.float64)
    assert means.std() > 0.1
    normals = ((trajectory.actions - means) / np.exp(log_std)).ravel()
    n = normals.size
    # moments and tails within 5 standard deviations of those of a standard normal
    assert abs(normals.mean()) < 5 / np.sqrt(n)
    assert abs((normals**2).mean() - 1) < 5 * np.sqrt(2 / n)
    assert abs((normals**3).mean()) < 5 * np.sqrt(15 / n)
    assert abs((normals**4).mean() - 3) < 5 * np.sqrt(96 / n)
    for bound, p in ((1, 0.3173105), (2, 0.0455003), (3, 0.0026998)):
        assert abs((np.abs(normals) > bound).sum() - n * p) < 5 * np.sqrt(n * p * (1 - p))
    # no correlation from lane to lane, nor from step to step
    grid = normals.reshape(200, 500)
    for product in (grid[:, 1:] * grid[:, :-1], grid[1:] * grid[:-1]):
        assert abs(product.mean()) < 5 / np.sqrt(product.size)


def test_gaussian_actions_are_clipped_to_the_space() -> None:
    task_id = id_of("Pendulum")
    layers = network(task_id, (8,), seed=2)
    actions = {}
    for clip in (True, False):
        policy = policies.MLP(layers, head="gaussian", log_std=np.array([1.0]), clip_actions=clip, seed=1)
        envs = make_vec(task_id, 50)
        envs.reset(seed=2)
        actions[clip] = envs.rollout(policy, 100).actions
    # the task clips too, so the episodes are the same
    assert (np.abs(actions[False]) > 2).any()
    assert (np.abs(actions[False]) < 2).any()
    assert same_bits(np.clip(actions[False], -2, 2), actions[True])


def test_drawing_depends_on_the_seed_and_on_nothing_else(task_id: str) -> None:
    expected = fresh(task_id).rollout(drawing(task_id, seed=5), 30)
    again = fresh(task_id, num_threads=2).rollout(drawing(task_id, seed=5), 30)
    assert_same_arrays(dict(vars(again)), dict(vars(expected)))
    other = fresh(task_id).rollout(drawing(task_id, seed=6), 30)
    assert not same_bits(other.actions, expected.actions)
    # lane i of seed s is lane 0 of seed s + i
    lane = 4
    alone = fresh(task_id, num_envs=1)
    donor = fresh(task_id)
    alone.set_state(donor.get_state([lane]))
    single = alone.rollout(drawing(task_id, seed=5 + lane), 30)
    assert same_bits(single.actions[:, 0], np.ascontiguousarray(expected.actions[:, lane]))


# ---- networks ----


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("widths", [(), (3,), (16,), (33, 7), (64, 64, 5)], ids=str)
def test_networks_beside_numpy(task_id: str, widths: tuple[int, ...], activation: str) -> None:
    layers = balanced(task_id, network(task_id, widths, seed=len(widths)), activation)
    policy = policies.MLP(layers, activation=activation) if widths else policies.Linear(*layers[0])
    # 300 lanes: more than a tile, and no multiple of a vector
    trajectory = fresh(task_id, num_envs=300).rollout(policy, 15)
    outputs = forward(layers, trajectory.observations, activation, np.float64)
    # NumPy's float32 result says how much rounding these sums suffer; ours adds its terms one by one and has
    # another tanh, so it may be off by a few times as much
    rounded = forward(layers, trajectory.observations, activation, np.float32)
    bound = 1e-6 + 8 * np.abs(rounded - outputs).max()
    assert bound < 1e-3
    if not is_discrete(task_id):
        low, high = trajectory_bounds(task_id)
        expected = np.clip(outputs, low, high)
        assert np.abs(trajectory.actions - expected).max() <= bound
        assert expected.std() > 20 * bound
        assert ((low < expected) & (expected < high)).mean() > 0.05
        return
    best = np.sort(outputs, axis=-1)
    clear = best[..., -1] - best[..., -2] > 2 * bound
    assert clear.mean() > 0.95
    assert (trajectory.actions == outputs.argmax(axis=-1))[clear].all()
    assert len(np.unique(trajectory.actions[clear])) > 1


def trajectory_bounds(task_id: str) -> tuple[Any, Any]:
    action = task_of(task_id)["action"]
    return np.float32(action["low"]), np.float32(action["high"])


def test_ties_go_to_the_first_choice(task_id: str) -> None:
    if not is_discrete(task_id):
        pytest.skip("Box actions")
    task = task_of(task_id)
    size = task["action"]["size"]
    for bias in ([0.0] * size, [-1.0] + [2.0] * (size - 1)):
        policy = policies.Linear(np.zeros((size, task["observation"]["size"])), bias)
        assert (fresh(task_id).rollout(policy, 20).actions == int(np.argmax(bias))).all()


def test_linear_is_an_mlp_of_one_layer(task_id: str) -> None:
    (weights, bias), *_ = network(task_id, ())
    linear = fresh(task_id).rollout(policies.Linear(weights, bias), 30)
    mlp = fresh(task_id).rollout(policies.MLP([(weights, bias)]), 30)
    assert_same_arrays(dict(vars(linear)), dict(vars(mlp)))
    without = fresh(task_id).rollout(policies.Linear(weights), 30)
    zeros = fresh(task_id).rollout(policies.Linear(weights, np.zeros_like(bias)), 30)
    assert same_bits(without.actions, zeros.actions)


@pytest.mark.parametrize("population", [1, 2, 3, 6])
@pytest.mark.parametrize("draws", [False, True])
def test_each_group_of_a_population_follows_its_own_network(
    task_id: str, population: int, draws: bool
) -> None:
    # 600 lanes: groups end in the middle of tiles and vectors
    num_envs = 600
    size = num_envs // population
    layers = balanced(task_id, network(task_id, (8, 8), seed=1, population=population))
    policy = drawing(task_id, seed=50, layers=layers) if draws else policies.MLP(layers)
    assert policy.population == population
    envs = fresh(task_id, num_envs=num_envs)
    state = envs.get_state()
    whole = envs.rollout(policy, 25, record=ALL)
    actions = []
    for g in range(population):
        lanes = range(g * size, (g + 1) * size)
        alone = fresh(task_id, num_envs=num_envs)
        alone.set_state(state)
        part = fresh(task_id, num_envs=size)
        part.set_state(alone.get_state(lanes))
        own = [(weights[g], bias[g]) for weights, bias in layers]
        # the streams of a group's lanes start at the group's place
        member = drawing(task_id, seed=50 + g * size, layers=own) if draws else policies.MLP(own)
        own_part = part.rollout(member, 25)
        for name in OVER_TIME:
            array = getattr(whole, name)[:, lanes.start : lanes.stop]
            assert same_bits(np.ascontiguousarray(array), getattr(own_part, name)), name
        assert same_bits(whole.last_observations[lanes.start : lanes.stop], own_part.last_observations)
        actions.append(own_part.actions)
        if not draws:
            member = policy.member(g)
            part.set_state(alone.get_state(lanes))
            assert same_bits(part.rollout(member, 25).actions, own_part.actions)
    if population > 1:
        assert not same_bits(actions[0], actions[1])


def test_log_std_of_a_population() -> None:
    task_id = id_of("Pendulum")
    layers = network(task_id, (4,), population=2)
    policy = policies.MLP(
        layers, head="gaussian", log_std=np.array([[-3.0], [0.5]]), clip_actions=False, seed=0
    )
    envs = make_vec(task_id, 400)
    envs.reset(seed=0)
    trajectory = envs.rollout(policy, 50)
    for g in range(2):
        lanes = slice(200 * g, 200 * (g + 1))
        own = [(weights[g], bias[g]) for weights, bias in layers]
        means = forward(own, trajectory.observations[:, lanes], "tanh", np.float64)
        deviations = trajectory.actions[:, lanes] - means
        # 10,000 draws: five standard deviations of their standard deviation are 3.6 %
        assert deviations.std() == pytest.approx(np.exp([-3.0, 0.5][g]), rel=0.036)


def test_member_has_its_own_weights(task_id: str) -> None:
    policy = policies.MLP(network(task_id, (8,), population=4), activation="relu")
    for i in range(4):
        member = policy.member(i)
        assert member.population == 1
        assert member.activation == "relu"
        for (weights, bias), (own_weights, own_bias) in zip(policy.layers, member.layers, strict=True):
            assert same_bits(weights[[i]], own_weights)
            assert same_bits(bias[[i]], own_bias)
    for i in (-1, 4):
        with pytest.raises(IndexError, match="members 0 to 3"):
            policy.member(i)


def test_save_and_load(task_id: str, tmp_path: Path) -> None:
    population = network(task_id, (8,), population=3)
    saved = {
        "linear": policies.Linear(*network(task_id, ())[0]),
        "mlp": policies.MLP(network(task_id), activation="relu", clip_actions=False),
        "population": policies.MLP(population),
        "drawing": drawing(task_id, layers=population),
    }
    for name, policy in saved.items():
        path = tmp_path / f"{name}.npz"
        policy.save(path)
        loaded = policies.load(path)
        for attribute in ("activation", "head", "clip_actions", "population"):
            assert getattr(loaded, attribute) == getattr(policy, attribute)
        for ours, theirs in zip(loaded.layers, policy.layers, strict=True):
            assert same_bits(ours[0], theirs[0])
            assert same_bits(ours[1], theirs[1])
        if policy.log_std is None:
            assert loaded.log_std is None
        else:
            assert same_bits(loaded.log_std, policy.log_std)
        if name != "drawing":
            actions = [fresh(task_id).rollout(p, 30).actions for p in (policy, loaded)]
            assert same_bits(*actions)
    with pytest.raises(FileNotFoundError):
        policies.load(tmp_path / "nothing.npz")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    with pytest.raises(ValueError, match=r"other.npz holds no policy"):
        policies.load(tmp_path / "other.npz")


def test_constant(task_id: str) -> None:
    tape = action_tape(task_id, 1, 1, seed=9)[0, 0]
    for action in (tape, tape.tolist()):
        constant = fresh(task_id).rollout(policies.Constant(action), 40, record=ALL)
        tiled = np.broadcast_to(tape, (40, NUM_ENVS, *tape.shape))
        assert_same_arrays(
            dict(vars(constant)),
            dict(vars(fresh(task_id).rollout(policies.Sequence(tiled), 40, record=ALL))),
        )
        assert same_bits(constant.actions, np.ascontiguousarray(tiled))


# ---- functions ----


def sign_policies(task_id: str) -> tuple[Any, Any]:
    """A native policy and a function that come to the same actions in float32, rounding included."""
    task = task_of(task_id)
    inputs, outputs = task["observation"]["size"], task["action"]["size"]
    sample = fresh(task_id).rollout(policies.Sequence(action_tape(task_id, 60, NUM_ENVS, seed=2)), 60)
    values = sample.observations.reshape(-1, inputs)
    element = int(np.argmax(values.std(axis=0)))
    middle = np.median(values[:, element])
    weights = np.zeros((outputs, inputs), np.float32)
    bias = np.zeros(outputs, np.float32)
    weights[-1, element], bias[-1] = 1, -middle
    if task["action"]["kind"] == "discrete":
        # the last choice where the element is above its middle, else the first
        return policies.Linear(weights, bias), lambda o: np.where(o[:, element] - middle > 0, outputs - 1, 0)
    low, high = trajectory_bounds(task_id)

    def distance(o: Any) -> Any:
        actions = np.zeros((len(o), outputs), np.float32)
        actions[:, -1] = o[:, element] - middle
        return np.clip(actions, low, high)

    return policies.Linear(weights, bias), distance


def test_functions_are_policies(task_id: str, mode: str) -> None:
    native, function = sign_policies(task_id)
    seen = []

    def policy(observations: Any) -> Any:
        seen.append(observations)
        return function(observations)

    native_envs, python_envs = fresh(task_id, mode), fresh(task_id, mode)
    expected = native_envs.rollout(native, NUM_STEPS, record=ALL)
    trajectory = python_envs.rollout(policy, NUM_STEPS, record=ALL)
    assert_same_arrays(dict(vars(trajectory)), dict(vars(expected)))
    assert python_envs.get_state() == native_envs.get_state()
    # once a step, with arrays that stay as they were
    assert len(seen) == NUM_STEPS
    assert same_bits(np.stack(seen), expected.observations)
    assert expected.episode_times.size >= NUM_ENVS
    assert len(np.unique(expected.actions)) > 1


def test_a_function_that_raises_changes_nothing(task_id: str, mode: str) -> None:
    envs = fresh(task_id, mode)
    before = envs.get_state()
    _, function = sign_policies(task_id)
    calls = []

    def policy(observations: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise ZeroDivisionError("on purpose")
        return function(observations)

    with pytest.raises(ZeroDivisionError, match="on purpose"):
        envs.rollout(policy, 10)
    assert envs.get_state() == before
    # and so does one that returns no actions
    for bad in (None, np.zeros((2, 2, 2)), "left"):
        with pytest.raises(error.InvalidAction):
            envs.rollout(lambda o, bad=bad: bad, 10)
        assert envs.get_state() == before
    with pytest.raises(TypeError, match="policy must be"):
        envs.rollout(3, 10)


# ---- the record ----


@pytest.mark.parametrize("field", ALL)
@pytest.mark.parametrize("kind", ["native", "function"])
def test_record_one_field(task_id: str, field: str, kind: str) -> None:
    native, function = sign_policies(task_id)
    policy = native if kind == "native" else function
    everything = fresh(task_id, "same_step").rollout(policy, 40, record=ALL)
    envs = fresh(task_id, "same_step")
    part = envs.rollout(policy, 40, record=[field])
    episodes = {name for name in vars(everything) if name.startswith("episode_")}
    expected = {
        "episodes": episodes,
        "final_observations": {field, *episodes},
    }.get(field, {field})
    for name, array in vars(part).items():
        if name in expected:
            assert same_bits(array, getattr(everything, name)), name
        else:
            assert array is None, name
    assert same_bits(current_observations(envs), everything.last_observations)


def test_record_nothing_or_what_does_not_exist(task_id: str) -> None:
    envs = fresh(task_id)
    native, _ = sign_policies(task_id)
    nothing = envs.rollout(native, 40, record=[])
    assert all(array is None for array in vars(nothing).values())
    whole = fresh(task_id)
    whole.rollout(native, 40)
    before = envs.get_state()
    assert before == whole.get_state()
    for record in (["observation"], ["rewards", "oops"], "r"):
        with pytest.raises(ValueError, match="unknown field"):
            envs.rollout(native, 40, record=record)
    assert envs.get_state() == before


def test_default_record(task_id: str, mode: str) -> None:
    native, _ = sign_policies(task_id)
    trajectory = fresh(task_id, mode).rollout(native, 8)
    assert isinstance(trajectory, plyo.Trajectory)
    space = task_of(task_id)
    row = (space["observation"]["size"],)
    action_row = () if is_discrete(task_id) else (space["action"]["size"],)
    shapes = {
        "observations": (np.float32, (8, NUM_ENVS, *row)),
        "actions": (np.int64 if is_discrete(task_id) else np.float32, (8, NUM_ENVS, *action_row)),
        "rewards": (np.float64, (8, NUM_ENVS)),
        "terminated": (np.bool_, (8, NUM_ENVS)),
        "truncated": (np.bool_, (8, NUM_ENVS)),
        "last_observations": (np.float32, (NUM_ENVS, *row)),
    }
    for name, (dtype, shape) in shapes.items():
        array = getattr(trajectory, name)
        assert (array.dtype, array.shape) == (dtype, shape), name
        assert array.flags.c_contiguous
    assert (trajectory.final_observations is not None) == (mode == "same_step")


@pytest.mark.parametrize("kind", ["native", "function"])
def test_record_into_the_callers_arrays(task_id: str, kind: str) -> None:
    native, function = sign_policies(task_id)
    policy = native if kind == "native" else function
    expected = fresh(task_id).rollout(policy, 20)
    names = [*OVER_TIME, "last_observations"]
    out = {name: np.full_like(getattr(expected, name), 1) for name in names}
    trajectory = fresh(task_id).rollout(policy, 20, out=out)
    for name in names:
        assert getattr(trajectory, name) is out[name]
        assert same_bits(out[name], getattr(expected, name))
    # some given and not recorded otherwise, some fresh
    rewards = np.zeros((20, NUM_ENVS))
    trajectory = fresh(task_id).rollout(policy, 20, record=["actions"], out={"rewards": rewards})
    assert trajectory.rewards is rewards
    assert same_bits(rewards, expected.rewards)
    assert same_bits(trajectory.actions, expected.actions)
    assert trajectory.observations is None
    # a part of a larger array, such as a replay buffer
    buffer = np.zeros((60, *expected.observations.shape[1:]), np.float32)
    fresh(task_id).rollout(policy, 20, out={"observations": buffer[20:40]})
    assert same_bits(buffer[20:40], expected.observations)
    assert not buffer[:20].any()
    assert not buffer[40:].any()


def test_long_rollouts_of_many_lanes_go_tile_by_tile(task_id: str) -> None:
    # several tiles, the last one small, on one thread and on more
    results = []
    for threads in (1, 3):
        envs = fresh(task_id, "same_step", num_envs=1030, num_threads=threads)
        results.append(dict(vars(envs.rollout(drawing(task_id), 60, record=ALL))))
    assert_same_arrays(*results)
    times, lanes = results[0]["episode_times"], results[0]["episode_lanes"]
    assert (np.diff(times * 2000 + lanes) > 0).all(), "by time, then by lane"
    ended = results[0]["terminated"] | results[0]["truncated"]
    assert (np.argwhere(ended) == np.stack([times, lanes], axis=1)).all()


@pytest.mark.parametrize("num_threads", [1, 3])
@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_large_trajectories(task_id: str, mode: str, num_threads: int) -> None:
    # beyond 4 MiB a trajectory is written past the caches; rows of an odd length begin at any address
    num_envs, num_steps, part = 1031, 240, 20
    envs = fresh(task_id, mode, num_envs=num_envs, num_threads=num_threads)
    small = fresh(task_id, mode, num_envs=num_envs, num_threads=1)
    policy = drawing(task_id)
    parts = [small.rollout(policy, part) for _ in range(num_steps // part)]

    out, memory = {}, {}
    for name in OVER_TIME:
        pieces = getattr(parts[0], name)
        shape = (num_steps, *pieces.shape[1:])
        memory[name] = np.full(int(np.prod(shape)) + 3, 7).astype(pieces.dtype)
        out[name] = memory[name][1:-2].reshape(shape)
    assert sum(array.nbytes for array in out.values()) > 4 << 20
    trajectory = envs.rollout(drawing(task_id), num_steps, out=out)
    fresh_trajectory = fresh(task_id, mode, num_envs=num_envs).rollout(drawing(task_id), num_steps)
    for name in OVER_TIME:
        assert getattr(trajectory, name) is out[name]
        expected = np.concatenate([getattr(p, name) for p in parts])
        assert same_bits(out[name], expected), name
        assert same_bits(getattr(fresh_trajectory, name), expected), name
        # nothing beside it was written to
        edges = memory[name][[0, -2, -1]]
        assert (edges == np.array([7]).astype(edges.dtype)).all()
    assert same_bits(trajectory.last_observations, parts[-1].last_observations)
    assert envs.get_state() == small.get_state()


@pytest.mark.parametrize("num_envs", [1000, 1024, 4099])
def test_large_trajectories_equal_their_pieces(task_id: str, num_envs: int) -> None:
    """A record beyond a megabyte is written past the caches, a small one in place: the bits are the same."""
    steps, piece = 96, 4
    whole, pieces = fresh(task_id, num_envs=num_envs), fresh(task_id, num_envs=num_envs)
    policy, same_policy = policies.Random(seed=4), policies.Random(seed=4)
    large = whole.rollout(policy, steps)
    assert sum(getattr(large, name).nbytes for name in OVER_TIME) > 2**20
    for first in range(0, steps, piece):
        small = pieces.rollout(same_policy, piece)
        assert sum(getattr(small, name).nbytes for name in OVER_TIME) < 2**20
        for name in OVER_TIME:
            assert same_bits(getattr(large, name)[first : first + piece], getattr(small, name)), (name, first)
    assert same_bits(large.last_observations, small.last_observations)
    assert whole.get_state() == pieces.get_state()
