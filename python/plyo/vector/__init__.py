"""Batches of environments."""

from plyo.vector.native import NativeVectorEnv
from plyo.vector.vector_env import AutoresetMode, VectorEnv

__all__ = ["AutoresetMode", "NativeVectorEnv", "VectorEnv"]
