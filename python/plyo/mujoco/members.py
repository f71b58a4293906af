"""What users of Gymnasium's MuJoCo environments reach through ``env.unwrapped``: the model, the data, and functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import MujocoModel
from plyo.mujoco.host import OpenModel, wrap_data
from plyo.mujoco.library import load_mujoco


class ModelMembers:
    """The members of Gymnasium's ``MujocoEnv`` beside stepping.

    A batch is stepped in memory of its own. The first use of ``model`` or ``data`` moves a single environment into that
    ``mujoco.MjData``, where everything is as in Gymnasium: what is written there counts in the next step. It is stepped
    with the stock model from then on.
    """

    _engine: Any
    _opened: OpenModel
    _arguments: dict[str, Any]
    _data: Any = None

    def _go_live(self) -> None:
        """Moves the environment into an mjData of the user's, for good."""
        if self._data is not None:
            return
        data = load_mujoco().MjData(self._opened.stock)
        native = wrap_data(self._opened.stock, [data])
        if self._engine.elapsed_steps(0) is not None:
            self._engine.reproduce(0, native)
        self._engine.go_live(native)
        self._engine.draw_from(data)
        self._data = data

    @property
    def model(self) -> Any:
        """The ``mujoco.MjModel``, which may be changed."""
        self._go_live()
        return self._opened.stock

    @property
    def data(self) -> Any:
        """The ``mujoco.MjData`` of the environment, which may be changed."""
        self._go_live()
        return self._data

    @property
    def fullpath(self) -> str:
        """The file of the model."""
        return self._opened.path

    @property
    def init_qpos(self) -> npt.NDArray[np.float64]:
        """The positions before the noise of a reset: a copy."""
        return np.array(self._opened.stock.qpos0)

    @property
    def init_qvel(self) -> npt.NDArray[np.float64]:
        """The velocities before the noise of a reset: a copy."""
        return np.zeros(self._opened.stock.nv)

    @property
    def frame_skip(self) -> int:
        """The substeps of a step."""
        return int(self._engine.param("frame_skip", 0))

    @property
    def dt(self) -> float:
        """The seconds of a step."""
        return float(self._opened.stock.opt.timestep * self.frame_skip)

    def set_state(self, qpos: npt.NDArray[Any] | bytes, qvel: npt.NDArray[Any] | None = None) -> None:
        """Sets positions and velocities, as in Gymnasium; or goes back to a snapshot, as of every native task.

        Args:
            qpos: Positions of shape ``(nq,)``; or the bytes that ``get_state`` returned, alone.
            qvel: Velocities of shape ``(nv,)``.
        """
        if qvel is None:
            super().set_state(qpos)  # type: ignore[misc]  # a class beside this one has it
            return
        model, data = self.model, self.data
        assert np.shape(qpos) == (model.nq,)
        assert np.shape(qvel) == (model.nv,)
        data.qpos[:] = qpos
        data.qvel[:] = qvel
        load_mujoco().mj_forward(model, data)

    def do_simulation(self, ctrl: npt.ArrayLike, n_frames: int) -> None:
        """Takes substeps with these controls, outside of any step.

        Args:
            ctrl: The controls, of shape ``(nu,)``.
            n_frames: The number of substeps.

        Raises:
            ValueError: The controls have another shape.
        """
        model, data = self.model, self.data
        if np.shape(ctrl) != (model.nu,):
            raise ValueError(f"Action dimension mismatch. Expected {(model.nu,)}, found {np.shape(ctrl)}")
        mujoco = load_mujoco()
        data.ctrl[:] = ctrl
        mujoco.mj_step(model, data, nstep=n_frames)
        mujoco.mj_rnePostConstraint(model, data)

    def state_vector(self) -> npt.NDArray[np.float64]:
        """Positions and velocities in one array of shape ``(nq + nv,)``."""
        return np.concatenate([self.data.qpos.flat, self.data.qvel.flat])

    def get_body_com(self, body_name: str) -> npt.NDArray[np.float64]:
        """The position of a body's frame, shape ``(3,)``."""
        position: npt.NDArray[np.float64] = self.data.body(body_name).xpos
        return position


def data_of_lane(engine: Any, opened: OpenModel, lane: int) -> Any:
    """A fresh ``mujoco.MjData`` of the stock model, as it is after the lane's last step.

    Raises:
        plyo.error.ResetNeeded: The lane was never reset.
    """
    data = load_mujoco().MjData(opened.stock)
    native: MujocoModel = wrap_data(opened.stock, [data])
    engine.reproduce(lane, native)
    return data
