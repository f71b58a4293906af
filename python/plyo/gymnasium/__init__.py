"""Plyo in an installed Gymnasium: importing this module registers every native task there, under ``plyo/``.

Tasks that are compiled by :func:`plyo.compile` are registered too, whether before or after the import.

    import gymnasium as gym
    import plyo.gymnasium

    env = gym.make("plyo/CartPole-v1")
    envs = gym.make_vec("plyo/CartPole-v1", num_envs=64)

They are environments and batches of Gymnasium, with its spaces. :func:`to_gymnasium` and :func:`from_gymnasium` convert
any other environment or batch, in either direction. Nothing else in Plyo needs Gymnasium.
"""

from functools import partial as _partial

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled

try:
    import gymnasium as _gymnasium
except ImportError as e:
    raise DependencyNotInstalled(
        f"plyo.gymnasium needs Gymnasium, which is not installed: run `{pip_install('gymnasium')}`"
    ) from e

from plyo.gymnasium.converting import from_gymnasium, to_gymnasium
from plyo.gymnasium.incoming import ForeignEnv, ForeignVectorEnv
from plyo.gymnasium.outgoing import GymnasiumEnv, GymnasiumVectorEnv
from plyo.gymnasium.registering import register_compiled as _register_compiled
from plyo.gymnasium.registering import register_tasks
from plyo.gymnasium.spaces import from_gymnasium_space, to_gymnasium_space
from plyo.tasks.descriptions import listeners as _listeners

__all__ = [
    "ForeignEnv",
    "ForeignVectorEnv",
    "GymnasiumEnv",
    "GymnasiumVectorEnv",
    "from_gymnasium",
    "from_gymnasium_space",
    "register_tasks",
    "to_gymnasium",
    "to_gymnasium_space",
]

register_tasks(_gymnasium.registry)
_listeners.append(_partial(_register_compiled, _gymnasium.registry))
