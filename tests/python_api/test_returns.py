"""Advantages, V-trace and discounted sums beside loops in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plyo

GAMMA, LAMBDA = 0.97, 0.9


class Data:
    """Random steps of an episode mix: ends of both kinds, rows that are no steps."""

    def __init__(self, shape: tuple[int, ...], dtype: Any, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.rewards, self.values, self.next_values = (rng.normal(size=shape).astype(dtype) for _ in range(3))
        self.log_ratios = rng.normal(scale=0.7, size=shape).astype(dtype)
        self.last_values = rng.normal(size=shape[1:]).astype(dtype)
        self.terminated, self.truncated = rng.random(shape) < 0.1, rng.random(shape) < 0.1
        self.valid = rng.random(shape) < 0.9


def after_each(d: Data, own: bool) -> Any:
    """The value after each step, 0 after a termination."""
    after = d.next_values if own else np.concatenate([d.values[1:], d.last_values[np.newaxis]])
    return np.where(d.terminated, 0, after)


def loop_gae(d: Data, own: bool) -> tuple[Any, Any]:
    advantages, carried = np.zeros(d.rewards.shape), np.zeros(d.rewards.shape[1:])
    after = after_each(d, own).astype(np.float64)
    for t in reversed(range(len(d.rewards))):
        goes_on = ~(d.terminated[t] | d.truncated[t])
        delta = d.rewards[t].astype(np.float64) + GAMMA * after[t] - d.values[t]
        carried = np.where(d.valid[t], delta + GAMMA * LAMBDA * goes_on * carried, 0)
        advantages[t] = carried
    return advantages, advantages + d.values


def loop_vtrace(d: Data, own: bool, rho_clip: float, c_clip: float) -> tuple[Any, Any]:
    targets, advantages = np.zeros(d.rewards.shape), np.zeros(d.rewards.shape)
    after = after_each(d, own).astype(np.float64)
    correction = np.zeros(d.rewards.shape[1:])
    for t in reversed(range(len(d.rewards))):
        ratio = np.exp(d.log_ratios[t].astype(np.float64))
        later = np.where(d.terminated[t] | d.truncated[t], 0, correction)
        error = d.rewards[t].astype(np.float64) + GAMMA * after[t] - d.values[t]
        advantages[t] = np.where(d.valid[t], np.minimum(ratio, rho_clip) * (error + GAMMA * later), 0)
        correction = np.minimum(ratio, rho_clip) * error + GAMMA * LAMBDA * np.minimum(ratio, c_clip) * later
        correction = np.where(d.valid[t], correction, 0)
        targets[t] = d.values[t] + correction
    return targets, advantages


SHAPES = [(1,), (40,), (1, 1), (33, 7), (20, 600), (9, 5, 4)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_beside_loops(shape: tuple[int, ...], own: bool, dtype: Any) -> None:
    d = Data(shape, dtype)
    after = {"next_values": d.next_values} if own else {}
    last = None if own else d.last_values
    common = {"valid": d.valid, "gamma": GAMMA, **after}
    bound = 2e-5 if dtype == np.float32 else 1e-12
    ours = plyo.gae(d.rewards, d.values, last, d.terminated, d.truncated, gae_lambda=LAMBDA, **common)
    for array, expected in zip(ours, loop_gae(d, own), strict=True):
        assert array.dtype == dtype
        assert array.shape == shape
        assert np.abs(array - expected).max() < bound
    for clips in ((1.0, 1.0), (0.7, 1.3), (np.inf, np.inf)):
        ours = plyo.vtrace(
            d.log_ratios,
            d.rewards,
            d.values,
            last,
            d.terminated,
            d.truncated,
            trace_lambda=LAMBDA,
            rho_clip=clips[0],
            c_clip=clips[1],
            **common,
        )
        for array, expected in zip(ours, loop_vtrace(d, own, *clips), strict=True):
            assert array.dtype == dtype
            assert np.abs(array - expected).max() < bound * max(1, np.abs(expected).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_discounted_sums(shape: tuple[int, ...], dtype: Any) -> None:
    d = Data(shape, dtype)
    for last in (None, d.last_values):
        sums = plyo.discount(d.rewards, d.terminated, last=last, gamma=GAMMA)
        carried = np.zeros(shape[1:]) if last is None else last.astype(np.float64)
        for t in reversed(range(shape[0])):
            carried = d.rewards[t] + GAMMA * np.where(d.terminated[t], 0, carried)
            assert np.abs(sums[t] - carried).max() < (2e-5 if dtype == np.float32 else 1e-12)
        assert sums.dtype == dtype
        assert sums.shape == shape


def test_on_policy_vtrace_with_full_traces_is_gae() -> None:
    d = Data((30, 4), np.float64)
    common = {"valid": d.valid, "gamma": GAMMA}
    targets, _ = plyo.vtrace(
        np.zeros((30, 4)),
        d.rewards,
        d.values,
        d.last_values,
        d.terminated,
        d.truncated,
        trace_lambda=LAMBDA,
        **common,
    )
    _, returns = plyo.gae(
        d.rewards, d.values, d.last_values, d.terminated, d.truncated, gae_lambda=LAMBDA, **common
    )
    assert np.abs(targets - returns).max() < 1e-12


def test_a_rollout_records_the_same() -> None:
    envs = plyo.make_vec("CartPole-v1", 64, max_episode_steps=20)
    envs.reset(seed=0)
    rng = np.random.default_rng(0)
    policy = plyo.policies.MLP(
        [(rng.normal(size=(2, 4)), None)], value=[(rng.normal(size=(1, 4)), None)], head="categorical", seed=0
    )
    record = ["rewards", "terminated", "truncated", "values", "last_values", "advantages", "returns", "valid"]
    t = envs.rollout(policy, 50, record=record, gamma=0.9, gae_lambda=0.8)
    ours = plyo.gae(
        t.rewards,
        t.values,
        t.last_values,
        t.terminated,
        t.truncated,
        valid=t.valid,
        gamma=0.9,
        gae_lambda=0.8,
    )
    assert ours.advantages.tobytes() == t.advantages.tobytes()
    assert ours.returns.tobytes() == t.returns.tobytes()


def test_any_layout_and_type() -> None:
    d = Data((12, 6), np.float32)
    expected = plyo.gae(d.rewards, d.values, d.last_values, d.terminated, d.truncated)
    wide = np.zeros((12, 12), np.float32)
    wide[:, ::2] = d.values
    for values in (wide[:, ::2], np.asfortranarray(d.values), d.values.astype(">f4")):
        ours = plyo.gae(
            d.rewards.astype(np.float64),
            values,
            d.last_values.tolist(),
            d.terminated.astype(np.uint8),
            d.truncated.astype(np.float32),
        )
        assert ours.advantages.tobytes() == expected.advantages.tobytes()
    ours = plyo.gae(d.rewards.tolist(), d.values.tolist(), d.last_values, d.terminated.tolist())
    assert ours.returns.dtype == np.float64
    assert plyo.gae([1, 2], [0, 0], 0, [False, True], gamma=1, gae_lambda=1).returns.tolist() == [3, 2]
    assert plyo.discount(np.zeros((0, 3)), np.zeros((0, 3), bool)).shape == (0, 3)


def test_bad_arguments() -> None:
    d = Data((5, 3), np.float32)
    good = (d.rewards, d.values, d.last_values, d.terminated)
    for arguments, kwargs, text in (
        ((d.rewards[:4], *good[1:]), {}, r"terminated must have the shape \(4, 3\), got \(5, 3\)"),
        ((d.rewards, d.values[:, :2], *good[2:]), {}, r"values must have the shape \(5, 3\), got \(5, 2\)"),
        ((*good[:2], d.values, d.terminated), {}, r"last_values must have the shape \(3,\), got \(5, 3\)"),
        ((*good[:2], None, d.terminated), {}, "give last_values or next_values"),
        ((*good[:3], d.rewards), {}, "terminated must be bool, got float32"),
        (good, {"valid": d.valid[0]}, r"valid must have the shape \(5, 3\), got \(3,\)"),
        (good, {"next_values": d.last_values}, r"next_values must have the shape \(5, 3\), got \(3,\)"),
        (good, {"gamma": 1.01}, "gamma must be from 0 to 1, got 1.01"),
        (good, {"gae_lambda": np.nan}, "gae_lambda must be from 0 to 1, got nan"),
        ((1.0, 1.0, None, True), {"next_values": 1.0}, "rewards must have a dimension of time"),
    ):
        with pytest.raises(ValueError, match=text):
            plyo.gae(*arguments, **kwargs)
    with pytest.raises(ValueError, match="rho_clip must not be negative, got -1"):
        plyo.vtrace(d.log_ratios, *good, rho_clip=-1)
    with pytest.raises(ValueError, match=r"last must have the shape \(3,\)"):
        plyo.discount(d.rewards, d.terminated, last=np.zeros(4))
