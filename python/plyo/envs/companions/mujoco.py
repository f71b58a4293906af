"""What Gymnasium's package of MuJoCo tasks has beside them: the base class of a user's own environments."""

from plyo.envs.mujoco import mujoco_env, mujoco_rendering
from plyo.envs.mujoco.mujoco_env import MujocoEnv
from plyo.envs.mujoco.mujoco_rendering import MujocoRenderer

__all__ = ["MujocoEnv", "MujocoRenderer", "mujoco_env", "mujoco_rendering"]
