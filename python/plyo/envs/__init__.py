"""The registered environments. Importing this package registers the native tasks."""

from plyo.envs.families import register_native_tasks
from plyo.envs.old_mujoco import register_old_mujoco_tasks
from plyo.envs.old_robots import register_old_robots
from plyo.envs.registration import make, pprint_registry, register, registry, spec

__all__ = ["make", "pprint_registry", "register", "registry", "spec"]

register_native_tasks()
register_old_mujoco_tasks()
register_old_robots()
