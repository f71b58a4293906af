"""Helpers shared by environments and wrappers."""

from plyo.utils.colorize import colorize
from plyo.utils.ezpickle import EzPickle
from plyo.utils.record_constructor import RecordConstructorArgs

__all__ = ["EzPickle", "RecordConstructorArgs", "colorize"]
