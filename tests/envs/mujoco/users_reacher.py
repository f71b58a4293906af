"""A user's MuJoCo environment as it is written for Gymnasium: test_mujoco_base.py runs it under both packages."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
from gymnasium import utils
from gymnasium.envs.mujoco import MujocoEnv
from gymnasium.envs.mujoco.mujoco_env import DEFAULT_SIZE, expand_model_path
from gymnasium.envs.mujoco.mujoco_rendering import MujocoRenderer
from gymnasium.spaces import Box


class UsersReacher(MujocoEnv, utils.EzPickle):
    """An arm of two links that follows a target which the user's own rules place."""

    metadata = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 50}  # noqa: RUF012

    def __init__(self, xml_file="reacher.xml", frame_skip=2, reset_noise=0.1, **kwargs):
        utils.EzPickle.__init__(self, xml_file, frame_skip, reset_noise, **kwargs)
        self._reset_noise = reset_noise
        observation_space = Box(low=-np.inf, high=np.inf, shape=(11,), dtype=np.float64)
        MujocoEnv.__init__(
            self,
            xml_file,
            frame_skip,
            observation_space=observation_space,
            default_camera_config={"trackbodyid": 0, "distance": 1.5},
            **kwargs,
        )
        assert isinstance(self.mujoco_renderer, MujocoRenderer)
        assert self.fullpath == expand_model_path(xml_file)
        assert Path(self.fullpath).name == Path(xml_file).name

    def step(self, action):
        reward = -np.linalg.norm(self._distance()) - np.square(action).sum()
        self.do_simulation(action, self.frame_skip)
        if self.render_mode == "human":
            self.render()
        return self._get_obs(), reward, bool(self.data.time > 1.0), False, {"time": self.data.time}

    def reset_model(self):
        noise = self.np_random.uniform(low=-self._reset_noise, high=self._reset_noise, size=self.model.nq)
        qpos = self.init_qpos + noise
        self.goal = self.np_random.uniform(low=-0.2, high=0.2, size=2)
        qpos[-2:] = self.goal
        qvel = self.init_qvel + self.np_random.standard_normal(self.model.nv) * 0.005
        qvel[-2:] = 0
        self.set_state(qpos, qvel)
        return self._get_obs()

    def _get_reset_info(self):
        return {"goal": self.goal.copy(), "distance": float(np.linalg.norm(self._distance()))}

    def _distance(self):
        return self.get_body_com("fingertip") - self.get_body_com("target")

    def _get_obs(self):
        return np.concatenate([self.state_vector(), self._distance()])


class HeavyReacher(UsersReacher):
    """One that replaces what the base class lets its subclasses replace."""

    def _initialize_simulation(self):
        model, data = super()._initialize_simulation()
        model.body_mass[:] *= 3.0
        return model, data

    def _set_action_space(self):
        self.action_space = Box(-0.5, 0.5, (self.model.nu,), np.float32)
        return self.action_space

    def _step_mujoco_simulation(self, ctrl, n_frames):
        for _ in range(n_frames):
            super()._step_mujoco_simulation(0.9 * np.asarray(ctrl), 1)


class Bare(MujocoEnv):
    """One without any rules."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012

    def __init__(self, model_path="half_cheetah.xml", frame_skip=5, observation_space=None, **kwargs):
        MujocoEnv.__init__(self, model_path, frame_skip, observation_space, **kwargs)


class Hurried(UsersReacher):
    """One with a frame rate that is not its own."""

    metadata = {"render_modes": [], "render_fps": 30}  # noqa: RUF012


SIZE = DEFAULT_SIZE
ENV = gym.Env
