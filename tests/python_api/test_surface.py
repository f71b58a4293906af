"""The public surface of Gymnasium 1.4 is complete: no name is missing or different, except those listed here."""

from __future__ import annotations

import warnings
from fnmatch import fnmatchcase
from functools import cache

import gymnasium
import pytest
import surface

import plyo

FAMILIES = "a family of environments that comes later"
JAX = "environments in JAX are no part of Plyo"
NO_VARIABLES = "the constants and equations of native tasks are in C++"
BATCHES = "the class of a native batch, which takes the arguments of all native batches"

#: The paths that may differ, with reasons; `*` matches anything. An entry without a use fails the test.
EXCEPTIONS = {
    "experimental*": "functional environments are no part of Plyo",
    "__all__: experimental missing": "functional environments are no part of Plyo",
    "envs.functional_jax_env": JAX,
    "envs.phys2d*": JAX,
    "envs.tabular*": JAX,
    "envs.box2d*": FAMILIES,
    "envs.mujoco.mujoco_py_env": "an empty file there",
    "envs.mujoco.pusher_v4": "Pusher-v4 refuses every MuJoCo that Plyo knows",
    "envs.mujoco.utils": "it serves Gymnasium's own tests",
    "envs.mujoco*.MujocoRenderer.__init__": "it also takes `fill`, as a keyword",
    "envs.mujoco.mujoco_rendering.BaseRender.__init__": "it also takes `context`, as a keyword",
    "envs.mujoco.mujoco_rendering.OffScreenViewer.__init__": "it also takes `context`, as a keyword",
    "envs.mujoco.mujoco_rendering.*Viewer.__del__": "contexts are given back without",
    "envs.mujoco.*_v?.DEFAULT_CAMERA_CONFIG: missing": "it is the default of `default_camera_config`",
    "envs.mujoco.*_v?.*Env": "native classes do not inherit from `MujocoEnv`",
    "envs.mujoco.*_v?.*Env.__init__": "what is `**kwargs` there has names; tests/contract compares the others",
    "envs.mujoco.*_v?.*Env.render": "it also takes `size` and `out`, as keywords",
    "envs.mujoco.*_v?.*Env.set_state": "with one argument it restores a snapshot, as in all native tasks",
    "envs.mujoco.*_v?.*Env.step": "its argument is called `a` in some, `action` here as everywhere",
    "envs.toy_text*": FAMILIES,
    "envs.classic_control*Env.render": "it also takes `size` and `out`, as keywords",
    "wrappers*.RecordVideo.__init__": "it also takes `encoder`, `on_saved` and `max_frames`, as keywords",
    "envs.classic_control*.AcrobotEnv.[A-Z]*: missing": NO_VARIABLES,
    "envs.classic_control*.AcrobotEnv.actions_num": NO_VARIABLES,
    "envs.classic_control*.AcrobotEnv.action_arrow": NO_VARIABLES,
    "envs.classic_control*.AcrobotEnv.domain_fig": NO_VARIABLES,
    "envs.classic_control.acrobot.bound": NO_VARIABLES,
    "envs.classic_control.acrobot.rk4": NO_VARIABLES,
    "envs.classic_control.acrobot.wrap": NO_VARIABLES,
    "envs.classic_control.pendulum.DEFAULT_?": NO_VARIABLES,
    "envs.classic_control.pendulum.angle_normalize": NO_VARIABLES,
    "envs.classic_control.utils": "it serves Gymnasium's own classes",
    "envs.classic_control*.AcrobotEnv.step": "its argument is called `a` there, `action` here as everywhere",
    "envs.classic_control*.PendulumEnv.step": "its argument is called `u` there, `action` here as everywhere",
    "envs.classic_control*.CartPoleVectorEnv.*": BATCHES,
    "error.InvalidAction": "it is also what Gymnasium's tasks raise for an action, an AssertionError",
    "spaces.utils.T": "a type variable",
    "vector*.VectorEnv.close_extras": "it takes what `close` passes on, which Gymnasium's takes in subclasses only",
}


@cache
def differences_of(module: str) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(surface.differences(plyo, gymnasium, module))


def covers(exception: str, difference: str) -> bool:
    """Whether an entry of the list is about a difference."""
    path = difference.split(": ")[0]
    return fnmatchcase(path, exception) or fnmatchcase(difference, exception)


@pytest.mark.parametrize("module", surface.module_names(gymnasium))
def test_nothing_is_missing_or_different(module):
    found = [d for d in differences_of(module) if not any(covers(e, d) for e in EXCEPTIONS)]
    assert not found, "\n" + "\n".join(found)


def test_every_exception_is_needed():
    found = [d for module in surface.module_names(gymnasium) for d in differences_of(module)]
    stale = [e for e in EXCEPTIONS if not any(covers(e, d) for d in found)]
    assert not stale
