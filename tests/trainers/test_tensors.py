"""Tensors of torch and JAX as actions, masks, ids and arrays to write into: the bits of NumPy's arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import plyo
from plyo import _native, error
from plyo.vector import StepResult

pytestmark = pytest.mark.trainers

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")


NUM_ENVS = 5
CHOICE_TYPES = ["int8", "int16", "int32", "int64", "uint8", "bool"]
REAL_TYPES = ["float32", "float64", "float16", "int32", "int64", "uint8"]


@pytest.fixture(autouse=True)
def _x64() -> Iterator[None]:
    """JAX arrays have 64 bits, as NumPy's have."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def twins(task_id: str, **kwargs: Any) -> tuple[Any, Any]:
    both = plyo.make_vec(task_id, NUM_ENVS, **kwargs), plyo.make_vec(task_id, NUM_ENVS, **kwargs)
    for envs in both:
        envs.reset(seed=1)
    return both


def tensors(actions: Any) -> dict[str, Any]:
    """The same numbers as tensors, lying in memory in several ways."""
    own = torch.from_numpy(actions.copy())
    wide = torch.stack([own, own, own], dim=-1)
    return {
        "torch": own,
        "torch, strided": wide[..., 1],
        "torch, transposed": own.T.contiguous().T if own.ndim > 1 else own.flip(0).flip(0),
        "torch, offset": torch.cat([own, own])[len(own) :],
        "jax": jax.numpy.asarray(actions),
    }


@pytest.mark.parametrize("dtype", CHOICE_TYPES)
def test_choices(dtype: str) -> None:
    envs, twin = twins("CartPole-v1")
    rng = np.random.default_rng(0)
    for _ in range(5):
        choices = rng.integers(0, 2, NUM_ENVS)
        for name, given in tensors(choices.astype(dtype)).items():
            assert (envs.step(given)[0] == twin.step(choices)[0]).all(), name
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("dtype", REAL_TYPES)
def test_numbers(dtype: str) -> None:
    envs, twin = twins("Pendulum-v1")
    rng = np.random.default_rng(0)
    for _ in range(5):
        numbers = rng.uniform(0, 3, (NUM_ENVS, 1)).astype(dtype)
        for name, given in tensors(numbers).items():
            assert (envs.step(given)[0] == twin.step(numbers.astype(np.float32))[0]).all(), name
    assert envs.get_state() == twin.get_state()


def test_parts_of_a_tuple() -> None:
    envs, twin = twins("Copy-v0")
    actions = envs.action_space.sample()
    given = (torch.from_numpy(actions[0]), jax.numpy.asarray(actions[1]), actions[2])
    envs.step(given)
    twin.step(actions)
    assert envs.get_state() == twin.get_state()


def test_parameters_without_grad_and_inference_tensors_are_taken() -> None:
    envs, twin = twins("Pendulum-v1")
    numbers = np.ones((NUM_ENVS, 1), np.float32)
    envs.step(torch.nn.Parameter(torch.ones(NUM_ENVS, 1), requires_grad=False))
    with torch.inference_mode():
        envs.step(torch.ones(NUM_ENVS, 1))
    twin.step(numbers)
    twin.step(numbers)
    assert envs.get_state() == twin.get_state()


def test_tensors_that_cannot_be_read_are_named_with_the_remedy() -> None:
    envs, twin = twins("Pendulum-v1")
    ones = torch.ones(NUM_ENVS, 1)
    negative = torch.ones(NUM_ENVS, 1, dtype=torch.complex64).conj().imag
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        fake = torch.ones(NUM_ENVS, 1)
    for given, text in [
        (ones.clone().requires_grad_(), r"requires grad; pass tensor\.detach\(\)"),
        (torch.nn.Parameter(ones), r"requires grad; pass tensor\.detach\(\)"),
        (negative, r"negative bit set; pass tensor\.resolve_neg\(\)"),
        (ones.to("meta"), "device='meta'"),
        (ones.to_sparse(), "sparse"),
        (ones.bfloat16(), "bfloat16"),
        (ones.bool(), "got dtype bool"),
        (ones.to(torch.complex64), "got dtype complex64"),
        (ones[:, 0], r"got shape \(5,\)"),
        (fake, "FakeTensor"),
        (jax.numpy.ones((NUM_ENVS, 1), jax.numpy.bfloat16), "got dtype bfloat16"),
        (jax.numpy.ones((NUM_ENVS, 2)), r"got shape \(5, 2\)"),
        (torch.full((NUM_ENVS, 1), float("nan")), "of environment 0 is nan: it must be finite"),
    ]:
        with pytest.raises(error.InvalidAction, match=text):
            envs.step(given)
    assert envs.get_state() == twin.get_state()


@pytest.mark.parametrize("value", [2, -1, 255])
def test_choices_out_of_range_are_told_as_given(value: int) -> None:
    envs, _ = twins("CartPole-v1")
    dtype = torch.uint8 if value == 255 else torch.int32
    choices = torch.zeros(NUM_ENVS, dtype=dtype)
    choices[3] = value
    for given in (choices, jax.numpy.asarray(choices.numpy())):
        with pytest.raises(error.InvalidAction, match=f"^action {value} of environment 3 is out of range"):
            envs.step(given)


