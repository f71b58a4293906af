"""Gymnasium-Robotics as the oracle of the Fetch and Hand tasks, and the comparison with it."""

from __future__ import annotations

import types
import warnings
from typing import Any

import gymnasium
import mujoco
import numpy as np
import numpy.typing as npt
from identical import assert_identical, assert_within

import plyo

FAMILIES = ("Fetch", "HandReach", "HandManipulate")


def _load_oracle() -> None:
    """Registers Gymnasium-Robotics, on MuJoCo 3.12 and later with its test of joint types mended from outside.

    Its `set_joint_qpos` looks for a NumPy integer in a tuple of members of `mujoco.mjtJoint`, which no longer equal
    one. It gets a `mujoco` whose joint types are Python's integers; nothing else is touched.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import gymnasium_robotics
        from gymnasium_robotics.utils import mujoco_utils

        gymnasium.register_envs(gymnasium_robotics)
    if mujoco.mjtJoint.mjJNT_HINGE != np.int32(int(mujoco.mjtJoint.mjJNT_HINGE)):
        joints = {name: int(value) for name, value in mujoco.mjtJoint.__members__.items()}
        integers = types.ModuleType("mujoco")
        integers.__dict__.update(vars(mujoco), mjtJoint=types.SimpleNamespace(**joints))
        mujoco_utils.mujoco = integers


_load_oracle()
#: All registered ids of the families; those of `mujoco_py` only refuse.
ALL_IDS = tuple(task_id for task_id in gymnasium.registry if task_id.startswith(FAMILIES))
OLD_IDS = tuple(i for i in ALL_IDS if "MujocoPy" in str(gymnasium.spec(i).entry_point))
IDS = tuple(i for i in ALL_IDS if i not in OLD_IDS)

#: Site velocities, which are products with BLAS: parts of the observations of Fetch.
VELOCITIES = {10: slice(5, 8), 25: slice(14, 23)}
VELOCITY_BOUND = 1e-12
#: Angles of the object of Fetch: NumPy's arctan2 has other last bits where it was built for AVX-512.
ANGLES = {25: slice(11, 14)}
#: The dense rewards of HandManipulate hold NumPy's arccos; that of the Pen, of an angle made of cosines of angles.
ANGLE_REWARD_BOUND = 1e-14
PEN_REWARD_BOUND = 1e-7


def make_pair(task_id: str, **kwargs: Any) -> tuple[Any, Any]:
    """The environment of Plyo and that of Gymnasium-Robotics."""
    return plyo.make(task_id, **kwargs), gymnasium.make(task_id, disable_env_checker=True, **kwargs)


def reward_bound(task_id: str) -> float:
    """How far rewards may be off."""
    if "Dense" not in task_id or not task_id.startswith("HandManipulate"):
        return 0.0
    return PEN_REWARD_BOUND if "Pen" in task_id else ANGLE_REWARD_BOUND


def assert_same_observation(ours: Any, theirs: Any, where: object) -> None:
    """Asserts that observations agree: all bits but for the velocities and angles named above."""
    ours, theirs = dict(ours), dict(theirs)
    size = theirs["observation"].shape[-1]
    for parts, bound in ((VELOCITIES, VELOCITY_BOUND), (ANGLES, None)):
        part = parts.get(size)
        if part is None:
            continue
        a, b = ours["observation"][..., part], theirs["observation"][..., part]
        assert_within(a, b, np.spacing(np.abs(b)) if bound is None else bound, (where, part))
        ours["observation"] = ours["observation"].copy()
        ours["observation"][..., part] = b
    assert_identical(ours, theirs, where)


def assert_same_reward(ours: Any, theirs: Any, bound: float, where: object) -> None:
    """Asserts that rewards agree in type and shape, and in bits where the bound is 0."""
    assert type(ours) is type(theirs), (where, ours, theirs)
    if not bound:
        assert_identical(ours, theirs, where)
        return
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape), where
    assert_within(ours, theirs, bound * np.maximum(np.abs(theirs), 1), where)


def action_of(env: Any, observation: Any, rng: np.random.Generator, seed: int) -> npt.NDArray[np.float32]:
    """An action: random, or beyond the bounds, or towards the object or the goal, which random ones rarely meet."""
    action = rng.uniform(-1.3, 1.3, env.action_space.shape)
    if seed % 2 and action.shape == (4,):
        values = observation["observation"]
        aim = values[6:9] if values.size == 25 else observation["desired_goal"] - observation["achieved_goal"]
        action[:3] = 12 * aim + 0.2 * action[:3]
    elif seed % 2:
        action *= 0.4
    return action.astype(np.float32)


def assert_same_result(ours: Any, theirs: Any, bound: float, where: object) -> None:
    """Asserts that two results of `step` agree."""
    assert_same_observation(ours[0], theirs[0], where)
    assert_same_reward(ours[1], theirs[1], bound, where)
    assert_identical(ours[2:], theirs[2:], where)


def assert_same_episodes(ours: Any, theirs: Any, bound: float, seeds: range, num_steps: int) -> int:
    """Asserts that two environments agree, one seed after the other, with resets by hand.

    Resets of HandManipulate depend on what went before: both sides have the same history.

    Returns:
        The number of episodes that ended.
    """
    ended = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        observation, info = theirs.reset(seed=seed)
        results = ours.reset(seed=seed)
        assert_same_observation(results[0], observation, (seed, "reset"))
        assert_identical(results[1], info, (seed, "reset"))
        for t in range(num_steps):
            action = action_of(theirs, observation, rng, seed)
            result = theirs.step(action)
            assert_same_result(ours.step(action), result, bound, (seed, t))
            observation = result[0]
            if result[2] or result[3]:
                ended += 1
                observation, info = theirs.reset()
                results = ours.reset()
                assert_same_observation(results[0], observation, (seed, t, "reset"))
                assert_identical(results[1], info, (seed, t, "reset"))
        assert ours.np_random.bit_generator.state == theirs.np_random.bit_generator.state
    return ended
