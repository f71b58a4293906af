"""Batches of spaces, and batches of their elements."""

from plyo.vector.utils._batch_spaces import batch_differing_spaces, batch_space
from plyo.vector.utils._batch_values import concatenate, create_empty_array, iterate

__all__ = ["batch_differing_spaces", "batch_space", "concatenate", "create_empty_array", "iterate"]
