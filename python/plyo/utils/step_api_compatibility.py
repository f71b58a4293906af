"""Converting between the present API of ``step`` (five values) and the API of old Gym (four)."""

from plyo.basics.step_apis import DoneStepType as DoneStepType
from plyo.basics.step_apis import TerminatedTruncatedStepType as TerminatedTruncatedStepType
from plyo.basics.step_apis import (
    convert_to_done_step_api,
    convert_to_terminated_truncated_step_api,
    step_api_compatibility,
)

__all__ = [
    "DoneStepType",
    "TerminatedTruncatedStepType",
    "convert_to_done_step_api",
    "convert_to_terminated_truncated_step_api",
    "step_api_compatibility",
]
