"""What Gymnasium's MuJoCo tasks have beside the members of every MuJoCo environment: properties and methods by task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Member = property | Callable[..., Any]


def mass_center(model: Any, data: Any) -> npt.NDArray[np.float64]:
    """The mean place of the bodies in the ground plane, weighted by their masses.

    Args:
        model: A ``mujoco.MjModel``.
        data: Its ``mujoco.MjData``.

    Returns:
        x and y, shape ``(2,)``.
    """
    weighted = np.einsum("b,bj->j", model.body_mass, data.xipos)
    centre: npt.NDArray[np.float64] = (weighted / model.body_mass.sum())[:2].copy()
    return centre


# ---- costs ----


def _action_cost(self: Any, action: npt.ArrayLike) -> Any:
    """The cost of an action."""
    return self._ctrl_cost_weight * np.sum(np.square(action))


def _control_cost(self: Any, action: npt.ArrayLike) -> Any:
    """The cost of the present controls, whatever the action."""
    return self._ctrl_cost_weight * np.sum(np.square(self.data.ctrl))


def _contact_forces(self: Any) -> npt.NDArray[np.float64]:
    """The external forces on the bodies within their bounds, shape ``(nbody, 6)``."""
    low, high = self._contact_force_range
    forces: npt.NDArray[np.float64] = np.clip(self.data.cfrc_ext, low, high)
    return forces


def _bounded_forces_cost(self: Any) -> Any:
    """The cost of the external forces within their bounds."""
    return self._contact_cost_weight * np.sum(np.square(self.contact_forces))


def _bounded_contact_cost(self: Any) -> Any:
    """The cost of the external forces, itself within bounds."""
    low, high = self._contact_cost_range
    return np.clip(self._contact_cost_weight * np.sum(np.square(self.data.cfrc_ext)), low, high)


# ---- health ----


def _within(bounds: tuple[float, float], value: Any) -> Any:
    return bounds[0] < value < bounds[1]


def _ant_is_healthy(self: Any) -> Any:
    """Whether the state is finite and the height within its bounds."""
    state = self.state_vector()
    low, high = self._healthy_z_range
    return np.isfinite(state).all() and low <= state[2] <= high


def _humanoid_is_healthy(self: Any) -> Any:
    """Whether the height is within its bounds."""
    return _within(self._healthy_z_range, self.data.qpos[2])


def _walker_is_healthy(self: Any) -> Any:
    """Whether height and angle are within their bounds."""
    z, angle = self.data.qpos[1:3]
    return _within(self._healthy_z_range, z) and _within(self._healthy_angle_range, angle)


def _hopper_is_healthy(self: Any) -> bool:
    """Whether height, angle and the rest of the state are within their bounds."""
    state = self.state_vector()[2:]
    low, high = self._healthy_state_range
    return bool(np.all((low < state) & (state < high)) and _walker_is_healthy(self))


def _healthy_reward(self: Any) -> Any:
    """The reward of being healthy in the present state."""
    return self.is_healthy * self._healthy_reward


def _healthy_reward_v4(self: Any) -> float:
    """The reward of being healthy, also of the step that ends the episode."""
    return float(self.is_healthy or self._terminate_when_unhealthy) * float(self._healthy_reward)


def _terminated(self: Any) -> bool:
    """Whether the present state ends the episode."""
    return bool(self._terminate_when_unhealthy and not self.is_healthy)


# ---- observations ----


def _included(env: Any, part: str) -> int:
    return int(env._engine.param(f"include_{part}_in_observation", 0))


def _structure(skipped: int, *parts: str, tendons: bool = False) -> property:
    """The property ``observation_structure`` of a task.

    Args:
        skipped: The positions that may be left out.
        *parts: What of the bodies may be observed.
        tendons: Whether the tendons are listed.
    """

    def observation_structure(self: Any) -> dict[str, int]:
        """The sizes of the parts of an observation, in their order."""
        model = self._opened.stock
        left_out = (
            skipped * int(self._engine.param("exclude_current_positions_from_observation", 0))
            if skipped
            else 0
        )
        sizes = {"cinert": 10 * (model.nbody - 1), "qfrc_actuator": model.nv - 6}
        structure = {"skipped_qpos": left_out} if skipped else {}
        structure |= {"qpos": model.nq - left_out, "qvel": model.nv}
        for part in parts:
            structure[part] = sizes.get(part, 6 * (model.nbody - 1)) * _included(self, part)
        return structure | ({"ten_length": 0, "ten_velocity": 0} if tendons else {})

    return property(observation_structure)


def _drawn(name: str, doc: str) -> property:
    """A place that the last reset has drawn."""

    def get(self: Any) -> npt.NDArray[np.float64]:
        if not self.has_reset:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r} before its first reset"
            )
        return np.array(self._engine.attribute(name, 0))

    def refuse(self: Any, value: Any) -> None:
        raise AttributeError(
            f"{name!r} of {type(self).__name__} cannot be assigned: it is what the last reset has drawn, and decides "
            "nothing; change the state in env.unwrapped.data, or parameters with set_params(...) or make(...)"
        )

    return property(get, refuse, doc=doc)


def _goal_pos(self: Any) -> npt.NDArray[np.int64]:
    """The place of the goal: the origin."""
    if not self.has_reset:
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute 'goal_pos' before its first reset"
        )
    return np.zeros(2, np.int64)


def _pusher_init_qpos(self: Any) -> npt.NDArray[np.float64]:
    """The positions of the last reset, which writes the cylinder's place among the initial ones: a copy."""
    positions = np.array(self._opened.stock.qpos0)
    if self.has_reset:
        positions[-4:] = [*self.cylinder_pos, 0.0, 0.0]
    return positions