def buffers(rewards: Any = torch.float64) -> list[Any]:
    flags = [torch.zeros(NUM_ENVS, dtype=torch.bool) for _ in range(3)]
    seen = [torch.zeros(NUM_ENVS, 4) for _ in range(2)]
    return [seen[0], torch.zeros(NUM_ENVS, dtype=rewards), *flags, seen[1]]


@pytest.mark.parametrize("rewards", [torch.float64, torch.float32])
def test_tensors_are_written_and_returned(rewards: Any) -> None:
    name = str(rewards).removeprefix("torch.")
    envs, twin = twins("CartPole-v1", autoreset_mode="same_step", reward_dtype=name)
    for t in range(30):
        actions = np.full(NUM_ENVS, t // 3 % 2)
        out = buffers(rewards)
        if t % 2:
            result = envs.step(torch.from_numpy(actions), out=out[:4])
            expected = twin.step(actions)
            assert all(a is b for a, b in zip(result[:4], out, strict=False))
        else:
            result = envs.step_compact(actions, out=out)
            expected = twin.step_compact(actions)
            assert isinstance(result, StepResult)
            assert all(a is b for a, b in zip(result, out, strict=False))
        for mine, theirs in zip(result[:4], expected[:4], strict=True):
            assert (mine.numpy() == theirs).all()
        if not t % 2:
            assert (result.dones.numpy() == expected.dones).all()
            assert (result.next_observations.numpy() == expected.next_observations).all()
    observations = torch.zeros(NUM_ENVS, 4)
    assert envs.reset(seed=5, out=observations)[0] is observations
    assert (observations.numpy() == twin.reset(seed=5)[0]).all()


def test_rollouts_write_into_tensors() -> None:
    envs, twin = twins("CartPole-v1")
    policy = plyo.policies.Random(seed=0)
    rewards, seen = torch.zeros(4, NUM_ENVS, dtype=torch.float64), torch.zeros(4, NUM_ENVS, 4)
    envs.rollout(policy, 4, out={"rewards": rewards, "observations": seen})
    expected = twin.rollout(plyo.policies.Random(seed=0), 4)
    assert (rewards.numpy() == expected.rewards).all()
    assert (seen.numpy() == expected.observations).all()


def test_tensors_that_cannot_be_written_are_refused() -> None:
    envs, twin = twins("CartPole-v1")
    actions = np.zeros(NUM_ENVS, int)
    for seen, expected, text in [
        (torch.zeros(NUM_ENVS, 4, requires_grad=True), TypeError, "requires grad"),
        (torch.zeros(NUM_ENVS, 4, dtype=torch.float64), TypeError, "got dtype float64"),
        (torch.zeros(4, NUM_ENVS).T, ValueError, "not C-contiguous"),
        (torch.zeros(NUM_ENVS, 5), ValueError, "got shape"),
        (torch.zeros(NUM_ENVS, 4, device="meta"), TypeError, "torch.Tensor"),
        (jax.numpy.zeros((NUM_ENVS, 4), jax.numpy.float32), ValueError, "read-only"),
    ]:
        with pytest.raises(expected, match=text):
            envs.step(actions, out=(seen, None, None, None))
    shared = torch.zeros(NUM_ENVS, dtype=torch.bool)
    with pytest.raises(ValueError, match="'terminated' and 'truncated' share memory"):
        envs.step(actions, out=(None, None, shared, shared))
    assert envs.get_state() == twin.get_state()


def test_masks_and_ids() -> None:
    envs, twin = twins("CartPole-v1", autoreset_mode="disabled")
    mask = np.array([True, False, True, False, True])
    expected = twin.reset(seed=3, options={"reset_mask": mask})[0]
    assert (envs.reset(seed=3, options={"reset_mask": torch.from_numpy(mask)})[0] == expected).all()
    assert (envs.reset(seed=3, options={"reset_mask": jax.numpy.asarray(mask)})[0] == expected).all()
    assert envs.np_random_seed == twin.np_random_seed
    for bad, text in [
        (torch.ones(NUM_ENVS, dtype=torch.uint8), "must have `dtype=np.bool_`, got uint8"),
        (torch.ones(3, dtype=torch.bool), r"must have shape `\(5,\)`"),
        (torch.ones(NUM_ENVS, dtype=torch.bool, device="meta"), "must be a numpy array"),
    ]:
        with pytest.raises((TypeError, ValueError), match=text):
            envs.reset(options={"reset_mask": bad})
    ids = torch.tensor([4, 1])
    expected = twin.step_lanes([1, 0], [4, 1])[0]
    assert (envs.step_lanes(torch.tensor([1, 0]), ids)[0] == expected).all()
    assert (
        envs.reset_lanes(jax.numpy.asarray([2, 0]), seed=8)[0] == twin.reset_lanes([2, 0], seed=8)[0]
    ).all()
    assert envs.get_state() == twin.get_state()


def test_a_view_keeps_its_tensor_alive() -> None:
    view = _native.array_view(torch.arange(1000))
    others = [torch.full((1000,), -1) for _ in range(50)]
    assert (view == np.arange(1000)).all()
    assert len(others) == 50
    assert (_native.array_view(jax.numpy.arange(1000)) == np.arange(1000)).all()
    assert not _native.array_view(jax.numpy.arange(3)).flags.writeable
