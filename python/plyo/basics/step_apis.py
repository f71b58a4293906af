"""Converting between the present API of ``step`` (five values) and the API of old Gym (four)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat, TypeAlias

import numpy as np
import numpy.typing as npt

# As in `plyo.core`, a type argument that is left out defaults to `Any`.
if TYPE_CHECKING:
    from typing_extensions import TypeVar

    ObsType = TypeVar("ObsType", default=Any)
else:
    from typing import TypeVar

    ObsType = TypeVar("ObsType")

Array: TypeAlias = npt.NDArray[Any]

#: The result of ``step`` in old Gym: observation, reward, done, info.
DoneStepType: TypeAlias = tuple[
    ObsType | Array, SupportsFloat | Array, bool | Array, dict[str, Any] | list[Any]
]
#: The result of ``step`` now: observation, reward, terminated, truncated, info.
TerminatedTruncatedStepType: TypeAlias = tuple[
    ObsType | Array, SupportsFloat | Array, bool | Array, bool | Array, dict[str, Any] | list[Any]
]

_KEY = "TimeLimit.truncated"


def convert_to_terminated_truncated_step_api(
    step_returns: DoneStepType | TerminatedTruncatedStepType, is_vector_env: bool = False
) -> TerminatedTruncatedStepType:
    """Makes five values from a result of either API.

    Args:
        step_returns: The result of ``step``. ``"TimeLimit.truncated"`` is removed from the info, or infos.
        is_vector_env: Whether the result is from a batch.

    Returns:
        Observation, reward, terminated, truncated, info.

    Raises:
        TypeError: The infos of a batch are neither a list nor a dictionary.
    """
    if len(step_returns) == 5:
        return step_returns
    assert len(step_returns) == 4
    values: tuple[Any, ...] = step_returns  # the info decides which values are arrays or lists
    observations, rewards, dones, infos = values
    if not is_vector_env:
        truncated = infos.pop(_KEY, False)
        return observations, rewards, dones and not truncated, dones and truncated, infos
    if isinstance(infos, list):
        truncated = np.array([info.pop(_KEY, False) for info in infos])
    elif isinstance(infos, dict):
        truncated = infos.pop(_KEY, np.zeros(len(dones), dtype=bool))
    else:
        raise _unexpected(infos)
    terminations = np.logical_and(dones, np.logical_not(truncated))
    return observations, rewards, terminations, np.logical_and(dones, truncated), infos


def convert_to_done_step_api(
    step_returns: TerminatedTruncatedStepType | DoneStepType, is_vector_env: bool = False
) -> DoneStepType:
    """Makes four values from a result of either API.

    Args:
        step_returns: The result of ``step``. Where an episode has ended, ``"TimeLimit.truncated"`` is put into the
            info, or infos.
        is_vector_env: Whether the result is from a batch.

    Returns:
        Observation, reward, done, info.

    Raises:
        TypeError: The infos of a batch are neither a list nor a dictionary.
    """
    if len(step_returns) == 4:
        return step_returns
    assert len(step_returns) == 5
    values: tuple[Any, ...] = step_returns
    observations, rewards, terminated, truncated, infos = values
    if not is_vector_env:
        if truncated or terminated:
            infos[_KEY] = truncated and not terminated
        return observations, rewards, terminated or truncated, infos
    if isinstance(infos, list):
        for info, lane_truncated, lane_terminated in zip(infos, truncated, terminated, strict=True):
            if lane_truncated or lane_terminated:
                info[_KEY] = lane_truncated and not lane_terminated
    elif isinstance(infos, dict):
        if np.any(truncated) or np.any(terminated):
            infos[_KEY] = np.logical_and(truncated, np.logical_not(terminated))
    else:
        raise _unexpected(infos)
    return observations, rewards, np.logical_or(terminated, truncated), infos


def _unexpected(infos: object) -> TypeError:
    return TypeError(
        "Unexpected value of infos, as is_vector_envs=False, expects `info` to be a list or dict, "
        f"actual type: {type(infos)}"
    )


def step_api_compatibility(
    step_returns: TerminatedTruncatedStepType | DoneStepType,
    output_truncation_bool: bool = True,
    is_vector_env: bool = False,
) -> TerminatedTruncatedStepType | DoneStepType:
    """Converts a result of ``step`` to the requested API.

    Args:
        step_returns: Four or five values.
        output_truncation_bool: Whether to return five values.
        is_vector_env: Whether the result is from a batch.

    Returns:
        Observation, reward, terminated, truncated, info; or observation, reward, done, info.
    """
    if output_truncation_bool:
        return convert_to_terminated_truncated_step_api(step_returns, is_vector_env)
    return convert_to_done_step_api(step_returns, is_vector_env)
