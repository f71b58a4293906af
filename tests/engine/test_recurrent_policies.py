"""Policies with hidden states: what they compute, where episodes begin, and how the states go on."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract_helpers import make_vec, same_bits
from test_agent_records import EVERYTHING, GAMMA, LAMBDA, MODES, forward, layers, log_softmax, poles

import plyo
from plyo import policies

RECORD = (*EVERYTHING, "hidden")
UNITS = 6


def cells(*sizes: int, units: int = UNITS, seed: int = 5, population: int = 1) -> list[Any]:
    """The layers of a GRU; ``sizes`` are their inputs."""
    made = []
    for i, inputs in enumerate(sizes):
        given, kept = (
            layers(inputs, 3 * units, seed=seed + i, population=population),
            layers(units, 3 * units, seed=seed + 50 + i, scale=2.0, population=population),
        )
        made.append((given[0][0], kept[0][0], given[0][1], kept[0][1]))
    return made


def gru(seed: int = 3, num_layers: int = 2, **kwargs: Any) -> policies.GRU:
    """For CartPole."""
    arguments: dict[str, Any] = {
        "trunk": layers(4, 5, seed=1),
        "value": layers(UNITS, 4, 1, seed=2),
        "initial_hidden": np.linspace(-0.8, 0.8, num_layers * UNITS).reshape(num_layers, UNITS),
        "head": "categorical",
        "seed": seed,
    }
    sizes = [4 if kwargs.get("trunk", ()) is None else 5, *[UNITS] * (num_layers - 1)]
    return policies.GRU(cells(*sizes), layers(UNITS, 7, 2, seed=4, scale=2.0), **{**arguments, **kwargs})


def sigmoid(x: Any) -> Any:
    return np.float32(1) / (np.float32(1) + np.exp(-x))


def dense(pair: tuple[Any, Any], inputs: Any) -> Any:
    """One layer of one network in float32."""
    return inputs @ pair[0][0].T + pair[1][0]


def step_cells(policy: policies.GRU, features: Any, hidden: Any) -> Any:
    """The next hidden states (layers, N, units), in float32."""
    after = []
    for layer in range(len(hidden)):
        given = np.split(dense(policy.gru_inputs[layer], features), 3, axis=-1)
        kept = np.split(dense(policy.gru_states[layer], hidden[layer]), 3, axis=-1)
        r, z = sigmoid(given[0] + kept[0]), sigmoid(given[1] + kept[1])
        n = np.tanh(given[2] + r * kept[2])
        features = (1 - z) * n + z * hidden[layer]
        after.append(features)
    return np.stack(after)


def find_starts(t: Any, mode: str) -> Any:
    """The steps within a rollout before which hidden states begin anew."""
    ended = t.terminated | t.truncated
    starts = {"next_step": ~t.valid, "same_step": ended, "disabled": np.zeros_like(ended)}[mode]
    return np.concatenate([np.zeros_like(starts[:1]), starts[:-1]])


def recompute(policy: policies.GRU, t: Any, mode: str) -> tuple[Any, Any, Any]:
    """What a learner does: log-probabilities, values and the last hidden states from the records."""
    hidden, initial = t.hidden, policy.initial_hidden[0][:, None]
    starts = find_starts(t, mode)
    log_probs, values = [], []
    for step, observations in enumerate(t.observations):
        hidden = np.where(starts[step][None, :, None], initial, hidden)
        features = np.tanh(dense(policy.trunk[0], observations))
        hidden = step_cells(policy, features, hidden)
        tops = [[(w[0], b[0]) for w, b in net] for net in (policy.layers, policy.value)]
        log_probs.append(
            np.take_along_axis(log_softmax(forward(tops[0], hidden[-1])), t.actions[step][:, None], axis=1)
        )
        values.append(forward(tops[1], hidden[-1]))
    return np.stack(log_probs)[..., 0], np.stack(values)[..., 0], hidden


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("num_envs", [1, 9, 70])
def test_a_learner_recomputes_a_rollout_from_its_records(num_envs: int, mode: str) -> None:
    policy, envs = gru(), poles(num_envs, mode)
    for piece in range(2 if mode != "disabled" else 1):
        t = envs.rollout(policy, 50, record=RECORD, gamma=GAMMA, gae_lambda=LAMBDA)
        assert t.hidden.shape == (2, num_envs, UNITS)
        assert t.hidden.dtype == np.float32
        if piece == 0:
            initial = policy.initial_hidden[0][:, None]
            assert same_bits(t.hidden, np.ascontiguousarray(np.broadcast_to(initial, t.hidden.shape)))
        log_probs, values, hidden = recompute(policy, t, mode)
        assert np.abs(t.log_probs - log_probs).max() < 1e-5
        assert np.abs(t.values - values).max() < 1e-5
        assert mode == "disabled" or find_starts(t, mode).any()
        # lanes in the middle of an episode carry on
        ended = t.terminated[-1] | t.truncated[-1] if mode == "same_step" else ~t.valid[-1]
        goes_on = ~ended if mode != "disabled" else np.ones_like(ended)
        assert np.abs(policy.hidden - hidden)[:, goes_on].max(initial=0) < 1e-5
        assert same_bits(
            policy.hidden[:, ~goes_on],
            np.ascontiguousarray(
                np.broadcast_to(policy.initial_hidden[0][:, None], hidden[:, ~goes_on].shape)
            ),
        )
        # the value after the last step belongs to the hidden states as they then are
        features = np.tanh(dense(policy.trunk[0], t.last_observations))
        top = [(w[0], b[0]) for w, b in policy.value]
        last = forward(top, step_cells(policy, features, policy.hidden)[-1])[..., 0]
        assert np.abs(t.last_values - last).max() < 1e-5


def test_an_episode_that_is_cut_is_bootstrapped_with_its_own_hidden_states() -> None:
    """In same-step mode the last observation of an episode goes through the cells beside the rollout."""
    policy, envs = gru(), poles(40, "same_step", limit=6)
    t = envs.rollout(policy, 30, record=RECORD, gamma=GAMMA, gae_lambda=0.0)
    starts, hidden = find_starts(t, "same_step"), t.hidden
    top = [(w[0], b[0]) for w, b in policy.value]
    finals = np.zeros_like(t.values)
    final_rows = np.zeros_like(t.observations)
    final_rows[t.episode_times, t.episode_lanes] = t.final_observations
    for step in range(30):
        hidden = np.where(starts[step][None, :, None], policy.initial_hidden[0][:, None], hidden)
        hidden = step_cells(policy, np.tanh(dense(policy.trunk[0], t.observations[step])), hidden)
        beside = step_cells(policy, np.tanh(dense(policy.trunk[0], final_rows[step])), hidden)
        finals[step] = forward(top, beside[-1])[..., 0]
    ended = t.terminated | t.truncated
    after = np.where(ended, finals, np.concatenate([t.values[1:], t.last_values[None]]))
    expected = t.rewards + GAMMA * np.where(t.terminated, 0, after) - t.values
    assert (t.truncated & ~t.terminated).sum() > 50
    assert np.abs(t.advantages - expected).max() < 2e-5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("num_envs", [3, 130])
def test_two_rollouts_are_one_of_both_lengths(num_envs: int, mode: str) -> None:
    whole_policy = gru()
    whole = poles(num_envs, mode).rollout(whole_policy, 48, record=RECORD)
    for lengths in ((24, 24), (1,) * 48, (7, 40, 1)):
        policy, envs = gru(), poles(num_envs, mode)
        # disabled mode rests within a rollout only
        pieces = [envs.rollout(policy, lengths[0], record=RECORD)]
        if mode != "disabled":
            pieces += [envs.rollout(policy, n, record=RECORD) for n in lengths[1:]]
            assert same_bits(policy.hidden, whole_policy.hidden)
            assert same_bits(pieces[-1].last_values, whole.last_values)
        for name in ("observations", "actions", "log_probs", "values"):
            joined = np.concatenate([getattr(piece, name) for piece in pieces])
            assert same_bits(joined, np.ascontiguousarray(getattr(whole, name)[: len(joined)])), (
                lengths,
                name,
            )


def test_nothing_recorded_moves_the_same_states() -> None:
    for mode in MODES:
        one, other = gru(head="argmax"), gru(head="argmax")
        poles(70, mode).rollout(one, 60, record=[])
        poles(70, mode).rollout(other, 60, record=RECORD[:6])
        assert same_bits(one.hidden, other.hidden)


@pytest.mark.parametrize("num_threads", [1, 2, 5])
@pytest.mark.parametrize("num_envs", [1, 15, 16, 65, 300])
def test_the_number_of_lanes_and_threads_changes_no_bit(num_envs: int, num_threads: int) -> None:
    many = poles(300, "same_step", num_threads=1).rollout(gru(), 20, record=RECORD)
    t = poles(num_envs, "same_step", num_threads=num_threads).rollout(gru(), 20, record=RECORD)
    for name in ("observations", "actions", "log_probs", "values", "advantages"):
        assert same_bits(getattr(t, name), np.ascontiguousarray(getattr(many, name)[:, :num_envs])), name


def test_resets_of_the_caller_begin_episodes() -> None:
    policy, envs = gru(), poles(20)
    envs.rollout(policy, 9, record=[])
    carried = policy.hidden
    mask = np.arange(20) % 2 == 0
    envs.reset(options={"reset_mask": mask})
    hidden = envs.rollout(policy, 1, record=["hidden"]).hidden
    initial = np.broadcast_to(policy.initial_hidden[0][:, None], hidden.shape)
    assert same_bits(hidden[:, mask], np.ascontiguousarray(initial[:, mask]))
    assert same_bits(hidden[:, ~mask], np.ascontiguousarray(carried[:, ~mask]))


def test_hidden_states_are_kept_beside_a_snapshot() -> None:
    policy, envs = gru(head="argmax"), poles(20)
    envs.rollout(policy, 9, record=[])
    state, hidden = envs.get_state(), policy.hidden
    expected = envs.rollout(policy, 9, record=RECORD[:6])
    assert not same_bits(policy.hidden, hidden)
    for twin in (policy, pickle.loads(pickle.dumps(policy)), copy.deepcopy(policy), gru(head="argmax")):
        envs.set_state(state)
        twin.hidden = hidden
        assert same_bits(twin.hidden, hidden)
        t = envs.rollout(twin, 9, record=RECORD[:6])
        assert same_bits(t.observations, expected.observations)
    assert same_bits(copy.copy(policy).hidden, policy.hidden)
    policy.hidden = None
    assert policy.hidden is None
    envs.reset(seed=1)
    envs.rollout(policy, 1, record=[])
    for wrong in (hidden[0], hidden[:1], hidden[..., 1:], np.full_like(hidden, np.nan)):
        with pytest.raises(ValueError, match="hidden must"):
            policy.hidden = wrong
    policy.hidden = hidden[:, :4]
    with pytest.raises(ValueError, match="hidden states of 4 environments, the batch has 20"):
        envs.rollout(policy, 1, record=[])


def test_a_failed_rollout_moves_no_hidden_state() -> None:
    envs = make_vec("Pendulum-v1", 20)
    envs.reset(seed=0)
    # the output is infinite once the states have grown
    policy = policies.GRU(
        [(np.zeros((6, 3)), np.zeros((6, 2)), [0.0, 0.0, 2.0, 2.0, 5.0, 5.0], None)],
        [(np.full((1, 2), 3e38), np.zeros(1))],
        clip_actions=False,
    )
    with pytest.raises(ValueError, match="is inf"):
        envs.rollout(policy, 60, record=[])
    assert policy.hidden is None
    envs.rollout(policy, 2, record=[])
    hidden, state = policy.hidden, envs.get_state()
    with pytest.raises(ValueError, match="is inf"):
        envs.rollout(policy, 60, record=[])
    assert same_bits(policy.hidden, hidden)
    assert envs.get_state() == state


def test_wrapped_batches_move_the_same_states() -> None:
    record = [
        "observations",
        "actions",
        "log_probs",
        "values",
        "last_values",
        "advantages",
        "valid",
        "hidden",
    ]
    for mode in MODES:
        bare, fused = (poles(40, mode, limit=9) for _ in range(2))
        wrapped = plyo.wrappers.vector.RecordEpisodeStatistics(fused)
        ours, theirs = gru(), gru()
        a, b = bare.rollout(ours, 30, record=record), wrapped.rollout(theirs, 30, record=record)
        for name in record:
            assert same_bits(getattr(a, name), getattr(b, name)), name
        assert same_bits(ours.hidden, theirs.hidden)


def test_members_of_a_population_have_cells_of_their_own() -> None:
    whole = policies.GRU(
        cells(4, population=3), layers(UNITS, 2, population=3), value=layers(UNITS, 1, population=3)
    )
    record = ["observations", "actions", "values"]
    t = poles(60).rollout(whole, 20, record=record)
    for g in range(3):
        lanes = slice(20 * g, 20 * g + 20)
        envs = make_vec("CartPole-v1", 20, max_episode_steps=21)
        envs.set_state(poles(60).get_state(range(20 * g, 20 * g + 20)))
        own = envs.rollout(whole.member(g), 20, record=record)
        for name in record:
            assert same_bits(getattr(own, name), np.ascontiguousarray(getattr(t, name)[:, lanes])), name


def test_files_keep_cells(tmp_path: Path) -> None:
    policy = gru(seed=9)
    policy.save(tmp_path / "p.npz")
    loaded = policies.load(tmp_path / "p.npz")
    assert isinstance(loaded, policies.GRU)
    loaded.seed = 9
    ours, theirs = (poles(10).rollout(p, 10, record=RECORD) for p in (policy, loaded))
    assert same_bits(ours.values, theirs.values)
    assert same_bits(ours.hidden, theirs.hidden)


def test_update_takes_other_weights_and_goes_on() -> None:
    policy, envs = gru(), poles(20)
    envs.rollout(policy, 5, record=[])
    hidden = policy.hidden
    other = cells(5, UNITS, seed=77)
    policy.update(layers(UNITS, 2, seed=8), cells=other, initial_hidden=np.zeros((2, UNITS)))
    assert same_bits(policy.hidden, hidden)
    assert same_bits(policy.gru_inputs[0][0], other[0][0])
    assert not policy.initial_hidden.any()
    before = policy.layers
    for kwargs, text in (
        ({"cells": cells(5, UNITS, UNITS)}, "make another policy"),
        ({"cells": cells(5, 5, units=5)}, "the GRU of 1 networks with 5 outputs"),
        (
            {"cells": cells(4, UNITS)},
            "the GRU is of 1 networks with 4 inputs, the trunk of 1 networks with 5",
        ),
        ({"initial_hidden": np.zeros(2)}, "initial_hidden must have the shape"),
    ):
        with pytest.raises(ValueError, match=text):
            policy.update(layers(UNITS, 2, seed=9), **kwargs)
        assert policy.layers is before
    policy.update(layers(UNITS, 2, seed=9))
    assert same_bits(policy.gru_inputs[0][0], other[0][0])


def test_cells_that_do_not_fit_are_refused() -> None:
    (w_ih, w_hh, b_ih, b_hh), second = cells(4, UNITS)
    for wrong, text in (
        ([], "at least one layer of cells"),
        ([(w_ih, w_hh)], r"must be \(weight_ih, weight_hh, bias_ih, bias_hh\), got 2 arrays"),
        ([(w_ih, w_hh[:, 1:], b_ih, b_hh[:, 1:])], r"weight_hh \(3 units, units\)"),
        ([(w_ih, w_hh, b_ih[:, 1:], b_hh)], "the bias of GRU input 0, layer 0 must have the shape"),
        ([(np.full_like(w_ih, np.nan), w_hh, b_ih, b_hh)], "GRU input 0, layer 0 must be finite"),
        ([(w_ih, w_hh, b_ih, b_hh)] * 2, "layer 1 of the GRU must have 6 inputs and units"),
        ([second], "takes 6 inputs, an observation of CartPole has 4"),
    ):
        with pytest.raises(ValueError, match=text):
            poles(2).rollout(policies.GRU(wrong, layers(UNITS, 2)), 1)
    with pytest.raises(ValueError, match="the GRU of 1 networks with 6 outputs"):
        policies.GRU(cells(4), layers(4, 2))
    without_bias = policies.GRU([(w_ih, w_hh, None, None)], layers(UNITS, 2))
    assert not without_bias.gru_inputs[0][1].any()


def test_hidden_is_a_record_of_recurrent_policies() -> None:
    envs = poles(6)
    state = envs.get_state()
    for policy in (policies.MLP(layers(4, 2)), policies.Random(seed=1), lambda o: np.zeros(6, np.int64)):
        with pytest.raises(ValueError, match="'hidden' are the states of a GRU; this policy has none"):
            envs.rollout(policy, 1, record=["hidden"])
        assert envs.get_state() == state
    out = {"hidden": np.empty((2, 6, UNITS), np.float32)}
    assert envs.rollout(gru(), 1, record=[], out=out).hidden is out["hidden"]
    assert same_bits(out["hidden"], poles(6).rollout(gru(), 1, record=["hidden"]).hidden)
    with pytest.raises(ValueError, match="hidden"):
        envs.rollout(gru(), 1, out={"hidden": np.empty((6, 2, UNITS), np.float32)})
