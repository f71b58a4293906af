"""TorchRL on Plyo's batches."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import plyo

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # those of TorchRL about itself
    pytest.importorskip("torchrl.collectors", reason="the extra torchrl")
import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule
from torch import nn
from torch.distributions import Categorical
from torchrl.collectors import Collector
from torchrl.envs import Compose, RewardSum, StepCounter, TransformedEnv
from torchrl.envs.utils import check_env_specs
from torchrl.modules import ProbabilisticActor, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

from plyo.adapters.torchrl import PlyoEnv, make_env

pytestmark = pytest.mark.trainers

TASKS = {
    "CartPole-v1": {},
    "MountainCarContinuous-v0": {"max_episode_steps": 20},
    "Blackjack-v1": {},
    "FrozenLake-v1": {},
    "Copy-v0": {},
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the retired task
@pytest.mark.parametrize("categorical", [True, False])
@pytest.mark.parametrize("id", TASKS)
def test_specs(id, categorical):
    env = make_env(id, 3, categorical_actions=categorical, **TASKS[id])
    check_env_specs(env, seed=0, break_when_any_done="both")
    env.close()


@pytest.mark.parametrize("num_envs", [1, 3])
def test_specs_of_pictures(num_envs):
    check_env_specs(make_env("CartPole-v1", num_envs, observation="pixels", size=(24, 24)), seed=0)


def test_a_batch_of_single_environments():
    env = make_env("CartPole-v1", 2, vectorization_mode="sync")
    check_env_specs(env, seed=0)
    env.set_seed(5)
    assert check_transitions(env.rollout(60, break_when_any_done=False), "CartPole-v1") > 2
    with pytest.raises(NotImplementedError, match="only native batches step some of their environments"):
        env.rollout(500, break_when_all_done=True)


def test_specs_of_a_robot():
    pytest.importorskip("gymnasium_robotics", reason="the models of the robots")
    env = make_env("FetchReach-v4", 2, max_episode_steps=5)
    check_env_specs(env, seed=0, break_when_any_done="both")
    assert set(env.observation_spec.keys()) == {"observation", "achieved_goal", "desired_goal"}


def check_transitions(data, id, **kwargs) -> int:
    """Compares a rollout ``(num_envs, T)`` of a batch that began with ``seed=5`` with single environments."""
    ends = 0
    for lane in range(len(data)):
        single = plyo.make(id, **kwargs)
        observation, _ = single.reset(seed=5 + lane)
        for step in data[lane]:
            assert np.array_equal(step["observation"], observation)
            assert not step["done"].item()
            action = step["action"].numpy()
            observation, reward, terminated, truncated, _ = single.step(
                action if action.ndim else action.item()
            )
            following = step["next"]
            assert np.array_equal(following["observation"], observation)
            assert following["reward"].item() == np.float32(reward)
            flags = [following[name].item() for name in ("terminated", "truncated", "done")]
            assert flags == [terminated, truncated, terminated or truncated]
            if flags[2]:
                ends += 1
                observation, _ = single.reset()
    return ends


@pytest.mark.parametrize("id", ["CartPole-v1", "MountainCarContinuous-v0"])
@pytest.mark.parametrize("transformed", [False, True])
def test_transitions(id, transformed):
    env = make_env(id, 3, **TASKS[id])
    if transformed:
        env = TransformedEnv(env, Compose(RewardSum(), StepCounter()))
    env.set_seed(5)
    data = env.rollout(150, break_when_any_done=False)
    assert check_transitions(data, id, **TASKS[id]) > 5
    if transformed:
        following = data["next"][data["next", "done"][..., 0]]
        if id == "CartPole-v1":
            assert torch.equal(following["episode_reward"], following["step_count"].float())


def test_a_policys_entries_stay():
    env = make_env("CartPole-v1", 2)

    def policy(tensordict):
        tensordict["mine"] = tensordict["observation"].sum(-1)
        return env.rand_action(tensordict)

    data = env.rollout(40, policy, break_when_any_done=False)
    assert torch.equal(data["mine"], data["observation"].sum(-1))
    step = policy(env.reset())
    _, root = env.step_and_maybe_reset(step)
    assert set(root.keys()) == {"action", "mine", "observation", "done", "terminated", "truncated"}


def test_one_hot_actions():
    envs = {flag: make_env("CartPole-v1", 2, categorical_actions=flag) for flag in (True, False)}
    results = []
    for flag, env in envs.items():
        env.set_seed(3)
        action = torch.tensor([1, 0])
        data = env.reset().set("action", action if flag else nn.functional.one_hot(action, 2))
        results.append(env.step(data)["next", "observation"])
    assert torch.equal(*results)


def test_a_mask_resets_its_environments_alone():
    env = make_env("CartPole-v1", 3)
    env.set_seed(5)
    data = env.reset()
    data = env.step(env.rand_action(data))["next"].exclude("reward")
    before = data["observation"].clone()
    data["_reset"] = torch.tensor([[False], [True], [False]])
    after = env.reset(data)["observation"]
    assert torch.equal(after[[0, 2]], before[[0, 2]])
    assert not torch.equal(after[1], before[1])
    # seeds wait for the environments that are not reset
    env.set_seed(8)
    data["_reset"] = torch.tensor([[True], [False], [False]])
    env.reset(data)
    expected, _ = plyo.make_vec("CartPole-v1", 3).reset(seed=8)
    assert np.array_equal(env.reset()["observation"][1:], expected[1:])


def test_options_of_resets():
    env = make_env("CartPole-v1", 3)
    observation = env.reset(options={"low": 0.1, "high": 0.2})["observation"]
    assert (observation >= 0.1).all()


def test_environments_that_have_ended_wait_for_the_others():
    env = make_env("CartPole-v1", 4)
    env.set_seed(5)
    data = env.rollout(500, break_when_all_done=True)
    lengths = []
    for lane in range(4):
        single = plyo.make("CartPole-v1")
        observation, _ = single.reset(seed=5 + lane)
        count = 0
        for step in data[lane]:
            count += 1
            assert np.array_equal(step["observation"], observation)
            observation, *_, terminated, truncated, _ = single.step(step["action"].item())
            assert np.array_equal(step["next", "observation"], observation)
            if terminated or truncated:
                break
        lengths.append(count)
        assert step["next", "done"].item()
        assert torch.equal(data["next", "observation"][lane, -1], step["next", "observation"])
    assert data.shape[1] == max(lengths)
    assert len(set(lengths)) > 1


def test_tensors_share_the_arrays_memory(monkeypatch):
    env = make_env("CartPole-v1", 2)
    env.reset()
    returned = []
    step = env.envs.step

    def watched(actions):
        returned.append(step(actions))
        return returned[-1]

    monkeypatch.setattr(env.envs, "step", watched)
    data = env.step(TensorDict({"action": torch.zeros(2, dtype=torch.int64)}, [2]))
    assert data["next", "observation"].data_ptr() == returned[0][0].ctypes.data
    assert data["next", "terminated"].data_ptr() == returned[0][2].ctypes.data


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match='make it with autoreset_mode="disabled"'):
        PlyoEnv(plyo.make_vec("CartPole-v1", 2))
    with pytest.raises(TypeError, match=r"expected a plyo\.vector\.VectorEnv"):
        PlyoEnv(plyo.make("CartPole-v1"))
    env = make_env("CartPole-v1", 2)
    env.close()
    with pytest.raises(RuntimeError, match="closed already"):
        env.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        env.reset()


def test_ppo_learns_cart_pole(release):
    release("torchrl", "tensordict")
    env = make_env("CartPole-v1", 32)
    env.set_seed(0)

    def network(size):
        return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, size))

    logits = TensorDictModule(network(2), in_keys=["observation"], out_keys=["logits"])
    actor = ProbabilisticActor(
        logits, in_keys=["logits"], spec=env.action_spec, distribution_class=Categorical, return_log_prob=True
    )
    critic = ValueOperator(network(1), in_keys=["observation"])
    loss = ClipPPOLoss(actor, critic, clip_epsilon=0.2, entropy_coeff=0.0)
    advantage = GAE(gamma=0.98, lmbda=0.9, value_network=critic, average_gae=False)
    optimizer = torch.optim.Adam(loss.parameters(), 1e-3)
    collector = Collector(
        env, actor, frames_per_batch=32 * 64, total_frames=-1, auto_register_policy_transforms=False
    )
    length = 0.0
    for iteration, data in enumerate(collector):
        advantage(data)
        flat = data.reshape(-1)
        for _ in range(8):
            for rows in torch.randperm(len(flat)).split(512):
                values = loss(flat[rows])
                total = values["loss_objective"] + values["loss_critic"] + values["loss_entropy"]
                optimizer.zero_grad()
                total.backward()
                nn.utils.clip_grad_norm_(loss.parameters(), 0.5)
                optimizer.step()
        ends = data["next", "done"].sum().item()
        length = data.numel() / max(ends, 1)
        if length >= 490 or iteration == 80:
            break
    collector.shutdown()
    assert length >= 475
