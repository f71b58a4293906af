"""Single environments in the user's mjData: what is changed there is part of snapshots, copies and pickles."""

from __future__ import annotations

import copy
import pickle

import mujoco
import numpy as np
import pytest
from identical import assert_identical
from mujoco_parity import actions_of

import plyo

pytestmark = pytest.mark.filterwarnings("ignore:.*is out of date:DeprecationWarning")
TASKS = ["Hopper-v5", "Ant-v5", "Humanoid-v4", "Reacher-v4", "FetchPush-v4"]
CLONES = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda env: pickle.loads(pickle.dumps(env))}


def started(task_id):
    """An environment after a few steps, and the actions after those."""
    env = plyo.make(task_id, disable_env_checker=True)
    env.reset(seed=3)
    tape = actions_of(env.action_space, 12, 0)
    for action in tape[:4]:
        env.step(action)
    return env, tape[4:]


def edit(env):
    """Changes the data, with what follows from it."""
    data = env.unwrapped.data
    data.qvel[0] += 0.1
    data.qpos[0] += 0.01
    data.time = 5.0
    mujoco.mj_forward(env.unwrapped.model, data)


def play(env, tape):
    return [env.step(action)[:4] for action in tape]


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("lives", [False, True])
def test_snapshots_hold_edits(task_id, lives):
    env, tape = started(task_id)
    edit(env)
    state = env.unwrapped.get_state()
    positions = np.array(env.unwrapped.data.qpos)
    expected = play(env, tape)
    other = plyo.make(task_id, disable_env_checker=True)
    other.reset(seed=8)
    for again in (env, other):
        if lives:
            assert again.unwrapped.model.nq == len(positions)
        again.unwrapped.set_state(state)
        if lives:
            assert_identical(np.array(again.unwrapped.data.qpos), positions)
        assert_identical(play(again, tape), expected)


@pytest.mark.parametrize("task_id", TASKS)
def test_an_edited_state_moves_into_other_data(task_id):
    env, tape = started(task_id)
    edit(env)
    state = env.unwrapped.get_state()
    other = plyo.make(task_id, disable_env_checker=True)
    other.reset(seed=8)
    other.unwrapped.set_state(state)
    assert_identical(np.array(other.unwrapped.data.qvel), np.array(env.unwrapped.data.qvel))
    assert_identical(play(other, tape), play(env, tape))


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("clone", CLONES.values(), ids=CLONES)
def test_copies_have_models_and_data_of_their_own(task_id, clone):
    env, tape = started(task_id)
    env.unwrapped.model.opt.gravity[2] = -3
    env.unwrapped.data.qvel[0] += 0.1  # and nothing else follows from it yet
    copied = clone(env)
    # a shallow copy of a wrapper has the environment itself
    inner = clone(env.unwrapped) if clone is copy.copy else copied.unwrapped
    assert inner.model is not env.unwrapped.model
    assert inner.model.opt.gravity[2] == -3
    ours = [inner.step(action)[:2] for action in tape]
    assert_identical(ours, [env.step(action)[:2] for action in tape])
    inner.model.opt.gravity[2] = -1
    assert env.unwrapped.model.opt.gravity[2] == -3


def test_a_snapshot_goes_into_a_changed_model():
    env, tape = started("Hopper-v5")
    state = env.unwrapped.get_state()
    positions = np.array(env.unwrapped.data.qpos)
    env.unwrapped.model.opt.gravity[2] = -3
    for action in tape:
        env.step(action)
    env.unwrapped.set_state(state)
    assert_identical(np.array(env.unwrapped.data.qpos), positions)


def test_environments_of_a_batch_have_the_numbers_of_the_model():
    envs, env = plyo.make_vec("Hopper-v5", 2), plyo.make("Hopper-v5").unwrapped
    assert envs.get_attr("dt") == (env.dt, env.dt)
    assert envs.get_attr("fullpath") == (env.fullpath, env.fullpath)
    assert_identical(envs.get_attr("init_qpos")[1], env.init_qpos)
    with pytest.raises(RuntimeError, match="environment 0 belongs to a batch"):
        envs.get_attr("data")
