"""Running the same call against Plyo and against Gymnasium, and comparing the results."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

#: Where an id may be found, after Gymnasium's words; test_messages.py tests it.
ADDED = re.compile(
    r" ((The ids nearest to|\S+ is not part of) .*)?All ids: `plyo list`, or plyo.pprint_registry\(\)\.$"
)


def neutral(text: object) -> str:
    """A text without the names of the two packages, without what Plyo adds about ids, and without what pip installs."""
    text = re.sub("`pip install [^`]*`", "`pip install`", ADDED.sub("", str(text)))
    return text.replace("gymnasium", "plyo").replace("Gymnasium", "Plyo")


def outcome(call: Callable[[], Any]) -> tuple[Any, list[tuple[str, str]]]:
    """The result or the error of a call, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = ("returned", call())
        except Exception as e:
            result = ("raised", type(e).__name__, neutral(e))
    return result, [(w.category.__name__, neutral(w.message)) for w in caught]


def assert_same(ours: Any, theirs: Any) -> None:
    """Asserts that two results agree in type, dtype, shape and every bit."""
    assert neutral(type(ours).__qualname__) == neutral(type(theirs).__qualname__), (ours, theirs)
    if isinstance(ours, (np.ndarray, np.generic)):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        if ours.dtype == object:
            assert_same(ours.ravel().tolist(), theirs.ravel().tolist())
            return
        assert ours.tobytes() == theirs.tobytes(), (ours, theirs)
    elif isinstance(ours, (tuple, list)):
        assert len(ours) == len(theirs), (ours, theirs)
        for our_part, their_part in zip(ours, theirs, strict=True):
            assert_same(our_part, their_part)
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        assert_same(list(ours.values()), list(theirs.values()))
    elif isinstance(ours, str):
        assert neutral(ours) == neutral(theirs)
    else:
        assert ours == theirs


def assert_same_outcome(call: Callable[[Any], Any], plyo: Any, gymnasium: Any) -> None:
    """Asserts that a call comes to the same with either package."""
    assert_same(outcome(lambda: call(plyo)), outcome(lambda: call(gymnasium)))
