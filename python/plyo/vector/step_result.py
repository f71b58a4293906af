"""The results of :meth:`plyo.vector.NativeVectorEnv.step_compact`, which the engine makes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class EndedEpisodes(NamedTuple):
    """The K episodes that a step has ended, in the order of their environments.

    Attributes:
        ids: int64 ``(K,)``, the environments.
        final_observations: ``(K, ...)``, the last observation of each episode; a tuple or dict of arrays for Tuple and
            Dict.
        returns: float64 ``(K,)``, the sums of their rewards.
        lengths: int64 ``(K,)``, in steps.
        truncated: bool ``(K,)``, whether the time limit alone has ended it: a value estimate continues it.
        infos: The infos of the last step by name, arrays ``(K, ...)``; {} for a task without.
    """

    ids: npt.NDArray[np.int64]
    final_observations: Any
    returns: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.int64]
    truncated: npt.NDArray[np.bool_]
    infos: dict[str, npt.NDArray[Any]]


class StepResult(NamedTuple):
    """A step of N environments as arrays.

    Attributes:
        observations: ``(N, ...)``, what a policy sees next; a tuple or dict of arrays for Tuple and Dict.
        rewards: ``(N,)``, float64 or the batch's ``reward_dtype``.
        terminated: bool ``(N,)``.
        truncated: bool ``(N,)``.
        dones: bool ``(N,)``, terminated or truncated.
        next_observations: ``(N, ...)``, what the step has led to: for an episode that ended its last observation, also
            where the next episode has begun. In ``next_step`` and ``disabled`` mode nothing begins within the step
            that ends an episode, so that this is ``observations`` itself. None if they were not asked for.
        ended: The episodes that ended.
        infos: The infos by name, arrays ``(N, ...)``; {} for a task without. An environment that this step has reset
            has those of the reset, zeros for infos of steps.
    """

    observations: Any
    rewards: npt.NDArray[Any]
    terminated: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]
    dones: npt.NDArray[np.bool_]
    next_observations: Any
    ended: EndedEpisodes
    infos: dict[str, npt.NDArray[Any]]
