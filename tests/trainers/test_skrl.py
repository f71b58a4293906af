"""skrl on Plyo's batches."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import plyo

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # those of skrl about what it imports
    pytest.importorskip("skrl", reason="the extra skrl")
    import gymnasium
    import torch
    from skrl import config
    from skrl.agents.torch.ppo import PPO, PPO_CFG
    from skrl.envs.wrappers.torch import wrap_env
    from skrl.memories.torch import RandomMemory
    from skrl.models.torch import CategoricalMixin, DeterministicMixin, Model
    from skrl.trainers.torch import SequentialTrainer
    from torch import nn

import plyo.gymnasium
from plyo.adapters.skrl import PlyoWrapper, make_env

pytestmark = pytest.mark.trainers

TASKS = ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"]


@pytest.fixture(autouse=True)
def _seed(monkeypatch):
    monkeypatch.setattr(config.torch, "_key", 7)


@pytest.mark.parametrize("kind", ["native", "sync"])
@pytest.mark.parametrize("id", TASKS)
def test_the_stream_of_a_batch_of_gymnasiums(id, kind):
    mode = gymnasium.vector.AutoresetMode.SAME_STEP
    theirs = wrap_env(
        gymnasium.make_vec(
            id, 3, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, max_episode_steps=50
        ),
        wrapper="gymnasium",
        verbose=False,
    )
    ours = make_env(id, 3, math="reference", max_episode_steps=50, vectorization_mode=kind)
    assert ours.num_envs == theirs.num_envs == 3
    assert ours.observation_space == theirs.observation_space
    assert ours.action_space == theirs.action_space
    assert ours.state() is theirs.state() is None
    assert torch.equal(ours.reset()[0], theirs.reset()[0])
    for _ in range(120):
        actions = torch.from_numpy(np.stack([ours.action_space.sample() for _ in range(3)]).reshape(3, -1))
        step, expected = ours.step(actions), theirs.step(actions)
        for one, other in zip(step[:4], expected[:4], strict=True):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            assert torch.equal(one, other)
        assert torch.equal(ours.reset()[0], step[0])


def test_a_batch_as_gymnasiums_is_known_to_skrl():
    envs = plyo.make_vec("CartPole-v1", 3, autoreset_mode="same_step")
    wrapped = wrap_env(plyo.gymnasium.to_gymnasium(envs), verbose=False)
    ours = make_env("CartPole-v1", 3)
    assert torch.equal(wrapped.reset()[0], ours.reset()[0])
    for _ in range(40):
        actions = torch.randint(2, (3, 1))
        for one, other in zip(wrapped.step(actions)[:4], ours.step(actions)[:4], strict=True):
            assert torch.equal(one, other)


def test_composite_spaces_are_flattened():
    pytest.importorskip("gymnasium_robotics", reason="the models of the robots")
    envs = make_env("FetchReach-v4", 2)
    observations, _ = envs.reset()
    assert observations.shape == (2, 16)
    assert observations.dtype == torch.float32
    assert envs.step(torch.zeros(2, 4))[0].shape == (2, 16)
    assert make_env("Blackjack-v1", 2).reset()[0].shape == (2, 3)


def test_results_share_the_arrays_memory(monkeypatch):
    envs = make_env("CartPole-v1", 3)
    envs.reset()
    batch, returned = envs._env, []
    step = batch.step

    def watched(actions):
        returned.append(step(actions))
        return returned[-1]

    monkeypatch.setattr(batch, "step", watched)
    observations, _, terminated, *_ = envs.step(torch.ones(3, 1))
    assert observations.data_ptr() == returned[0][0].ctypes.data
    assert terminated.data_ptr() == returned[0][2].ctypes.data


def test_pictures():
    envs = make_env("CartPole-v1", 3, render_mode="rgb_array")
    envs.reset()
    assert [picture.shape for picture in envs.render()] == [(400, 600, 3)] * 3
    envs.close()
    with pytest.raises(plyo.error.ClosedEnvironmentError):
        envs.step(torch.zeros(3, 1, dtype=torch.int64))


def test_batches_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='make it with autoreset_mode="same_step"'):
        make_env("CartPole-v1", 2, autoreset_mode="disabled")
    with pytest.raises(TypeError, match=r"expected a plyo\.vector\.VectorEnv"):
        PlyoWrapper(plyo.make("CartPole-v1"))


class Policy(CategoricalMixin, Model):
    def __init__(self, envs):
        Model.__init__(
            self, observation_space=envs.observation_space, action_space=envs.action_space, device="cpu"
        )
        CategoricalMixin.__init__(self)
        self.net = network(2)

    def compute(self, inputs, role):
        return self.net(inputs["observations"]), {}


class Value(DeterministicMixin, Model):
    def __init__(self, envs):
        Model.__init__(
            self, observation_space=envs.observation_space, action_space=envs.action_space, device="cpu"
        )
        DeterministicMixin.__init__(self)
        self.net = network(1)

    def compute(self, inputs, role):
        return self.net(inputs["observations"]), {}


def network(size):
    return nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, size))


def test_ppo_learns_cart_pole(release, tmp_path):
    release("skrl")
    envs = make_env("CartPole-v1", 32)
    models = {"policy": Policy(envs), "value": Value(envs)}
    cfg = PPO_CFG()
    cfg.rollouts, cfg.mini_batches, cfg.learning_epochs = 64, 4, 8
    cfg.learning_rate, cfg.discount_factor, cfg.gae_lambda = 1e-3, 0.98, 0.9
    cfg.experiment.directory, cfg.experiment.write_interval = str(tmp_path), 0
    cfg.experiment.checkpoint_interval = 0
    agent = PPO(
        models=models,
        memory=RandomMemory(memory_size=64, num_envs=32, device="cpu"),
        cfg=cfg,
        observation_space=envs.observation_space,
        action_space=envs.action_space,
        device="cpu",
    )
    options = {"timesteps": 64 * 10, "headless": True, "disable_progressbar": True}
    trainer = SequentialTrainer(cfg={**options, "close_environment_at_exit": False}, env=envs, agents=agent)

    def act(observations):
        with torch.no_grad():
            return models["policy"].net(torch.from_numpy(observations)).argmax(-1).numpy()

    mean = 0.0
    for _ in range(12):
        trainer.train()
        batch = plyo.make_vec("CartPole-v1", 20, autoreset_mode="disabled")
        batch.reset(seed=1000)
        mean = batch.rollout(act, 500).rewards.sum(axis=0).mean()
        if mean >= 475:
            break
    assert mean >= 475
