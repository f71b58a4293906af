"""Wrappers: changes to environments from outside."""

from plyo.wrappers.common import OrderEnforcing, TimeLimit

__all__ = ["OrderEnforcing", "TimeLimit"]
