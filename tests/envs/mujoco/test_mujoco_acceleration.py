"""Batches that are stepped in vector lanes beside batches that MuJoCo steps: everything must be identical."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest
from identical import assert_identical
from mujoco_parity import actions_of

import plyo
from plyo.mujoco.dialects import find_dialect

if find_dialect() is None:
    pytest.skip("the installed MuJoCo is not one that vector lanes know", allow_module_level=True)

TASKS = (
    *("Ant", "HalfCheetah", "Hopper", "InvertedDoublePendulum"),
    *("InvertedPendulum", "Reacher", "Swimmer", "Walker2d"),
)
IDS = tuple(f"{task}-{version}" for task in TASKS for version in ("v5", "v4"))


def make_both(task_id: str, num_envs: int, **kwargs: Any) -> tuple[Any, Any]:
    """A batch in vector lanes, and one that MuJoCo steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        lanes, plain = (
            plyo.make_vec(task_id, num_envs, acceleration=wish, **kwargs) for wish in ("auto", False)
        )
    assert lanes.acceleration.is_on, lanes.acceleration
    return lanes, plain


def tape(envs: Any, num_steps: int) -> Any:
    """Actions of a batch, of another kind in each environment."""
    rows = [actions_of(envs.single_action_space, num_steps, lane) for lane in range(envs.num_envs)]
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
@pytest.mark.parametrize("task_id", IDS)
def test_steps_are_mujocos(task_id, mode):
    lanes, plain = make_both(task_id, 21, autoreset_mode=mode, max_episode_steps=23, report_warnings=True)
    assert_identical(lanes.reset(seed=5), plain.reset(seed=5))
    for t, actions in enumerate(tape(lanes, 50)):
        assert_identical(lanes.step(actions), plain.step(actions), (mode, t))
    assert lanes.get_state() == plain.get_state()
    assert lanes.acceleration.substeps > 0


def test_the_number_of_threads_and_environments_changes_nothing():
    few, _ = make_both("Ant-v5", 7, num_threads=1)
    many, _ = make_both("Ant-v5", 40, num_threads=2)
    few.reset(seed=0)
    many.reset(seed=0)
    actions = tape(many, 30)
    for t in range(30):
        ours, theirs = few.step(actions[t, :7]), many.step(actions[t])
        for a, b in zip(ours[:4], theirs[:4], strict=True):
            assert_identical(a, b[:7], t)


def test_rollouts_are_steps():
    lanes, plain = make_both("HalfCheetah-v5", 35, num_threads=2)
    for envs in (lanes, plain):
        envs.reset(seed=1)
    ours, theirs = (envs.rollout(plyo.policies.Random(seed=4), 40) for envs in (lanes, plain))
    for name in ("observations", "actions", "rewards", "terminated", "truncated"):
        assert_identical(getattr(ours, name), getattr(theirs, name), name)
    assert lanes.get_state() == plain.get_state()


def test_some_environments_step():
    lanes, plain = make_both("Walker2d-v5", 24)
    for envs in (lanes, plain):
        envs.reset(seed=1)
    rng = np.random.default_rng(0)
    for t in range(25):
        ids = rng.choice(24, 9, replace=False)
        actions = rng.uniform(-1, 1, (9, 6)).astype(np.float32)
        assert_identical(lanes.step_lanes(actions, ids), plain.step_lanes(actions, ids), t)


@pytest.mark.parametrize("task_id", ["Hopper-v5", "InvertedDoublePendulum-v5", "Reacher-v4"])
def test_snapshots_go_both_ways(task_id):
    lanes, plain = make_both(task_id, 9)
    for envs in (lanes, plain):
        envs.reset(seed=2)
    actions = tape(lanes, 20)
    for t in range(8):
        lanes.step(actions[t])
    plain.set_state(lanes.get_state())
    for t in range(8, 14):
        assert_identical(plain.step(actions[t]), lanes.step(actions[t]), t)
    plain.step(actions[14])
    lanes.set_state(plain.get_state())
    for t in range(15, 20):
        assert_identical(plain.step(actions[t]), lanes.step(actions[t]), t)


def test_each_environment_may_have_its_own_substeps():
    skips = np.arange(12) % 4 + 2
    lanes, plain = make_both("HalfCheetah-v5", 12, params={"frame_skip": skips})
    assert_identical(lanes.reset(seed=0), plain.reset(seed=0))
    for t, actions in enumerate(tape(lanes, 15)):
        assert_identical(lanes.step(actions), plain.step(actions), t)
    assert lanes.acceleration.substeps == 15 * skips.sum()


