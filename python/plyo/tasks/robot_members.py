"""What users of Gymnasium-Robotics reach through ``env.unwrapped`` beside the members of every MuJoCo task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.mujoco.goals import Goals, PoseGoals
from plyo.tasks.descriptions import description_of
from plyo.tasks.parameters import fields_of

Array = npt.NDArray[np.float64]


class GoalMembers:
    """Rewards and ends of episodes for goals of the caller's; of single environments and of batches."""

    task: Any
    _engine: Any

    def _goals(self) -> Goals:
        """How goals are judged, by the parameters of the environment or batch.

        Raises:
            ValueError: The environments of a batch differ in it.
        """
        names = fields_of(description_of(self.task))
        kind = PoseGoals if "rotation_threshold" in names else Goals
        return kind(**{name: self._shared(name) for name in kind.__dataclass_fields__})

    def _shared(self, name: str) -> Any:
        return self._engine.param(name, 0)

    def compute_reward(self, achieved_goal: npt.ArrayLike, desired_goal: npt.ArrayLike, info: Any) -> Any:
        """The reward of a step that achieves a goal where another is desired.

        Args:
            achieved_goal: One goal, or a batch of goals in an array of any shape ``(..., size)``.
            desired_goal: The same number of goals.
            info: It does not matter.

        Returns:
            A NumPy scalar, or an array of shape ``(...,)``: float32 for sparse rewards, float64 for dense ones.

        Raises:
            ValueError: The shapes differ.
        """
        return self._goals().reward(achieved_goal, desired_goal)

    def compute_terminated(self, achieved_goal: Any, desired_goal: Any, info: Any) -> bool:
        """Whether a step ends an episode: never."""
        return False

    def compute_truncated(self, achieved_goal: Any, desired_goal: Any, info: Any) -> bool:
        """Whether a step ends an episode, apart from the time limit: never."""
        return False


def _parameter(name: str, doc: str) -> property:
    """A parameter as an attribute; another value counts from the next step on, as with ``set_params``."""
    return property(
        lambda self: self._engine.param(name, 0),
        lambda self, value: self.set_params({name: value}),
        doc=doc,
    )


class RobotMembers(GoalMembers):
    """The further members of single environments of all robots."""

    _opened: Any
    _arguments: dict[str, Any]
    has_reset: bool
    n_substeps: int
    #: What every MuJoCo environment has.
    _observed: Callable[[], Any]
    _get_obs: Callable[[], Any]
    reward_type = _parameter("reward_type", 'Which rewards there are: ``"sparse"`` or others.')

    @property
    def goal(self) -> Array:
        """The desired goal, a copy; an empty array before the first reset.

        Another one may be assigned: it counts from the next step on, until a reset draws one.

        Raises:
            ValueError: It has another shape, or a number that is not finite; nothing has changed.
            plyo.error.ResetNeeded: The environment was never reset.
        """
        goal: Array = self._observed()["desired_goal"] if self.has_reset else np.zeros(0)
        return goal

    @goal.setter
    def goal(self, value: npt.ArrayLike) -> None:
        self._engine.set_goal(0, np.asarray(value, dtype=np.float64))

    @property
    def frame_skip(self) -> int:
        """The substeps of MuJoCo that make a step, ``n_substeps``."""
        return self.n_substeps

    def _set_up(self) -> list[Array]:
        """What was computed when the environment was made: time, positions, velocities, and the task's own numbers."""
        model = self._opened.stock
        numbers = np.array(self._opened.native.setup())
        return np.split(numbers, np.cumsum([1, model.nq, model.nv]))

    @property
    def initial_time(self) -> float:
        """The seconds on MuJoCo's clock when an episode begins."""
        return float(self._set_up()[0][0])

    @property
    def initial_qpos(self) -> Array:
        """The positions from which a reset begins."""
        return self._set_up()[1]

    @property
    def initial_qvel(self) -> Array:
        """The velocities from which a reset begins."""
        return self._set_up()[2]


class FetchMembers(RobotMembers):
    """Those of the arm."""

    task: str

    @property
    def has_object(self) -> bool:
        """Whether there is an object on the table."""
        return self.task != "FetchReach"

    @property
    def initial_gripper_xpos(self) -> Array:
        """The position of the gripper when an episode begins, which goals are drawn around."""
        return self._set_up()[3][:3]

    @property
    def height_offset(self) -> np.float64:
        """The height of the object on the table in m."""
        if not self.has_object:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute 'height_offset'")
        height: np.float64 = self._set_up()[3][3]
        return height

    @property
    def target_offset(self) -> Any:
        """The way in m from the gripper to the middle of the goals."""
        return np.array([0.4, 0.0, 0.0]) if self.task == "FetchSlide" else 0.0

    def generate_mujoco_observations(self) -> tuple[Array, ...]:
        """The parts of the observation.

        Returns:
            Gripper: position; object: position, position from the gripper; fingers: positions; object: angles, linear
            velocity from the gripper's, angular velocity; gripper: velocity; fingers: velocities. Those of an object
            are empty where there is none.
        """
        sizes = (3, 3, 3, 2, 3, 3, 3, 3, 2) if self.has_object else (3, 0, 0, 2, 0, 0, 0, 3, 2)
        observation = self._get_obs()["observation"]
        return tuple(part.copy() for part in np.split(observation, np.cumsum(sizes)[:-1]))


class HandReachMembers(RobotMembers):
    """Those of the hand that brings fingertips together."""

    @property
    def initial_goal(self) -> Array:
        """The positions of the fingertips when an episode begins."""
        return self._set_up()[3][:15]

    @property
    def palm_xpos(self) -> Array:
        """The position of the palm when an episode begins."""
        return self._set_up()[3][15:]


class ManipulateMembers(RobotMembers):
    """Those of the hand with an object."""

    target_position = _parameter("target_position", "Where the object is to go.")
    target_rotation = _parameter("target_rotation", "How it is to be turned.")

    @property
    def parallel_quats(self) -> list[Array]:
        """The orientations of a cube with faces parallel to the axes."""
        return list(self._set_up()[3].reshape(-1, 4))

    @property
    def target_position_range(self) -> Array:
        """The bounds in m of a goal from the object, along each axis."""
        return np.array([(-0.04, 0.04), (-0.06, 0.02), (0.0, 0.06)])


class TouchMembers(ManipulateMembers):
    """Those of the hand that feels the object."""

    touch_get_obs = _parameter("touch_get_obs", "What of the touch sensors is observed.")
    touch_visualisation = _parameter("touch_visualisation", "When pictures show them.")

    @property
    def touch_color(self) -> list[float]:
        """The colour of touch sensors that feel something."""
        return [1, 0, 0, 0.5]

    @property
    def notouch_color(self) -> list[float]:
        """The colour of the other ones."""
        return [0, 0.5, 0, 0.2]
