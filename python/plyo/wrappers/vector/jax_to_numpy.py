"""Using batches of JAX environments with NumPy arrays."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from plyo.vector.vector_env import VectorEnv
from plyo.wrappers.vector.array_conversion import ArrayConversion

__all__ = ["JaxToNumpy"]


class JaxToNumpy(ArrayConversion[Any, Any, Any, Any]):
    """Lets a batch of JAX environments be used with NumPy arrays: see :class:`ArrayConversion`."""

    def __init__(self, env: VectorEnv[Any, Any, Any]) -> None:
        """Wraps a batch.

        Args:
            env: The batch inside, which takes and returns JAX arrays.

        Raises:
            TypeError: ``env`` is not a batch.
        """
        super().__init__(env, env_xp=jnp, target_xp=np)
