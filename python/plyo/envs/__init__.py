"""The registered environments. Importing this package registers the native tasks."""

from typing import TYPE_CHECKING

from plyo.envs.atari.registering import register_atari_games
from plyo.envs.families import register_native_tasks
from plyo.envs.old_mujoco import register_old_mujoco_tasks
from plyo.envs.old_robots import register_old_robots
from plyo.envs.registration import make, pprint_registry, register, registry, spec

if TYPE_CHECKING:
    # set by `register_native_tasks`, which makes a module for every family
    from plyo.envs import algorithmic as algorithmic
    from plyo.envs import box2d as box2d
    from plyo.envs import classic_control as classic_control
    from plyo.envs import mujoco as mujoco
    from plyo.envs import registration as registration
    from plyo.envs import retired as retired
    from plyo.envs import robotics as robotics
    from plyo.envs import toy_text as toy_text

__all__ = ["make", "pprint_registry", "register", "registry", "spec"]

register_native_tasks()
register_old_mujoco_tasks()
register_old_robots()
register_atari_games()
