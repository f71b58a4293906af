"""What users of Gymnasium's MuJoCo environments reach through ``env.unwrapped``: the model, the data, and functions."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import MujocoModel
from plyo.error import ResetNeeded
from plyo.mujoco.acceleration import Acceleration
from plyo.mujoco.host import OpenModel, wrap_data
from plyo.mujoco.library import copy_data, load_mujoco

#: What steps and resets of Gymnasium's classes call, for subclasses to override.
_HOOKS = frozenset(
    (
        *(
            "reset_model",
            "do_simulation",
            "_get_obs",
            "_get_rew",
            "_get_reset_info",
            "_step_mujoco_simulation",
        ),
        *("is_healthy", "healthy_reward", "terminated", "control_cost", "contact_cost", "contact_forces"),
        *("compute_reward", "compute_terminated", "compute_truncated", "generate_mujoco_observations"),
        *("_get_achieved_goal", "_sample_goal", "_is_success", "_set_action", "_reset_sim", "_env_setup"),
        *("_step_callback", "_mujoco_step", "_render_callback", "_initialize_simulation"),
    )
)


def check_overrides(cls: type) -> None:
    """Refuses a user's class that overrides functions which nobody would call.

    A class with a ``step`` or ``reset`` of its own may call them itself.

    Raises:
        TypeError: It does so.
    """
    tasks = [base for base in cls.__mro__[1:] if "native_checks" in vars(base)]
    if not tasks:
        return  # one of Plyo's own
    own = {name for base in cls.__mro__[: cls.__mro__.index(tasks[0])] for name in vars(base)}
    overridden = sorted(own & _HOOKS)
    if overridden and not own & {"step", "reset"}:
        raise TypeError(
            f"{cls.__name__} overrides {', '.join(overridden)} of {tasks[0].__name__}, which is stepped natively and "
            "never calls that: override `step` or `reset`, use a wrapper, or write the environment on "
            "plyo.envs.mujoco.MujocoEnv"
        )


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
    has_reset: bool

    def _go_live(self) -> None:
        """Moves the environment into an mjData of the user's, for good."""
        if self._data is not None:
            return
        numbers = self._opened.numbers
        if numbers is not None:
            numbers.apply(self._opened.stock, self._engine.lane_numbers([0])[0])
        data = load_mujoco().MjData(self._opened.stock)
        native = self._wrap_stock(data)
        if self._engine.elapsed_steps(0) is not None:
            self._engine.reproduce(0, native)
        self._live_in(data, native)

    def _wrap_stock(self, data: Any) -> MujocoModel:
        numbers, stock = self._opened.numbers, self._opened.stock
        own = None if numbers is None else numbers.for_native(stock, mixes_pairs=False)
        return wrap_data(stock, [data], own_numbers=own)

    def _set(self, params: Any, lanes: list[int], what: str = "params") -> None:
        """Sets parameters; a model that the user has gets its numbers at once, where it is in an episode."""
        super()._set(params, lanes, what)  # type: ignore[misc]  # a class beside this one has it
        if self._data is not None and self.has_reset:
            self._engine.look_again(0)

    def _live_in(self, data: Any, native: MujocoModel) -> None:
        self._engine.go_live(native)
        self._engine.draw_from(data)
        self._data = data
        self._opened.acceleration = Acceleration(False, "`model` or `data` was used: MuJoCo steps them")

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying: the model and the data too, once the user has them."""
        state: dict[str, Any] = super().__getstate__()  # type: ignore[misc]  # a class beside this one has it
        if self._data is not None and state["_engine"] is not None:
            state["_live"] = self._opened.stock, self._data
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes the engine again, and lets it live in copies of the model and the data."""
        live = state.pop("_live", None)
        super().__setstate__(state)  # type: ignore[misc]  # likewise
        if live is None:
            return
        self._opened.stock = copy.copy(live[0])
        data = load_mujoco().MjData(self._opened.stock)
        native = self._wrap_stock(data)
        copy_data(data, self._opened.stock, live[1])
        self._live_in(data, native)

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

    def _get_obs(self) -> Any:
        """What is observed of the present state, which may have been changed in ``data`` since the last step.

        Users of Gymnasium call it after ``set_state``, by this name.

        Returns:
            A fresh observation: that of the state, also where pictures are observed.

        Raises:
            plyo.error.ResetNeeded: The environment was never reset.
        """
        if not self.has_reset:
            raise ResetNeeded("an environment must be reset before its state is observed or drawn")
        if self._data is not None:
            self._engine.look_again(0)
        return self._observed()

    def _observed(self) -> Any:
        """The last observation of the state."""
        return self._engine.observe_lane(0)

    def get_body_com(self, body_name: str) -> npt.NDArray[np.float64]:
        """The position of a body's frame, shape ``(3,)``."""
        position: npt.NDArray[np.float64] = self.data.body(body_name).xpos
        return position
