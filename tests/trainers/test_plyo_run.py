"""Unmodified programs under ``plyo run``: what they learn is what they learn with Gymnasium, to the last bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import plyo

pytestmark = [pytest.mark.trainers, pytest.mark.timeout(900)]

SCRIPTS = Path(__file__).parent / "scripts"


def start(script: str, *args: str, runner: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    own = str(Path(plyo.__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": own, "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.Popen(
        [sys.executable, *runner, str(SCRIPTS / script), *args],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip


def outcome(process: subprocess.Popen[str]) -> tuple[dict, str]:
    """The digests that a program prints last, and what it says on stderr."""
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1]), err


def both(script: str, *args: str) -> tuple[dict, str]:
    """The digests and the report of a program under ``plyo run``, after a comparison with Gymnasium's."""
    plain, ours = start(script, *args), start(script, *args, runner=("-m", "plyo.run", "--report"))
    theirs, (digests, report) = outcome(plain)[0], outcome(ours)
    assert digests == theirs
    return digests, report


@pytest.mark.parametrize(
    ("script", "args"),
    [
        ("ppo.py", ["--steps", "2048"]),
        ("ppo.py", ["--steps", "1024", "--asynchronous"]),
        ("ppo.py", ["--steps", "1024", "--env", "Acrobot-v1"]),
        ("dqn.py", ["--steps", "1500"]),
        ("sb3.py", ["ppo", "--steps", "2048"]),
        ("sb3.py", ["ppo", "--steps", "2048", "--env", "Pendulum-v1"]),
        ("sb3.py", ["a2c", "--steps", "1000", "--subproc", "forkserver"]),
        ("sb3.py", ["a2c", "--steps", "500", "--subproc", "spawn"]),
        ("sb3.py", ["dqn", "--steps", "1000", "--envs", "1"]),
        ("torchrl_collect.py", []),
        ("torchrl_collect.py", ["--steps", "200", "--parallel"]),
        ("torchrl_ppo.py", ["--env", "Pendulum-v1"]),
        ("tianshou_ppo.py", []),
        ("tianshou_ppo.py", ["--rounds", "1", "--subproc"]),
        ("rllib_ppo.py", []),
        ("rllib_ppo.py", ["--rounds", "1", "--actors", "1"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_a_program_learns_the_same(script, args):
    _, report = both(script, *args)
    id = args[args.index("--env") + 1] if "--env" in args else "CartPole-v1"
    assert f"native      {id}: one environment, math='reference'" in report
    assert "in Python" not in report


# `math="fast"` parts from Gymnasium after some 70,000 steps, so that short runs prove nothing about it
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("script", "args"),
    [
        ("sb3.py", ["ppo", "--envs", "8", "--steps", "160000"]),
        ("ppo.py", ["--envs", "8", "--steps", "160000"]),
    ],
    ids=["sb3", "one file"],
)
def test_a_long_learning_curve_is_the_same(script, args):
    digests, _ = both(script, *args)
    assert digests["mean_return"] > 195


def test_skrl_knows_a_batch_by_its_name():
    code = """
import gymnasium
from skrl.envs.wrappers.torch import wrap_env
env = wrap_env(gymnasium.make_vec("CartPole-v1", num_envs=4))
observations, _ = env.reset()
print(type(env).__name__, tuple(observations.shape), type(env.unwrapped).__module__)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(plyo.__file__).parents[1])}
    command = [sys.executable, "-m", "plyo.run", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "GymnasiumWrapper (4, 4) plyo.envs.classic_control.cartpole"


def test_actors_of_ray_see_plyo():
    code = """
import ray
ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)

@ray.remote
def facts():
    import sys
    import gymnasium
    env = gymnasium.make("CartPole-v1")
    return type(env).__module__, env._arguments["math"], "plyo" in sys.modules

print(ray.get(facts.remote()))
ray.shutdown()
"""
    env = {**os.environ, "PYTHONPATH": str(Path(plyo.__file__).parents[1])}
    command = [sys.executable, "-m", "plyo.run", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "('plyo.envs.classic_control.cartpole', 'reference', True)"