def _reset_model(self: Any) -> npt.NDArray[np.float64]:
    """Draws the positions and velocities of a reset, and sets them; what an episode counts goes on.

    As in Gymnasium, time, controls and the solver's warm start stay. ``reset`` does not call it.

    Returns:
        The observation.

    Raises:
        plyo.error.ResetNeeded: The environment was never reset.
    """
    self._get_obs()  # which raises
    self._go_live()
    self._engine.draw_start(0)
    return self._get_obs()  # type: ignore[no-any-return]  # members are of any class


# ---- the table ----


def _health(is_healthy: Callable[[Any], Any]) -> dict[str, Member]:
    return {"is_healthy": property(is_healthy), "healthy_reward": property(_healthy_reward)}


_ACTION = {"control_cost": _action_cost}
_BODY_PARTS = ("cinert", "cvel", "qfrc_actuator", "cfrc_ext")

#: By the name of a task without its version: the members of version 5.
_MEMBERS: dict[str, dict[str, Member]] = {
    "HalfCheetah": {**_ACTION, "observation_structure": _structure(1)},
    "Hopper": {**_ACTION, **_health(_hopper_is_healthy), "observation_structure": _structure(1)},
    "Walker2d": {**_ACTION, **_health(_walker_is_healthy), "observation_structure": _structure(1)},
    "Swimmer": {**_ACTION, "observation_structure": _structure(2)},
    "Ant": {
        **_ACTION,
        **_health(_ant_is_healthy),
        "contact_forces": property(_contact_forces),
        "contact_cost": property(_bounded_forces_cost),
        "observation_structure": _structure(2, "cfrc_ext"),
    },
    "Humanoid": {
        "control_cost": _control_cost,
        **_health(_humanoid_is_healthy),
        "contact_cost": property(_bounded_contact_cost),
        "observation_structure": _structure(2, *_BODY_PARTS, tendons=True),
    },
    "HumanoidStandup": {"observation_structure": _structure(2, *_BODY_PARTS, tendons=True)},
    "InvertedPendulum": {"observation_structure": _structure(0)},
    "Reacher": {
        "goal": _drawn("goal", "The place of the target that the last reset has drawn, shape ``(2,)``.")
    },
    "Pusher": {
        "cylinder_pos": _drawn("cylinder_pos", "The place of the cylinder that the last reset has drawn."),
        "goal_pos": property(_goal_pos),
        "init_qpos": property(_pusher_init_qpos),
    },
}


def members_of(task_name: str) -> dict[str, Member]:
    """The members of a task's single environment.

    Args:
        task_name: The task with its version, such as ``"AntV5"``.
    """
    name, version = task_name[:-2], task_name[-2:]
    members: dict[str, Member] = {"reset_model": _reset_model, **_MEMBERS.get(name, {})}
    if version == "V5":
        return members
    members.pop("observation_structure", None)
    if name == "Humanoid":
        del members["contact_cost"]
    if "healthy_reward" in members:
        members |= {"healthy_reward": property(_healthy_reward_v4), "terminated": property(_terminated)}
    return members
