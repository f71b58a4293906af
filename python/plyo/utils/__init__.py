"""Helpers shared by environments and wrappers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from plyo.basics.ezpickle import EzPickle
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.utils.colorize import colorize  # the module is loaded now, lest it takes the function's name later

if TYPE_CHECKING:
    from plyo.utils import ezpickle as ezpickle
    from plyo.utils import record_constructor as record_constructor
    from plyo.utils import seeding as seeding

__all__ = ["EzPickle", "RecordConstructorArgs", "colorize"]

#: Modules that are attributes from the start, as in Gymnasium, but loaded when they are asked for.
_MODULES = ("ezpickle", "record_constructor", "seeding")


def __getattr__(name: str) -> Any:
    """Loads one of these modules."""
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