def test_forces_from_outside_are_mujocos():
    """A batch takes the state of an environment whose user pulls at it."""
    single = plyo.make("Walker2d-v5")
    single.reset(seed=0)
    single.unwrapped.data.xfrc_applied[1, 2] = 40.0
    single.step(np.zeros(6, np.float32))
    lanes, plain = make_both("Walker2d-v5", 6)
    for envs in (lanes, plain):
        envs.reset(seed=0)
        envs.set_state(single.unwrapped.get_state(), lanes=[2])
    for t, actions in enumerate(tape(lanes, 10)):
        assert_identical(lanes.step(actions), plain.step(actions), t)
    assert lanes.acceleration.escapes["applied_forces"] >= 5


def test_a_callback_that_is_set_later_is_called():
    lanes, plain = make_both("Swimmer-v5", 5, num_threads=1)
    for envs in (lanes, plain):
        envs.reset(seed=0)
    actions = tape(lanes, 6)

    def push(model: Any, data: Any) -> None:
        data.qfrc_passive[0] += 3.0

    assert_identical(lanes.step(actions[0]), plain.step(actions[0]))
    before = lanes.acceleration.substeps
    mujoco.set_mjcb_passive(push)
    try:
        for t in range(1, 5):
            assert_identical(lanes.step(actions[t]), plain.step(actions[t]), t)
    finally:
        mujoco.set_mjcb_passive(None)
    assert lanes.acceleration.substeps == before
    assert lanes.acceleration.escapes["callback"] == 20
    assert_identical(lanes.step(actions[5]), plain.step(actions[5]))
    assert lanes.acceleration.substeps > before


@pytest.mark.parametrize("task_id", ["Ant-v5", "Reacher-v5", "Hopper-v4"])
def test_a_single_environment_and_its_data(task_id):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        env, twin = plyo.make(task_id), plyo.make(task_id, acceleration=False)
    assert env.unwrapped.acceleration.is_on
    assert_identical(env.reset(seed=7), twin.reset(seed=7))
    actions = actions_of(env.action_space, 30, 0) * np.float32(0.3)
    for t in range(10):
        assert_identical(env.step(actions[t]), twin.step(actions[t]), t)
    assert env.unwrapped.acceleration.substeps > 0
    clone = pickle.loads(pickle.dumps(copy.deepcopy(env)))
    assert clone.unwrapped.acceleration.is_on
    # the data are those after the last step, and are stepped by MuJoCo from then on
    for name in ("qpos", "qvel", "qacc", "xpos", "cfrc_ext", "qfrc_constraint", "time", "ctrl"):
        ours, theirs = (np.array(getattr(e.unwrapped.data, name)) for e in (env, twin))
        assert_identical(ours, theirs, name)
    assert not env.unwrapped.acceleration
    assert "`model` or `data`" in env.unwrapped.acceleration.reason
    for t in range(10, 15):
        result = twin.step(actions[t])
        assert_identical(env.step(actions[t]), result, t)
        assert_identical(clone.step(actions[t]), result, t)


def test_divergence_is_mujocos(tmp_path):
    from gymnasium.envs.mujoco import mujoco_env

    text = (Path(mujoco_env.__file__).parent / "assets" / "half_cheetah.xml").read_text(encoding="utf-8")
    path = tmp_path / "wild.xml"
    path.write_text(text.replace('gear="120"', 'gear="1e9"'), encoding="utf-8")
    lanes, plain = make_both("HalfCheetah-v5", 10, xml_file=str(path), report_warnings=True)
    for envs in (lanes, plain):
        envs.reset(seed=0)
    for t, actions in enumerate(tape(lanes, 12)):
        result = lanes.step(actions)
        assert_identical(result, plain.step(actions), t)
    assert result[4]["mujoco_warnings"].max() > 0
    assert lanes.acceleration.escapes["bad_number"] > 0


CODE = """
    import hashlib, sys, numpy as np, plyo
    sha = hashlib.sha256()
    for task in ("Ant-v5", "HalfCheetah-v5", "Swimmer-v5"):
        envs = plyo.make_vec(task, 19, num_threads=1)
        assert envs.acceleration.is_on
        envs.reset(seed=0)
        rng = np.random.default_rng(0)
        for _ in range(25):
            result = envs.step(rng.uniform(-1, 1, envs.action_space.shape).astype(np.float32))
            sha.update(result[0].tobytes() + result[1].tobytes())
        sha.update(envs.get_state()[0] if isinstance(envs.get_state(), list) else b"")
    print(sha.hexdigest())
"""


def test_every_instruction_set_has_one_result(tmp_path):
    from plyo._native import supported_isas

    def digest(isa: str) -> str:
        path = os.pathsep.join([str(Path(plyo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(CODE)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "PLYO_ISA": isa},
            capture_output=True,
            text=True,
            timeout=250,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    digests = {digest(isa) for isa in supported_isas()}
    assert len(digests) == 1
    assert len(digests.pop()) == hashlib.sha256().digest_size * 2
