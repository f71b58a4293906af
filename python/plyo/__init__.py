"""Plyo: reinforcement-learning environments in native code with the Gymnasium API.

    import plyo as gym

    env = gym.make("CartPole-v1")
    envs = gym.make_vec("CartPole-v1", num_envs=4096)

README.md has a first program, docs/ the guide.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# Pygame prints a greeting when it is imported. Gymnasium silences it, so scripts rely on the silence.
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "hide"

from plyo import envs, error, logger, utils
from plyo._native import __version__
from plyo.compile import compile as compile  # not in __all__: `from plyo import *` leaves Python's own
from plyo.core import ActionWrapper, Env, ObservationWrapper, RewardWrapper, Wrapper
from plyo.envs.registration import (
    VectorizeMode,
    make,
    make_vec,
    pprint_registry,
    register,
    register_envs,
    registry,
    spec,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from plyo import policies, spaces, tabular, vector, video, wrappers
    from plyo.compile.headers import get_cmake_dir, get_include
    from plyo.replay import Replay
    from plyo.returns import discount, gae, vtrace
    from plyo.spaces import Space
    from plyo.trajectory import Trajectory

    # those of plyo.gymnasium, which stands above this module
    from_gymnasium: Callable[[Any], Any]
    to_gymnasium: Callable[[Any], Any]

__all__ = [
    "ActionWrapper",
    "Env",
    "ObservationWrapper",
    "Replay",
    "RewardWrapper",
    "Space",
    "Trajectory",
    "VectorizeMode",
    "Wrapper",
    "__version__",
    "discount",
    "envs",
    "error",
    "gae",
    "get_cmake_dir",
    "get_include",
    "logger",
    "make",
    "make_vec",
    "policies",
    "pprint_registry",
    "register",
    "register_envs",
    "registry",
    "spaces",
    "spec",
    "tabular",
    "utils",
    "vector",
    "video",
    "vtrace",
    "wrappers",
]

# Modules that are loaded at their first use: a program that only makes a batch needs few of them.
_MODULES = ("policies", "spaces", "tabular", "vector", "video", "wrappers")
_MEMBERS = {
    "Replay": "plyo.replay",
    "Space": "plyo.spaces.space",
    "Trajectory": "plyo.trajectory",
    "discount": "plyo.returns",
    "get_cmake_dir": "plyo.compile.headers",
    "get_include": "plyo.compile.headers",
    "gae": "plyo.returns",
    "vtrace": "plyo.returns",
}
# Names of Gymnasium and Gym that are not here, and what is.
_GONE = {
    "GoalEnv": "the robots' environments, such as FetchReach-v4, have compute_reward themselves",
    "experimental": "Gymnasium's functional environments are not there; plyo.jax steps batches inside JAX",
    "functional": "Gymnasium's functional environments are not there; plyo.jax steps batches inside JAX",
    "monitoring": "plyo.wrappers.Monitor writes the files of Gym's monitor",
}
# These load Gymnasium, which Plyo does not need: `from plyo import *` leaves them out.
_OF_GYMNASIUM = ("from_gymnasium", "to_gymnasium")


def __getattr__(name: str) -> Any:
    """Loads a module of the package, or a member of one."""
    if name in _MODULES:
        return import_module(f"plyo.{name}")  # this sets the attribute
    if name in _MEMBERS or name in _OF_GYMNASIUM:
        value = getattr(import_module(_MEMBERS.get(name, "plyo.gymnasium")), name)
        globals()[name] = value
        return value
    if name in _GONE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {_GONE[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """All names of the package, loaded or not."""
    return sorted({*globals(), *__all__, *_OF_GYMNASIUM})
