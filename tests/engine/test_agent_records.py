"""What a rollout records for training: log-probabilities, entropies, values, advantages, returns."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract_helpers import make_vec, same_bits

import plyo
from plyo import _native, policies

MODES = ("next_step", "same_step", "disabled")
AGENT = ("log_probs", "entropies", "values", "last_values", "advantages", "returns", "valid")
STEPS = ("observations", "actions", "rewards", "terminated", "truncated", "last_observations")
EVERYTHING = (*STEPS, *AGENT, "final_observations", "episodes")
GAMMA, LAMBDA = 0.98, 0.9


def layers(*sizes: int, seed: int = 0, scale: float = 1.0, population: int = 1) -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(seed)
    return [
        (
            (scale * rng.normal(size=(population, o, i)) / np.sqrt(i)).astype(np.float32),
            rng.normal(scale=0.1, size=(population, o)).astype(np.float32),
        )
        for i, o in pairwise(sizes)
    ]


def categorical(seed: int = 3, **kwargs: Any) -> policies.MLP:
    return policies.MLP(
        layers(4, 16, 16, 2, seed=1, scale=1.5),
        value=layers(4, 12, 1, seed=2),
        head="categorical",
        seed=seed,
        **kwargs,
    )


def gaussian(head: str = "gaussian", seed: int = 3, **kwargs: Any) -> policies.MLP:
    value = layers(3, 12, 1, seed=2)
    return policies.MLP(layers(3, 16, 1, seed=1), value=value, head=head, log_std=[-0.3], seed=seed, **kwargs)


def poles(num_envs: int, mode: str = "next_step", limit: int = 21, seed: int = 5, **kwargs: Any) -> Any:
    """Some episodes end by their pole, others by the limit; the lanes are out of phase."""
    envs = make_vec("CartPole-v1", num_envs, autoreset_mode=mode, max_episode_steps=limit, **kwargs)
    envs.reset(seed=seed)
    if mode != "disabled":
        envs.rollout(policies.Random(seed=1), 13, record=[])
    return envs


def forward(net: list[tuple[Any, Any]], inputs: Any, last: bool = True) -> Any:
    """One network of a population, in float64."""
    values = inputs.astype(np.float64)
    for i, (weights, bias) in enumerate(net):
        values = values @ weights.astype(np.float64).T + bias
        if i + 1 < len(net) or not last:
            values = np.tanh(values)
    return values


def first(net: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(weights[0], bias[0]) for weights, bias in net]


def log_softmax(logits: Any) -> Any:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# ---- log-probabilities, entropies, values ----


@pytest.mark.parametrize("num_envs", [1, 5, 70, 300])
def test_notes_of_a_categorical_head(num_envs: int) -> None:
    policy = categorical()
    t = poles(num_envs).rollout(policy, 40, record=EVERYTHING)
    log_probs = log_softmax(forward(first(policy.layers), t.observations))
    chosen = np.take_along_axis(log_probs, t.actions[..., None], axis=-1)[..., 0]
    assert np.abs(t.log_probs - chosen).max() < 5e-6
    assert np.abs(t.entropies + (np.exp(log_probs) * log_probs).sum(axis=-1)).max() < 5e-6
    assert np.abs(t.values - forward(first(policy.value), t.observations)[..., 0]).max() < 5e-6
    assert np.abs(t.last_values - forward(first(policy.value), t.last_observations)[..., 0]).max() < 5e-6
    for name in AGENT[:-1]:
        array = getattr(t, name)
        assert array.dtype == np.float32
        assert array.shape == ((num_envs,) if name == "last_values" else (40, num_envs))
    assert np.ptp(t.actions) == 1


def test_notes_of_a_gaussian_head() -> None:
    for clip in (True, False):
        policy = gaussian(clip_actions=clip)
        envs = make_vec("Pendulum-v1", 50)
        envs.reset(seed=1)
        t = envs.rollout(policy, 30, record=[*EVERYTHING, "raw_actions"])
        mean = forward(first(policy.layers), t.observations)
        std = np.exp(-0.3)
        normals = (t.raw_actions - mean) / std
        expected = (-0.5 * normals**2 - np.log(std) - 0.5 * np.log(2 * np.pi)).sum(axis=-1)
        assert np.abs(t.log_probs - expected).max() < 2e-5
        assert np.abs(t.entropies - (0.5 + 0.5 * np.log(2 * np.pi) - 0.3)).max() < 1e-6
        assert t.raw_actions.shape == t.actions.shape
        assert same_bits(t.actions, np.clip(t.raw_actions, -2, 2) if clip else t.raw_actions)
        assert (np.abs(t.raw_actions) > 2).any()


def test_notes_of_a_squashed_gaussian_head() -> None:
    policy = gaussian("squashed_gaussian")
    envs = make_vec("Pendulum-v1", 50)
    envs.reset(seed=1)
    t = envs.rollout(policy, 30, record=["observations", "actions", "raw_actions", "log_probs"])
    raw = t.raw_actions.astype(np.float64)
    assert np.abs(t.actions - 2 * np.tanh(raw)).max() < 1e-6
    normals = (raw - forward(first(policy.layers), t.observations)) / np.exp(-0.3)
    density = -0.5 * normals**2 + 0.3 - 0.5 * np.log(2 * np.pi)
    # of the action itself: dy/dx = 2 (1 - tanh(x)^2)
    expected = (density - np.log(2 * (1 - np.tanh(raw) ** 2))).sum(axis=-1)
    assert np.abs(t.log_probs - expected).max() < 1e-4
    mean = policies.MLP(policy.layers, head="squashed_mean")
    envs.reset(seed=1)
    m = envs.rollout(mean, 3, record=["observations", "actions", "raw_actions"])
    assert np.abs(m.actions - 2 * np.tanh(forward(first(policy.layers), m.observations))).max() < 2e-6
    assert np.abs(m.raw_actions - forward(first(policy.layers), m.observations)).max() < 2e-6


def own_std(head: str = "gaussian", seed: int = 3, **kwargs: Any) -> policies.MLP:
    """Its log_std depends on the observation, and leaves the range in places."""
    net = layers(3, 16, 2, seed=1, scale=2.0)
    arguments = {"log_std": "outputs", "log_std_range": (-1.0, 0.25), "seed": seed}
    return policies.MLP(net, value=layers(3, 1, seed=2), head=head, **{**arguments, **kwargs})


@pytest.mark.parametrize("head", ["gaussian", "squashed_gaussian"])
@pytest.mark.parametrize("num_envs", [1, 50])
def test_a_network_gives_its_own_standard_deviations(head: str, num_envs: int) -> None:
    policy = own_std(head)
    envs = make_vec("Pendulum-v1", num_envs)
    envs.reset(seed=1)
    entropies = ["entropies"] if head == "gaussian" else []
    t = envs.rollout(policy, 60, record=["observations", "actions", "raw_actions", "log_probs", *entropies])
    mean, free = np.split(forward(first(policy.layers), t.observations), 2, axis=-1)
    log_std = np.clip(free, -1, 0.25)
    assert (free < -1).any()
    assert (free > 0.25).any()
    assert (log_std == free).any()
    raw = t.raw_actions.astype(np.float64)
    normals = (raw - mean) / np.exp(log_std)
    density = -0.5 * normals**2 - log_std - 0.5 * np.log(2 * np.pi)
    if head == "gaussian":
        assert np.abs(t.entropies - (log_std + 0.5 + 0.5 * np.log(2 * np.pi))[..., 0]).max() < 5e-6
        assert same_bits(t.actions, np.clip(t.raw_actions, -2, 2))
    else:
        density -= np.log(2 * (1 - np.tanh(raw) ** 2))
        assert np.abs(t.actions - 2 * np.tanh(raw)).max() < 1e-6
    assert np.abs(t.log_probs - density[..., 0]).max() < 2e-4
    # the same standard deviation for all is that of an array, to the bit
    weights, bias = policy.layers[-1]
    weights[:, 1], bias[:, 1] = 0, -0.5
    flat = policies.MLP(
        [*policy.layers[:-1], (weights[:, :1], bias[:, :1])], head=head, log_std=[-0.5], seed=3
    )
    policy.seed = 4  # fresh streams
    flat.seed = 4
    for twin in (policy, flat):
        envs.reset(seed=2)
        actions = envs.rollout(twin, 20, record=["actions", "log_probs"])
        t = actions if twin is policy else t
    assert same_bits(t.actions, actions.actions)
    assert same_bits(t.log_probs, actions.log_probs)


def test_heads_without_a_draw_leave_the_standard_deviations_out() -> None:
    policy = own_std("squashed_gaussian")
    envs = make_vec("Pendulum-v1", 20)
    envs.reset(seed=1)
    for head in ("squashed_mean", "mean"):
        policy.head = head
        t = envs.rollout(policy, 3, record=["observations", "raw_actions"])
        mean = forward(first(policy.layers), t.observations)[..., :1]
        assert np.abs(t.raw_actions - mean).max() < 5e-6
    assert same_bits(own_std("mean").layers[0][0], policy.layers[0][0])


def test_standard_deviations_of_a_network_survive_files_members_and_updates(tmp_path: Path) -> None:
    policy = own_std()
    policy.save(tmp_path / "p.npz")
    loaded = policies.load(tmp_path / "p.npz")
    assert (loaded.log_std, loaded.log_std_range) == ("outputs", (-1.0, 0.25))
    member = policies.MLP(layers(3, 4, population=2), head="gaussian", log_std="outputs").member(1)
    assert (member.log_std, member.log_std_range) == ("outputs", (-20.0, 2.0))
    policy.update(layers(3, 2, seed=5))
    assert policy.log_std == "outputs"
    with pytest.raises(ValueError, match="log_std is among the outputs of a policy from its beginning"):
        policy.update(layers(3, 2), log_std=[0.0])
    with pytest.raises(ValueError, match="log_std is among the outputs of a policy from its beginning"):
        gaussian().update(layers(3, 2), log_std="outputs")
    envs = make_vec("Pendulum-v1", 2)
    envs.reset(seed=0)
    policy.update(layers(3, 4))
    with pytest.raises(
        ValueError, match="the policy has 2 outputs beside as many log_std, an action of Pendulum"
    ):
        envs.rollout(policy, 1)


def test_heads_that_do_not_fit_the_actions_are_refused() -> None:
    poles_envs, pendulums = make_vec("CartPole-v1", 2), make_vec("Pendulum-v1", 2)
    for envs in (poles_envs, pendulums):
        envs.reset(seed=0)
    for head in ("mean", "squashed_mean"):
        with pytest.raises(ValueError, match="head does not fit the actions of CartPole"):
            poles_envs.rollout(policies.Linear(np.ones((2, 4)), head=head), 2)
    for head in ("argmax", "categorical"):
        with pytest.raises(ValueError, match="head does not fit the actions of Pendulum"):
            pendulums.rollout(policies.Linear(np.ones((1, 3)), head=head), 2)


def test_a_trunk_is_shared() -> None:
    trunk, policy_net, value_net = layers(4, 16, 8, seed=4), layers(8, 6, 2, seed=5), layers(8, 1, seed=6)
    shared = policies.MLP(policy_net, value=value_net, trunk=trunk, head="categorical", seed=1)
    apart = policies.MLP([*trunk, *policy_net], value=[*trunk, *value_net], head="categorical", seed=1)
    for num_envs in (3, 100):
        ours = poles(num_envs).rollout(shared, 30, record=EVERYTHING)
        theirs = poles(num_envs).rollout(apart, 30, record=EVERYTHING)
        for name in (*STEPS, *AGENT):
            assert same_bits(getattr(ours, name), getattr(theirs, name)), name
        shared.seed, apart.seed = 2, 2


def test_the_value_network_has_an_activation_of_its_own() -> None:
    value = layers(4, 12, 1, seed=2)
    policy = policies.MLP(layers(4, 8, 2), value=value, activation="relu", value_activation="silu")
    t = poles(20).rollout(policy, 10, record=["observations", "values"])
    x = t.observations.astype(np.float64) @ value[0][0][0].T + value[0][1][0]
    expected = (x / (1 + np.exp(-x))) @ value[1][0][0].T + value[1][1][0]
    assert np.abs(t.values - expected[..., 0]).max() < 5e-6


# ---- advantages and returns ----


def reference(
    t: Any, mode: str, finals: Any, gamma: Any, lam: Any, dtype: Any, waiting: Any
) -> tuple[Any, Any, Any]:
    """Lane by lane and step by step, as the definition says. ``waiting``: lanes that the first step resets."""
    num_steps, num_envs = t.rewards.shape
    rewards, values, last = (a.astype(dtype) for a in (t.rewards, t.values, t.last_values))
    gamma, lam = dtype(gamma), dtype(lam)
    advantages, returns = np.zeros_like(values), np.zeros_like(values)
    valid = np.ones(values.shape, bool)
    for lane in range(num_envs):
        over = bool(waiting[lane])
        for step in range(num_steps):
            valid[step, lane] = not over
            ended = t.terminated[step, lane] | t.truncated[step, lane]
            over = {"next_step": ended, "same_step": False, "disabled": over or ended}[mode]
        advantage = dtype(0)
        for step in reversed(range(num_steps)):
            ended = t.terminated[step, lane] | t.truncated[step, lane]
            after = values[step + 1, lane] if step + 1 < num_steps else last[lane]
            if mode == "same_step" and ended:
                after = finals[step, lane]
            if t.terminated[step, lane]:
                after = dtype(0)
            if ended:
                advantage = dtype(0)
            delta = (rewards[step, lane] + gamma * after) - values[step, lane]
            advantage = delta + (gamma * lam) * advantage
            if not valid[step, lane]:
                advantage = dtype(0)
            advantages[step, lane], returns[step, lane] = advantage, advantage + values[step, lane]
    return advantages, returns, valid


def final_values(t: Any, policy: policies.MLP) -> Any:
    """The values of final observations, at the steps and lanes of their ends, in the bits of the policy."""
    finals = np.zeros(t.rewards.shape, np.float32)
    if t.final_observations is not None and len(t.final_observations):
        # a batch that observes these states tells their values
        envs = make_vec("CartPole-v1", len(t.final_observations))
        envs.reset(seed=0)
        for lane, observation in enumerate(t.final_observations):
            envs._engine.set_variables(lane, observation.astype(np.float64))
        values = envs.rollout(
            policies.MLP(policy.layers, value=policy.value), 1, record=["values", "observations"]
        )
        assert same_bits(values.observations[0], t.final_observations)
        finals[t.episode_times, t.episode_lanes] = values.values[0]
    return finals


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("num_envs", [1, 7, 150])
def test_advantages_are_those_of_the_definition(mode: str, num_envs: int) -> None:
    policy = categorical()
    envs = poles(num_envs, mode)
    for piece in range(2 if mode != "disabled" else 1):
        t = envs.rollout(policy, 50, record=EVERYTHING, gamma=GAMMA, gae_lambda=LAMBDA)
        # lanes whose episode ended in the last step before are reset by the first
        waiting = ~t.valid[0]
        if mode == "next_step":
            assert (t.rewards[0][waiting] == 0).all()
            assert not (t.rewards[0][~waiting] == 0).any()
        else:
            assert not waiting.any()
        finals = final_values(t, policy)
        exact = reference(t, mode, finals, GAMMA, LAMBDA, np.float32, waiting)
        for name, expected in zip(("advantages", "returns", "valid"), exact, strict=True):
            assert same_bits(getattr(t, name), expected), (name, piece)
        wide = reference(t, mode, finals, GAMMA, LAMBDA, np.float64, waiting)
        assert np.abs(t.advantages - wide[0]).max() < 1e-4
        if num_envs == 150:
            both = t.terminated | t.truncated
            assert (t.terminated & ~t.truncated).any()
            assert (t.truncated & ~t.terminated).any()
            assert both[-1].any() or mode == "disabled"
            assert (mode == "same_step") == t.valid.all()


def test_invalid_rows_are_where_a_lane_is_reset_or_rests() -> None:
    t = poles(150).rollout(categorical(), 50, record=EVERYTHING)
    ended = t.terminated | t.truncated
    assert same_bits(t.valid[1:], ~ended[:-1])
    assert (t.advantages[~t.valid] == 0).all()
    assert same_bits(t.returns[~t.valid], t.values[~t.valid])
    t = poles(150, "disabled").rollout(categorical(), 50, record=EVERYTHING)
    ended = t.terminated | t.truncated
    assert same_bits(t.valid, np.cumsum(ended, axis=0) - ended == 0)
    # a policy that draws nothing and records nothing else leaves a tile whose lanes all rest
    still = policies.MLP(layers(4, 2), value=layers(4, 1))
    t = poles(20, "disabled").rollout(still, 60, record=["valid", "values", "returns", "last_values"])
    assert not t.valid[-1].any()
    assert same_bits(t.values[-1], t.last_values)
    assert same_bits(t.returns[-1], t.values[-1])


@pytest.mark.parametrize("mode", MODES)
def test_each_field_alone_and_into_arrays_of_the_caller(mode: str) -> None:
    everything = poles(130, mode).rollout(categorical(), 30, record=EVERYTHING)
    for name in AGENT:
        alone = poles(130, mode).rollout(categorical(), 30, record=[name])
        assert same_bits(getattr(alone, name), getattr(everything, name)), name
        assert all(getattr(alone, other) is None for other in (*STEPS, *AGENT) if other != name)
        out = {name: np.full_like(getattr(everything, name), 1)}
        given = poles(130, mode).rollout(categorical(), 30, record=[], out=out)
        assert getattr(given, name) is out[name]
        assert same_bits(out[name], getattr(everything, name)), name


@pytest.mark.parametrize("num_threads", [1, 2, 5])
@pytest.mark.parametrize("num_envs", [1, 3, 64, 257, 1000])
def test_the_number_of_lanes_and_threads_changes_no_bit(num_envs: int, num_threads: int) -> None:
    many = poles(1000, "same_step", num_threads=1).rollout(categorical(), 25, record=EVERYTHING)
    t = poles(num_envs, "same_step", num_threads=num_threads).rollout(categorical(), 25, record=EVERYTHING)
    for name in (*STEPS, *AGENT):
        whole = getattr(many, name)
        part = whole[:num_envs] if name.startswith("last_") else whole[:, :num_envs]
        assert same_bits(getattr(t, name), np.ascontiguousarray(part)), name


def digest_of_heads() -> dict[str, str]:
    """Hashes of rollouts with every head and activation, and of large trajectories."""
    from contract_helpers import digest

    hashes = {}
    for activation in ("tanh", "relu", "silu"):
        for num_envs in (3, 100):
            policy = categorical(activation=activation)
            t = poles(num_envs).rollout(policy, 40, record=EVERYTHING)
            hashes[f"categorical {activation} {num_envs}"] = digest(vars(t))
    for head in ("gaussian", "squashed_gaussian"):
        envs = make_vec("Pendulum-v1", 70)
        envs.reset(seed=2)
        record = ["actions", "log_probs", "raw_actions"]
        hashes[f"{head} own std"] = digest(vars(envs.rollout(own_std(head), 50, record=record)))
        for num_envs in (3, 100):
            envs = make_vec("Pendulum-v1", num_envs)
            envs.reset(seed=2)
            record = [*STEPS, "log_probs", "values", "advantages", "returns", "raw_actions"]
            hashes[f"{head} {num_envs}"] = digest(vars(envs.rollout(gaussian(head), 210, record=record)))
    population = policies.MLP(
        layers(4, 20, 2, population=5),
        value=layers(4, 20, 1, population=5, seed=1),
        head="categorical",
        seed=1,
    )
    for num_envs in (3, 100):
        recurrent = policies.GRU(
            [(layers(4, 21)[0][0], layers(7, 21)[0][0], layers(4, 21)[0][1], None)],
            layers(7, 2),
            value=layers(7, 1),
            head="categorical",
            seed=1,
        )
        t = poles(num_envs, "same_step").rollout(recurrent, 40, record=EVERYTHING)
        hashes[f"gru {num_envs}"] = digest(vars(t))
    hashes["population"] = digest(vars(poles(20, "same_step").rollout(population, 40, record=EVERYTHING)))
    return hashes


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512"])
def test_every_instruction_set(isa: str) -> None:
    if isa not in _native.supported_isas():
        pytest.skip(f"this machine or this build has no {isa}")
    here = Path(__file__).parent
    paths = [str(here), str(here.parent / "contract"), os.environ.get("PYTHONPATH", "")]
    code = "import json, test_agent_records as t; print(json.dumps([t._native.isa(), t.digest_of_heads()]))"
    output = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PLYO_ISA": isa, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    assert json.loads(output.stdout) == [isa, digest_of_heads()]


def test_members_of_a_population_have_values_of_their_own() -> None:
    nets = {"layers": layers(4, 8, 2, population=3), "value": layers(4, 8, 1, seed=1, population=3)}
    for size in (1, 5, 70):
        whole = policies.MLP(nets["layers"], value=nets["value"])
        t = poles(3 * size, "same_step").rollout(whole, 30, record=EVERYTHING[:6] + AGENT[2:6])
        for g in range(3):
            lanes = slice(g * size, (g + 1) * size)
            expected = forward([(w[g], b[g]) for w, b in whole.value], t.observations[:, lanes])[..., 0]
            assert np.abs(t.values[:, lanes] - expected).max() < 5e-6
        member = whole.member(1)
        assert same_bits(member.value[0][0], whole.value[0][0][[1]])
        ends = t.advantages[:, size : 2 * size]
        part = poles(3 * size, "same_step")
        lanes_state = part.get_state(range(size, 2 * size))
        alone = make_vec("CartPole-v1", size, autoreset_mode="same_step", max_episode_steps=21)
        alone.set_state(lanes_state)
        own = alone.rollout(member, 30, record=["advantages"])
        assert same_bits(own.advantages, np.ascontiguousarray(ends))


# ---- what cannot be recorded ----


def test_records_that_a_policy_has_not_are_refused_and_change_nothing() -> None:
    envs = poles(6)
    state = envs.get_state()
    no_value = policies.MLP(layers(4, 8, 2), head="categorical", seed=1)
    draws_nothing = policies.MLP(layers(4, 8, 2), value=layers(4, 1))
    refused = [
        (no_value, "values", "no value network"),
        (no_value, "last_values", "no value network"),
        (no_value, "advantages", "no value network"),
        (no_value, "returns", "no value network"),
        (policies.Random(seed=1), "values", "no value network"),
        (draws_nothing, "log_probs", "draws no actions"),
        (draws_nothing, "entropies", "'entropies' are those of"),
        (policies.Random(seed=1), "log_probs", "draws no actions"),
        (no_value, "raw_actions", "for a Box"),
        (lambda o: np.zeros(6, np.int64), "values", "a function gives nothing but actions"),
        (lambda o: np.zeros(6, np.int64), "valid", "a function gives nothing but actions"),
    ]
    for policy, name, text in refused:
        with pytest.raises(ValueError, match=text):
            envs.rollout(policy, 3, record=[name])
        assert envs.get_state() == state
    for kwargs, text in (
        ({"gamma": 1.5}, "gamma must be from 0 to 1, got 1.5"),
        ({"gamma": np.nan}, "gamma must be from 0 to 1"),
        ({"gae_lambda": -0.1}, "gae_lambda must be from 0 to 1, got -0.1"),
        ({"out": {"values": np.zeros((3, 6))}}, "values"),
        ({"out": {"last_values": np.zeros((3, 6), np.float32)}}, "last_values"),
    ):
        with pytest.raises((ValueError, TypeError), match=text):
            envs.rollout(draws_nothing, 3, **kwargs)
        assert envs.get_state() == state
    assert envs.rollout(policies.Random(seed=1), 3, record=["valid"]).valid.shape == (3, 6)


def test_layers_that_do_not_fit_are_refused() -> None:
    for kwargs, text in (
        ({"value": layers(5, 1)}, "value layer 0 is of 1 networks with 5 inputs"),
        ({"value": layers(4, 2)}, "a value network has one output, got 2"),
        ({"value": layers(4, 1, population=2)}, "value layer 0 is of 2 networks"),
        ({"trunk": layers(4, 3)}, "layer 0 is of 1 networks with 4 inputs, the trunk of 1 networks with 3"),
        ({"value": [(np.full((1, 4), np.inf), None)]}, "the weights of value layer 0 must be finite"),
        ({"activation": "gelu"}, "activation must be 'tanh', 'relu' or 'silu', got 'gelu'"),
        ({"value_activation": "gelu"}, "value_activation must be 'tanh', 'relu' or 'silu', got 'gelu'"),
        ({"head": "softmax"}, "head must be one of"),
        ({"head": "squashed_gaussian"}, "log_std belongs to"),
        ({"head": "squashed_mean", "log_std": [0.0, 0.0]}, "log_std belongs to"),
        ({"head": "categorical", "log_std": "outputs"}, "'outputs' to those of Box"),
        ({"head": "gaussian", "log_std": "inputs"}, "log_std must be an array or 'outputs', got 'inputs'"),
        ({"head": "gaussian", "log_std": [0.0, 0.0], "log_std_range": (0, 1)}, "log_std_range limits"),
        ({"head": "gaussian", "log_std": "outputs", "log_std_range": (1, 0)}, "the lower one first"),
        ({"head": "gaussian", "log_std": "outputs", "log_std_range": (0, np.inf)}, "two finite numbers"),
        ({"head": "gaussian", "log_std": [0.0, 0.0, 0.0]}, r"log_std must have the shape \(1, 2\)"),
    ):
        with pytest.raises(ValueError, match=text):
            policies.MLP(layers(4, 8, 2), **kwargs)


# ---- updates and copies ----


def test_update_takes_other_weights_and_goes_on_drawing() -> None:
    one, two = layers(4, 8, 2, seed=1), layers(4, 8, 2, seed=2)
    value, other_value = layers(4, 1, seed=3), layers(4, 1, seed=4)
    policy = policies.MLP(one, value=value, head="categorical", seed=7)
    envs = poles(40)
    envs.rollout(policy, 10, record=[])
    state = envs.get_state()
    policy.update(two, other_value)
    t = envs.rollout(policy, 10, record=["actions", "values"])
    twin = poles(40)
    twin_policy = policies.MLP(one, value=value, head="categorical", seed=7)
    twin.rollout(twin_policy, 10, record=[])
    assert twin.get_state() == state
    twin_policy.layers, twin_policy.value = policies.MLP(two).layers, policies.MLP(other_value).layers
    expected = twin.rollout(twin_policy, 10, record=["actions", "values"])
    assert same_bits(t.actions, expected.actions)
    assert same_bits(t.values, expected.values)
    for wrong in (layers(4, 8, 3), [(np.full((2, 4), np.nan), None)]):
        before = policy.layers
        with pytest.raises(ValueError, match="finite" if len(wrong) == 1 else "one output|inputs|value"):
            policy.update(wrong, layers(5, 1))
        assert policy.layers is before
    with pytest.raises(ValueError, match="log_std belongs to heads that draw normals"):
        policy.update(two, log_std=[0.0, 0.0])


def test_pickles_and_files_keep_value_and_trunk(tmp_path: Path) -> None:
    policy = policies.MLP(
        layers(6, 2, seed=1),
        value=layers(6, 5, 1, seed=2),
        trunk=layers(4, 6, seed=3),
        activation="relu",
        value_activation="silu",
        head="categorical",
        seed=9,
    )
    expected = poles(10).rollout(policy, 10, record=AGENT)
    policy.save(tmp_path / "p.npz")
    loaded = policies.load(tmp_path / "p.npz")
    loaded.seed = 9
    for twin in (copy.deepcopy(policy), pickle.loads(pickle.dumps(policy)), loaded):
        t = poles(10).rollout(twin, 10, record=AGENT)
        for name in AGENT:
            assert same_bits(getattr(t, name), getattr(expected, name)), name
    assert isinstance(plyo.policies.load(tmp_path / "p.npz"), policies.MLP)


def test_files_of_earlier_versions_are_read(tmp_path: Path) -> None:
    (weights, bias), *_ = layers(4, 2)
    np.savez(
        tmp_path / "old.npz",
        activation=np.array("tanh"),
        head=np.array(""),
        clip_actions=np.array(True),
        weights_0=weights,
        bias_0=bias,
    )
    loaded = policies.load(tmp_path / "old.npz")
    assert (loaded.value, loaded.trunk, loaded.value_activation) == ([], [], "tanh")
