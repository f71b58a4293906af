"""The training loops of ``examples/`` learn."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import plyo
from plyo.train.evaluation import play_replays

pytestmark = pytest.mark.trainers

torch = pytest.importorskip("torch", reason="needs torch, of the extra examples")

EXAMPLES = Path(__file__).parents[2] / "examples"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def mean_return(task: str, policy: plyo.policies.MLP) -> float:
    return float(
        np.mean([replay.episode_return for replay in play_replays(plyo.spec(task), policy, 999, 100)])
    )


# PPO.


def test_ppo_solves_cart_pole() -> None:
    ppo = load("ppo")
    loop = ppo.Ppo(ppo.Config(seed=0, total_steps=300_000))
    reports = list(loop.run())
    assert reports[-1].mean_return >= 475
    assert reports[-1].env_steps < 300_000
    assert mean_return("CartPole-v1", loop.best_policy) >= 475


def test_ppo_learns_continuous_actions() -> None:
    ppo = load("ppo")
    loop = ppo.Ppo(ppo.Config(id="Pendulum-v1", seed=0, total_steps=130_000, gamma=0.9, epochs=8))
    list(loop.run())
    assert mean_return("Pendulum-v1", loop.best_policy) > -500  # -1200 at random


def test_ppo_learns_from_integers() -> None:
    ppo = load("ppo")
    loop = ppo.Ppo(ppo.Config(id="FrozenLake-v1", seed=0, total_steps=80_000, entropy_coefficient=0.01))
    list(loop.run())
    assert mean_return("FrozenLake-v1", loop.best_policy) > 0.2  # 0.015 at random


@pytest.mark.parametrize("task", ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1", "Blackjack-v1"])
def test_the_native_policy_equals_the_networks_in_torch(task: str) -> None:
    ppo = load("ppo")
    if task == "Blackjack-v1":
        with pytest.raises(plyo.error.Error, match="PPO needs observations in a Discrete or a Box"):
            ppo.Ppo(ppo.Config(id=task))
        return
    loop = ppo.Ppo(ppo.Config(id=task, seed=1, total_steps=20_000))
    list(loop.run())  # scales are no longer 0 and 1
    batch = loop.collect()
    with torch.no_grad():
        encoded = loop.agent.encode(batch.observations)
        log_probs, _, values = loop.agent.evaluate(encoded, batch.actions)
    torch.testing.assert_close(log_probs, batch.log_probs, rtol=1e-3, atol=1e-4)
    values = values * loop.agent.return_std + loop.agent.return_mean
    torch.testing.assert_close(values, batch.returns - batch.advantages, rtol=1e-3, atol=1e-2)


def criticise(agent: Any, observations: torch.Tensor) -> torch.Tensor:
    """What the critic that the environments get tells."""
    *hidden, (weight, bias) = ((torch.from_numpy(w), torch.from_numpy(b)) for w, b in agent.scaled()[1])
    for inner_weight, inner_bias in hidden:
        observations = torch.tanh(observations @ inner_weight.T + inner_bias)
    return observations @ weight.T + bias


def test_the_best_policy_stays_as_it_was() -> None:
    ppo = load("ppo")
    agent = ppo.Ppo(ppo.Config()).agent
    policy = agent.greedy_policy()
    kept = [tuple(array.copy() for array in layer) for layer in policy.layers]
    with torch.no_grad():
        for parameter in agent.parameters():
            parameter += 1
    for layer, before in zip(policy.layers, kept, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(layer, before, strict=True))


def test_other_units_of_returns_change_no_value() -> None:
    ppo = load("ppo")
    agent = ppo.Ppo(ppo.Config()).agent
    seen = torch.randn(50, 4)
    before = criticise(agent, seen)
    agent.rescale_returns(torch.tensor([5.0, 250.0, 80.0]))
    assert agent.return_std > 10
    torch.testing.assert_close(criticise(agent, seen), before, rtol=1e-4, atol=1e-4)


def test_the_seed_of_ppo_decides_everything() -> None:
    ppo = load("ppo")

    def weights(seed: int, threads: int) -> list[bytes]:
        loop = ppo.Ppo(ppo.Config(seed=seed, total_steps=20_000), num_threads=threads)
        list(loop.run())
        return [array.tobytes() for layer in loop.agent.greedy_policy().layers for array in layer]

    assert weights(3, 1) == weights(3, 2) != weights(4, 1)


def test_train_by_ppo(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "plyo.cli", "train", "CartPole-v1", "--algo", "ppo"]
    options = [
        "--seed",
        "0",
        "--steps",
        "20000",
        "--hidden",
        "32",
        "--num-envs",
        "32",
        "--rollout-steps",
        "32",
    ]
    options += ["--learning-rate", "0.002", "--discount", "0.98", "--output", "p.npz"]
    done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr  # not solved in this budget
    assert "update 1/20  return " in done.stdout
    assert "proximal policy optimisation (Schulman et al. 2017)" in done.stdout
    (mean,) = re.findall(r"mean return +([\d.]+) over 100 fresh episodes, threshold 475", done.stdout)
    policy = plyo.policies.load(tmp_path / "p.npz")
    assert [bias.shape[1] for _, bias in policy.layers] == [32, 2]
    assert mean_return("CartPole-v1", policy) == pytest.approx(float(mean), rel=0.3)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--discount", "2"], "discount must be from 0 to 1, got 2.0"),
        (["--learning-rate", "0"], "learning_rate must be above 0 and finite, got 0.0"),
        (["--hidden", "8,0"], "a size in hidden must be an integer of at least 1, got 0"),
        (["--hidden", "8,x"], "--hidden must be 'none' or sizes separated by commas"),
    ],
)
def test_train_by_ppo_with_bad_options(options: list[str], part: str) -> None:
    command = [sys.executable, "-m", "plyo.cli", "train", "CartPole-v1", "--algo", "ppo"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert part in " ".join(done.stderr.replace("│", " ").split())
    assert done.stdout == ""


# DQN and SAC.


def test_dqn_learns_cart_pole() -> None:
    dqn = load("dqn")
    loop = dqn.Dqn(dqn.Config(seed=0, total_steps=30_000, hidden="64,64", epsilon_steps=8_000))
    reports = list(loop.run())
    assert set(reports[-1].seconds) == {"inference", "environment", "training"}
    assert mean_return("CartPole-v1", loop.best_policy) > 100  # 22 at random


def test_sac_learns_pendulum() -> None:
    sac = load("sac")
    config = sac.Config(seed=0, total_steps=12_000, hidden="64,64", batch_size=128, report_steps=1_000)
    loop = sac.Sac(config)
    list(loop.run())
    assert mean_return("Pendulum-v1", loop.best_policy) > -500  # -1200 at random


def test_the_log_probabilities_of_sac_are_those_of_its_actions() -> None:
    sac = load("sac")
    loop = sac.Sac(sac.Config(seed=0))
    observations = torch.randn(500, 3)
    with torch.no_grad():
        actions, log_probs = loop.draw(observations)
        features = loop.body(observations)
        base = torch.distributions.Normal(loop.mean(features), loop.log_std(features).clamp(-5, 2).exp())
        squashed = torch.distributions.TransformedDistribution(
            base, [torch.distributions.transforms.TanhTransform()]
        )
        inside = actions.abs().amax(-1) < 0.999  # nearer to the bounds the inverse of tanh loses digits
        expected = squashed.log_prob(actions).sum(-1)
    torch.testing.assert_close(log_probs[inside], expected[inside], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("name", "task"), [("dqn", "Pendulum-v1"), ("sac", "CartPole-v1"), ("dqn", "FrozenLake-v1")]
)
def test_tasks_of_other_spaces_are_refused(name: str, task: str) -> None:
    module = load(name)
    with pytest.raises(plyo.error.Error, match=f"{name.upper()} needs observations in a Box"):
        getattr(module, name.capitalize())(module.Config(id=task))


# PPO in JAX.


def test_ppo_in_jax_solves_cart_pole() -> None:
    pytest.importorskip("jax")
    ppo = load("ppo_jax")
    loop = ppo.Ppo(ppo.Config(seed=0, total_steps=400_000))
    reports = list(loop.run())
    assert reports[-1].mean_return >= 475
    assert set(reports[-1].seconds) == {"rollout", "training"}
    assert mean_return("CartPole-v1", loop.best_policy) >= 475


def test_advantages_in_jax_are_those_of_native_rollouts() -> None:
    jax = pytest.importorskip("jax")
    ppo = load("ppo_jax")
    loop = ppo.Ppo(ppo.Config(seed=0, num_envs=3, num_steps=40))
    # rewards do not depend on the actions of CartPole, so any actions tell how advantages follow from values
    handle, observations, _ = loop.batch.reset(loop.batch.handle, seed=5)
    _, (seen, actions, _, advantages, returns), ended, _ = jax.jit(loop.collect)(
        loop.networks, (handle, observations), jax.random.key(0)
    )
    values = np.asarray(ppo.apply_network(loop.networks["critic"], seen)[..., 0])
    envs = plyo.make_vec("CartPole-v1", 3, autoreset_mode="same_step")
    envs.reset(seed=5)
    played = envs.rollout(plyo.policies.Sequence(np.asarray(actions)), 40)
    np.testing.assert_array_equal(np.asarray(seen), played.observations)
    last = np.asarray(ppo.apply_network(loop.networks["critic"], played.last_observations)[..., 0])
    assert np.asarray(ended).any()
    expected, carried, following = np.zeros((40, 3)), np.zeros(3), last
    for t in reversed(range(40)):
        goes_on = ~played.terminated[t]  # no time limit is near
        carried = 1 + 0.99 * following * goes_on - values[t] + 0.99 * 0.95 * carried * goes_on
        expected[t], following = carried, values[t]
    np.testing.assert_allclose(np.asarray(advantages), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(np.asarray(returns), expected + values, rtol=1e-4, atol=1e-4)


# The programs.


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ppo", ["--total-steps", "20000"]),
        ("ppo", ["--id", "Pendulum-v1", "--total-steps", "20000"]),
        ("dqn", ["--total-steps", "2000", "--report-steps", "1000"]),
        ("ppo_jax", ["--total-steps", "20000"]),
        ("sac", ["--total-steps", "1200", "--report-steps", "600", "--hidden", "32"]),
    ],
)
def test_the_programs_leave_their_files(name: str, options: list[str], tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    command = [sys.executable, EXAMPLES / f"{name}.py", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert re.search(
        r"\d+ steps  return +\S+  steps/s [\d,]+: (rollout|inference) [\d,]+ \(\d+%\)", done.stdout
    )
    (folder,) = (tmp_path / "runs").iterdir()
    names = {re.sub(r"tfevents\..*", "tfevents", path.name) for path in folder.iterdir()}
    assert names == {"best.mp4", "best.npz", "curve.png", "events.out.tfevents", "policy.npz"}
    assert math.isfinite(plyo.Replay.load(folder / "best.npz").episode_return)
