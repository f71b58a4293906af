"""Pickling by constructor arguments."""

from __future__ import annotations

from typing import Any


class EzPickle:
    """Base class whose instances are unpickled by constructing them anew.

    For objects that hold resources which cannot be pickled. Changes since construction are
    lost. The subclass calls ``EzPickle.__init__(self, *args, **kwargs)`` with its own arguments.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Keeps the arguments with which the copy is constructed."""
        self._ezpickle_args = args
        self._ezpickle_kwargs = kwargs

    def __getstate__(self) -> dict[str, Any]:
        """Returns the constructor arguments, and nothing else, as the state to pickle."""
        return {"_ezpickle_args": self._ezpickle_args, "_ezpickle_kwargs": self._ezpickle_kwargs}

    def __setstate__(self, d: dict[str, Any]) -> None:
        """Constructs a new object with the pickled arguments and takes over its attributes."""
        fresh = type(self)(*d["_ezpickle_args"], **d["_ezpickle_kwargs"])
        self.__dict__.update(fresh.__dict__)
