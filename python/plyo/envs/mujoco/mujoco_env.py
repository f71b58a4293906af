"""The base class of MuJoCo environments that users write in Python, with the interface of Gymnasium's class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plyo.core import Env
from plyo.mujoco.assets import asset_path
from plyo.mujoco.library import load_mujoco
from plyo.mujoco.rendering import MujocoRenderer
from plyo.spaces import Box, Space

if TYPE_CHECKING:
    import mujoco

#: The width and height of pictures in pixels.
DEFAULT_SIZE = 480


def expand_model_path(model_path: str) -> str:
    """The file of a model.

    Args:
        model_path: A path that begins with ``"/"``, ``"."`` or ``"~"``, or the name of one of Gymnasium's models.

    Raises:
        OSError: There is no such file.
        plyo.error.DependencyNotInstalled: It names a model of Gymnasium, which is not installed.
    """
    return asset_path(model_path, "mujoco")[0]


class MujocoEnv(Env[Any, Any]):
    """A MuJoCo environment in Python: a subclass has :meth:`step` and :meth:`reset_model`.

    Such an environment is stepped by MuJoCo's Python package, one at a time. The registered MuJoCo tasks do not
    inherit from it: they are native.

    Args:
        model_path: The model's file, see :func:`expand_model_path`.
        frame_skip: The substeps of a step.
        observation_space: The space of observations; None if the subclass sets it later.
        render_mode: ``"rgb_array"``, ``"depth_array"``, ``"rgbd_tuple"``, ``"human"`` or None.
        width: The width of pictures in pixels. The model's offscreen buffer grows to it and never shrinks.
        height: Their height in pixels; likewise.
        camera_id: The model's camera by number.
        camera_name: The model's camera by name; not with ``camera_id``.
        default_camera_config: Attributes of the free camera, by name.
        max_geom: The most shapes in a picture.
        visual_options: Flags of MuJoCo's visualiser, by their numbers.

    Attributes:
        fullpath: The model's file.
        model: The ``mujoco.MjModel``.
        data: Its ``mujoco.MjData``.
        init_qpos: The positions that the model begins with.
        init_qvel: The velocities that it begins with.
        mujoco_renderer: What draws, for markers, texts and the camera.

    Raises:
        OSError: There is no such file.
        AssertionError: ``metadata["render_fps"]`` is not the number of steps in a second.
        plyo.error.DependencyNotInstalled: MuJoCo is not installed.
    """

    def __init__(
        self,
        model_path: str,
        frame_skip: int,
        observation_space: Space[Any] | None,
        render_mode: str | None = None,
        width: int = DEFAULT_SIZE,
        height: int = DEFAULT_SIZE,
        camera_id: int | None = None,
        camera_name: str | None = None,
        default_camera_config: dict[str, Any] | None = None,
        max_geom: int = 1000,
        visual_options: dict[int, bool] | None = None,
    ) -> None:
        self.fullpath = expand_model_path(model_path)
        self.width = width
        self.height = height
        self.model, self.data = self._initialize_simulation()
        self.init_qpos = np.array(self.data.qpos)
        self.init_qvel = np.array(self.data.qvel)
        self.frame_skip = frame_skip
        self._check_frame_rate()
        if observation_space is not None:
            self.observation_space = observation_space
        self._set_action_space()
        self.render_mode = render_mode
        self.camera_id = camera_id
        self.camera_name = camera_name
        self.mujoco_renderer = MujocoRenderer(
            self.model,
            self.data,
            default_camera_config,
            width,
            height,
            max_geom,
            camera_id,
            camera_name,
            visual_options,
        )

    def _check_frame_rate(self) -> None:
        """Raises unless the frame rate, if the class states one, is the number of steps in a second."""
        rate = int(np.round(1.0 / self.dt))
        stated = self.metadata.get("render_fps", rate)
        if stated != rate:
            raise AssertionError(f"Expected value: {rate}, Actual value: {stated}")

    # ---- what a subclass has ----

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Takes a step, mostly by :meth:`do_simulation`; for the subclass to write."""
        raise NotImplementedError

    def reset_model(self) -> Any:
        """Begins an episode, mostly by :meth:`set_state`, and returns an observation; for the subclass to write."""
        raise NotImplementedError

    def _get_reset_info(self) -> dict[str, Any]:
        """The info of a reset, which a subclass may replace."""
        return {}

    # ---- what a subclass may replace ----

    def _initialize_simulation(self) -> tuple[mujoco.MjModel, mujoco.MjData]:
        """Loads the model."""
        mujoco = load_mujoco()
        model = mujoco.MjModel.from_xml_path(self.fullpath)
        buffer = model.vis.global_
        buffer.offwidth = max(buffer.offwidth, self.width)
        buffer.offheight = max(buffer.offheight, self.height)
        return model, mujoco.MjData(model)

    def _set_action_space(self) -> Space[Any]:
        """Makes the action space of the ranges of the controls."""
        low, high = self.model.actuator_ctrlrange.astype(np.float32).T
        self.action_space = Box(low, high, dtype=np.float32)
        return self.action_space

    def _step_mujoco_simulation(self, ctrl: npt.ArrayLike, n_frames: int) -> None:
        """Takes substeps with these controls, and computes the forces between bodies after the last."""
        mujoco = load_mujoco()
        self.data.ctrl[:] = ctrl
        mujoco.mj_step(self.model, self.data, nstep=n_frames)
        mujoco.mj_rnePostConstraint(self.model, self.data)

    # ---- an environment ----

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Sets the data back and begins an episode by :meth:`reset_model`."""
        super().reset(seed=seed)
        load_mujoco().mj_resetData(self.model, self.data)
        observation = self.reset_model()
        info = self._get_reset_info()
        if self.render_mode == "human":
            self.render()
        return observation, info

    def render(self) -> Any:
        """The present state as the render mode asks: a picture, depths, both, or None for the window."""
        return self.mujoco_renderer.render(self.render_mode)

    def close(self) -> None:
        """Closes the window and frees what pictures are drawn with."""
        # an environment whose constructor raised has none
        renderer = getattr(self, "mujoco_renderer", None)
        if renderer is not None:
            renderer.close()

    # ---- the simulation ----

    @property
    def dt(self) -> float:
        """The seconds of a step."""
        return self.model.opt.timestep * self.frame_skip  # type: ignore[no-any-return]  # mujoco has no types

    def set_state(self, qpos: npt.NDArray[Any], qvel: npt.NDArray[Any]) -> None:
        """Sets positions and velocities, and brings all that follows from them up to date.

        Models may have more state than this: activations stay, for example.

        Args:
            qpos: Positions of shape ``(nq,)``.
            qvel: Velocities of shape ``(nv,)``.

        Raises:
            AssertionError: A shape is another.
        """
        for name, value, size in (("qpos", qpos, self.model.nq), ("qvel", qvel, self.model.nv)):
            if np.shape(value) != (size,):
                raise AssertionError(f"{name} must have the shape {(size,)}, got {np.shape(value)}")
        # first copied: they may be views of the data
        positions, velocities = np.array(qpos), np.array(qvel)
        self.data.qpos[:] = positions
        self.data.qvel[:] = velocities
        load_mujoco().mj_forward(self.model, self.data)

    def do_simulation(self, ctrl: npt.ArrayLike, n_frames: int) -> None:
        """Takes substeps with these controls.

        Args:
            ctrl: The controls, of shape ``(nu,)``.
            n_frames: The number of substeps.

        Raises:
            ValueError: The controls have another shape.
        """
        shape = np.array(ctrl).shape
        if shape != (self.model.nu,):
            raise ValueError(f"Action dimension mismatch. Expected {(self.model.nu,)}, found {shape}")
        self._step_mujoco_simulation(ctrl, n_frames)

    def state_vector(self) -> npt.NDArray[np.float64]:
        """Positions and velocities in one array of shape ``(nq + nv,)``."""
        return np.concatenate([self.data.qpos.flat, self.data.qvel.flat])

    def get_body_com(self, body_name: str) -> npt.NDArray[np.float64]:
        """The position of a body's frame, shape ``(3,)``: a view of the data."""
        position: npt.NDArray[np.float64] = self.data.body(body_name).xpos
        return position
