"""What the file of a policy says of its origin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["from_arrays", "to_arrays"]

_NAME = "about"


def to_arrays(about: Mapping[str, Any]) -> dict[str, Any]:
    """The array that a file keeps these facts in, as a text of JSON; none for no facts.

    Raises:
        TypeError, ValueError: A fact is nothing that JSON can store.
    """
    return {_NAME: np.array(json.dumps(dict(about), allow_nan=False))} if about else {}


def from_arrays(arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Takes the facts out of the arrays of a file; none of a file that has none.

    Raises:
        ValueError: They are no JSON object.
    """
    array = arrays.pop(_NAME, None)
    if array is None:
        return {}
    if array.shape != () or array.dtype.kind != "U":
        raise ValueError(f"{_NAME} cannot be an array of {array.dtype} of the shape {array.shape}")
    about = json.loads(array.item())
    if not isinstance(about, dict):
        raise ValueError(f"{_NAME} must be a JSON object, got {array.item()[:80]!r}")
    return about
