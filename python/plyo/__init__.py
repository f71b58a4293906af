"""Plyo: reinforcement-learning environments in native code behind the Gymnasium API.

    import plyo as gym

    env = gym.make("CartPole-v1")
    envs = gym.make_vec("CartPole-v1", num_envs=4096)

README.md has a first program, docs/ the guide.
"""

from plyo import envs, error, logger, policies, spaces, utils, vector, wrappers
from plyo._native import __version__
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
from plyo.spaces import Space
from plyo.trajectory import Trajectory

__all__ = [
    "ActionWrapper",
    "Env",
    "ObservationWrapper",
    "RewardWrapper",
    "Space",
    "Trajectory",
    "VectorizeMode",
    "Wrapper",
    "__version__",
    "envs",
    "error",
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
    "utils",
    "vector",
    "wrappers",
]
