"""Batches of PyTorch tensors."""

from __future__ import annotations

import numpy as np
import pytest

import plyo

pytest.importorskip("torch", reason="the extra torch")
import torch

from plyo.torch import TorchVectorEnv, make_vec, to_arrays, to_tensors

pytestmark = pytest.mark.trainers

TASKS = {
    "CartPole-v1": {},
    "Pendulum-v1": {"max_episode_steps": 7},
    "FrozenLake-v1": {},
    "Blackjack-v1": {},
    "Taxi-v4": {},
    "Copy-v0": {},
}


def same(tensors, arrays) -> bool:
    if isinstance(arrays, dict):
        return tensors.keys() == arrays.keys() and all(same(tensors[key], arrays[key]) for key in arrays)
    if isinstance(arrays, tuple):
        return len(tensors) == len(arrays) and all(map(same, tensors, arrays))
    return isinstance(tensors, torch.Tensor) and np.array_equal(tensors, arrays)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the retired task
@pytest.mark.parametrize("mode", ["next_step", "same_step"])
@pytest.mark.parametrize("id", TASKS)
def test_the_same_steps_as_with_arrays(id, mode):
    arguments = {"autoreset_mode": mode, **TASKS[id]}
    envs, batch = make_vec(id, 3, **arguments), plyo.make_vec(id, 3, **arguments)
    assert same(envs.reset(seed=0)[0], batch.reset(seed=0)[0])
    batch.action_space.seed(0)
    for _ in range(40):
        actions = batch.action_space.sample()
        step, expected = envs.step(to_tensors(actions)), batch.step(actions)
        assert step[1].dtype == torch.float32
        assert same(step[0], expected[0])
        assert same(step[1], expected[1].astype(np.float32))
        assert same(step[2:4], expected[2:4])
        assert step[4].keys() == expected[4].keys()


def test_tensors_share_the_arrays_memory(monkeypatch):
    batch = plyo.make_vec("CartPole-v1", 4)
    envs, returned = TorchVectorEnv(batch), []
    step = batch.step

    def watched(actions):
        returned.append((actions, step(actions)))
        return returned[-1][1]

    monkeypatch.setattr(batch, "step", watched)
    envs.reset(seed=0)
    actions = torch.ones(4, dtype=torch.int64)
    observations, _, terminated, truncated, _ = envs.step(actions)
    given, arrays = returned[0]
    assert given.ctypes.data == actions.data_ptr()
    for tensor, array in zip((observations, terminated, truncated), (arrays[0], *arrays[2:4]), strict=True):
        assert tensor.data_ptr() == array.ctypes.data
    assert np.from_dlpack(observations).ctypes.data == arrays[0].ctypes.data
    kept = observations.clone()
    later, *_ = envs.step(actions)
    assert torch.equal(observations, kept)
    assert not torch.equal(observations, later)


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.bool, torch.int64])
def test_actions_of_other_dtypes(dtype):
    envs, expected = make_vec("CartPole-v1", 2), make_vec("CartPole-v1", 2)
    for each in (envs, expected):
        each.reset(seed=0)
    given = torch.tensor([1, 0], dtype=dtype)
    assert torch.equal(envs.step(given)[0], expected.step(torch.tensor([1, 0]))[0])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_actions_of_other_float_dtypes(dtype):
    envs, expected = make_vec("Pendulum-v1", 2), make_vec("Pendulum-v1", 2)
    for each in (envs, expected):
        each.reset(seed=0)
    given = torch.tensor([[0.5], [-0.25]], dtype=dtype, requires_grad=True)
    assert torch.equal(envs.step(given)[0], expected.step(torch.tensor([[0.5], [-0.25]]))[0])


def test_the_rest_is_the_batch():
    envs = make_vec("CartPole-v1", 3, autoreset_mode="disabled", render_mode="rgb_array")
    first, _ = envs.reset(seed=5)
    assert envs.num_envs == 3
    assert envs.spec.id == "CartPole-v1"
    assert envs.render()[0].shape == (400, 600, 3)
    again, _ = envs.reset(options={"reset_mask": torch.tensor([False, True, False])})
    assert torch.equal(again[[0, 2]], first[[0, 2]])
    assert not torch.equal(again[1], first[1])
    with pytest.raises(plyo.error.InvalidAction):
        envs.step(torch.tensor([0, 1, 2]))
    envs.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.reset()


def test_a_wrapped_batch_and_one_of_single_environments():
    wrapped = TorchVectorEnv(plyo.wrappers.vector.RecordEpisodeStatistics(plyo.make_vec("CartPole-v1", 2)))
    wrapped.reset(seed=0)
    single = make_vec("CartPole-v1", 2, vectorization_mode="sync")
    single.reset(seed=0)
    for _ in range(30):
        actions = torch.zeros(2, dtype=torch.int64)
        step, expected = wrapped.step(actions), single.step(actions)
        assert all(torch.equal(*pair) for pair in zip(step[:4], expected[:4], strict=True))


def test_rollouts():
    torch.manual_seed(0)
    policy = torch.nn.Sequential(torch.nn.Linear(4, 2))
    envs, batch = make_vec("CartPole-v1", 3), plyo.make_vec("CartPole-v1", 3)
    for each in (envs, batch):
        each.reset(seed=0)
    trajectory = envs.rollout(lambda observations: policy(observations).argmax(-1), 20)

    def act(observations):
        with torch.no_grad():
            return policy(torch.from_numpy(observations)).argmax(-1).numpy()

    expected = batch.rollout(act, 20)
    for name in ("observations", "actions", "rewards", "terminated", "last_observations"):
        assert same(getattr(trajectory, name), getattr(expected, name))
    assert trajectory.final_observations is None
    native = envs.rollout(plyo.policies.Random(seed=0), 5, record=["rewards", "actions"])
    assert native.rewards.shape == (5, 3)
    assert native.observations is None


def test_conversions():
    read_only = np.arange(3.0)
    read_only.flags.writeable = False
    copied = to_tensors(read_only)
    copied += 1
    assert read_only.tolist() == [0, 1, 2]
    nested = {"a": (np.zeros(2), [np.ones(3, dtype=np.uint8)])}
    tensors = to_tensors(nested)
    assert isinstance(tensors["a"][1], list)
    back = to_arrays(tensors)
    assert back["a"][0].ctypes.data == nested["a"][0].ctypes.data
    assert to_arrays(5) == 5
    with pytest.raises(TypeError, match="expected arrays, got 5"):
        to_tensors({"a": 5})
    with pytest.raises(TypeError, match="meta"):
        to_arrays(torch.zeros(2, device="meta"))
