"""Texts of environments for the tests of plyo.compile."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import plyo
from plyo.compile.templates import HEADER, SCENE

ROOT = Path(__file__).parents[2]


def header(name: str, *changes: tuple[str, str], ending: str = "") -> str:
    """The environment of `plyo new` under another name, with changes, each of which must find its place."""
    text = HEADER.replace("NAME", name)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text + ending


def scene(name: str, stem: str) -> str:
    """The scene of `plyo new`."""
    return SCENE.replace("NAME", name).replace("STEM", stem)


def run_python(code: str, **variables: str) -> str:
    """Runs a program in a process of its own, with other environment variables; its output.

    A variable of `""` is not set.
    """
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **variables}
    env = {name: value for name, value in env.items() if value}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def run_without_compiler(code: str, **variables: str) -> str:
    """The same where there is no compiler, neither on PATH nor from PyPI."""
    hidden = "import sys; sys.modules['ziglang'] = None\n"
    return run_python(hidden + code, PATH="/nowhere", CXX="", PLYO_CXX="", **variables)


def hash_steps(env_id: str, num_envs: int = 64, steps: int = 300, **kwargs: object) -> str:
    """A hash of all that a batch returns under random actions."""
    import hashlib

    envs = plyo.make_vec(plyo.spec(env_id), num_envs, num_threads=1, **kwargs)
    envs.action_space.seed(5)
    digest = hashlib.sha256()
    for array in _leaves(envs.reset(seed=3)[0]):
        digest.update(array.tobytes())
    for _ in range(steps):
        observation, reward, terminated, truncated, _ = envs.step(envs.action_space.sample())
        for array in (*_leaves(observation), reward, terminated, truncated):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _leaves(observation: object) -> list[np.ndarray]:
    if isinstance(observation, dict):
        return [leaf for part in observation.values() for leaf in _leaves(part)]
    if isinstance(observation, tuple):
        return [leaf for part in observation for leaf in _leaves(part)]
    return [np.asarray(observation)]
