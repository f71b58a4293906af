"""Batches of spaces and of their elements: the public address of functions of :mod:`plyo.spaces`."""

from plyo.spaces._batching import (
    batch_differing_spaces,
    batch_space,
    concatenate,
    create_empty_array,
    iterate,
)

__all__ = ["batch_differing_spaces", "batch_space", "concatenate", "create_empty_array", "iterate"]
