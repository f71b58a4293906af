"""Batches of environments inside compiled JAX programs: ``jit``, ``lax.scan``, ``lax.while_loop``.

``pip install jax``. The steps run on the CPU, in native code that XLA calls directly.
"""

from __future__ import annotations

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled

try:
    import jax.ffi  # noqa: F401 - whether it is there
except ImportError as e:
    raise DependencyNotInstalled(
        f"plyo.jax needs JAX 0.5 or newer, which is not installed, run `{pip_install('jax')}`"
    ) from e

from plyo.jax.batch import JaxBatch, Step, make_vec

__all__ = ["JaxBatch", "Step", "make_vec"]
