"""Using JAX environments with NumPy arrays."""

from __future__ import annotations

import functools

import numpy as np

from plyo.basics.install import pip_install
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType
from plyo.error import DependencyNotInstalled
from plyo.wrappers.array_conversion import ArrayConversion, array_conversion, module_namespace

try:
    import jax.numpy as jnp
except ImportError as e:
    raise DependencyNotInstalled(
        f"Jax is not installed therefore cannot call `numpy_to_jax`, run `{pip_install('jax')}`"
    ) from e

__all__ = ["JaxToNumpy", "jax_to_numpy", "numpy_to_jax"]

jax_to_numpy = functools.partial(array_conversion, xp=module_namespace(np))
numpy_to_jax = functools.partial(array_conversion, xp=module_namespace(jnp))


class JaxToNumpy(ArrayConversion):
    """Lets a JAX environment be used with NumPy arrays: see :class:`ArrayConversion`."""

    def __init__(self, env: Env[ObsType, ActType]) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside, which takes and returns JAX arrays.

        Raises:
            TypeError: ``env`` is not an environment.
        """
        RecordConstructorArgs.__init__(self)
        super().__init__(env=env, env_xp=jnp, target_xp=np)
