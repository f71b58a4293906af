"""Remembers constructor arguments, so that a wrapper can be made again from its spec."""

from __future__ import annotations

from copy import deepcopy
from typing import Any


class RecordConstructorArgs:
    """Base class that keeps keyword arguments in ``_saved_kwargs``.

    ``Wrapper.spec`` reads them. Where a class and its base both record, the first call wins, so call
    ``RecordConstructorArgs.__init__`` before the ``__init__`` of other bases.
    """

    def __init__(self, *, _disable_deepcopy: bool = False, **kwargs: Any) -> None:
        """Records the arguments, unless a subclass has recorded its own already.

        Args:
            _disable_deepcopy: Keep the values themselves instead of deep copies.
            **kwargs: The constructor arguments to record.
        """
        if not hasattr(self, "_saved_kwargs"):
            self._saved_kwargs: dict[str, Any] = (
                kwargs if _disable_deepcopy or not kwargs else deepcopy(kwargs)
            )
