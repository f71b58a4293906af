"""Actions of a batch that are now and then the last ones again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, ObsType
from plyo.error import InvalidProbability
from plyo.vector._reset import lanes_to_reset
from plyo.vector.sync_vector_env import SyncVectorEnv
from plyo.vector.task_batch import NativeVectorEnv
from plyo.vector.utils import create_empty_array
from plyo.vector.vector_env import ArrayType, AutoresetMode, VectorEnv, VectorWrapper
from plyo.wrappers.stateful_action import duration_range
from plyo.wrappers.vector._batches import is_array_space
from plyo.wrappers.vector._episode_observation import map_arrays, named_arrays
from plyo.wrappers.vector._fusing import Fusible, Stage, fused

__all__ = ["StickyAction"]


class StickyAction(
    Fusible, VectorWrapper[ObsType, ActType, ObsType, ActType, ArrayType], RecordConstructorArgs
):
    """Repeats the last action of an environment now and then instead of taking the new one.

    Each environment does what :class:`plyo.wrappers.StickyAction` does around it alone, bit for bit: the draws of
    environment i come from its own ``np_random``, which ``reset(seed=...)`` seeds and which its resets draw from too,
    and a reset forgets the last action.

    Source: Machado et al., "Revisiting the Arcade Learning Environment", 2018, section 5.2. The engine fuses it around
    actions that are one array, inside the wrappers that change actions.

    Attributes:
        repeat_action_probability: The probability that a step begins a repetition.
        repeat_action_duration_range: The least and the greatest duration of one, in steps.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, ArrayType],
        repeat_action_probability: float,
        repeat_action_duration: int | tuple[int, int] = 1,
    ) -> None:
        """Wraps a batch.

        Args:
            env: A native batch or a :class:`~plyo.vector.SyncVectorEnv`, with wrappers or without.
            repeat_action_probability: From 0 to below 1.
            repeat_action_duration: In steps, a number or the bounds of a uniform draw.

        Raises:
            plyo.error.InvalidProbability: The probability is out of its range.
            plyo.error.InvalidBound: The lower bound of the duration exceeds the upper one.
            ValueError: The duration is neither an integer nor a pair of integers, or not positive; or actions are no
                arrays.
            TypeError: The environments of the batch are out of reach.
        """
        if not 0 <= repeat_action_probability < 1:
            raise InvalidProbability(
                "`repeat_action_probability` should be in the interval [0,1). "
                f"Received {repeat_action_probability}"
            )
        RecordConstructorArgs.__init__(
            self,
            repeat_action_probability=repeat_action_probability,
            repeat_action_duration=repeat_action_duration,
        )
        self.repeat_action_probability = repeat_action_probability
        self.repeat_action_duration_range = duration_range(repeat_action_duration)
        VectorWrapper.__init__(self, env)
        if not isinstance(env.unwrapped, (NativeVectorEnv, SyncVectorEnv)):
            raise TypeError(
                "StickyAction of batches draws from the generator of each environment, and goes around native batches "
                f"and SyncVectorEnv, got {env.unwrapped}; wrap each environment: "
                "make_vec(..., wrappers=[plyo.wrappers.StickyAction])"
            )
        space = self.single_action_space
        if not is_array_space(space):
            raise ValueError(
                "StickyAction of batches needs actions that are arrays, or tuples or dictionaries of arrays, "
                f"got {space}"
            )
        mode = env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        self._resets_later = mode == AutoresetMode.NEXT_STEP
        self._resets_at_once = mode == AutoresetMode.SAME_STEP
        #: The last action of each environment, where there is one, and for how many more steps it is repeated.
        self._last_actions: Any = create_empty_array(space, self.num_envs, fn=np.zeros)
        self._has_last = np.zeros(self.num_envs, dtype=np.bool_)
        self._repeats_left = np.zeros(self.num_envs, dtype=np.int64)
        self._prev_dones = np.zeros(self.num_envs, dtype=np.bool_)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner batch and forgets the last actions, with a mask those of its environments.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them.

        Raises:
            TypeError, ValueError: ``options["reset_mask"]`` is not a bool array of shape ``(num_envs,)`` with a True
                in it.
        """
        which = lanes_to_reset(options, self.num_envs)
        result = super().reset(seed=seed, options=options)
        self._forget(which)
        self._prev_dones = self._prev_dones & ~which
        return result

    @fused
    def step(self, actions: ActType) -> tuple[ObsType, ArrayType, ArrayType, ArrayType, dict[str, Any]]:
        """Steps the inner batch with the actions, or the last ones where these are repeated."""
        result = super().step(self.actions(actions))
        ended: NDArray[np.bool_] = np.logical_or(np.asarray(result[2]), np.asarray(result[3]))
        if self._resets_later:
            self._forget(self._prev_dones)  # the step has only reset these
        elif self._resets_at_once:
            self._forget(ended)
        self._prev_dones = ended
        return result

    def actions(self, actions: ActType) -> ActType:
        """Returns the actions, with the last ones in the place of those that are not taken.

        Args:
            actions: An action for each environment.
        """
        acts = ~self._prev_dones if self._resets_later else np.ones(self.num_envs, dtype=np.bool_)
        generators = self._generators()
        for lane in np.flatnonzero(acts & self._has_last & (self._repeats_left == 0)):
            generator = generators[lane]
            if generator.random() < self.repeat_action_probability:
                shortest, longest = self.repeat_action_duration_range
                self._repeats_left[lane] = generator.integers(shortest, longest + 1)
        sticks = acts & (self._repeats_left > 0)
        self._repeats_left[sticks] -= 1
        self._has_last |= acts

        def take(_: Any, last: NDArray[Any], new: Any) -> NDArray[Any]:
            taken = np.array(new)
            taken[sticks] = last[sticks]
            last[acts] = taken[acts]
            return taken

        changed: Any = map_arrays(self.single_action_space, take, self._last_actions, actions)
        return changed  # type: ignore[no-any-return]  # of the same form

    def _generators(self) -> Any:
        """The random generator of each environment."""
        batch: Any = self.env.unwrapped
        return batch.np_random if isinstance(batch, NativeVectorEnv) else [e.np_random for e in batch.envs]

    def _forget(self, which: NDArray[np.bool_]) -> None:
        self._has_last[which] = False
        self._repeats_left[which] = 0

    def _stage(self) -> Stage:
        duration = self.repeat_action_duration_range
        return Stage(
            "stick_action",
            (self.repeat_action_probability, *duration),
            pins=(
                (self, "repeat_action_probability", self.repeat_action_probability),
                (self, "repeat_action_duration_range", duration),
            ),
        )

    def _lane_memory(self) -> dict[str, NDArray[Any]]:
        return {
            **named_arrays(self.single_action_space, self._last_actions, "_last_actions"),
            "_has_last": self._has_last,
            "_repeats_left": self._repeats_left,
            "_prev_dones": self._prev_dones,
        }
