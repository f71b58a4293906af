"""Random number generators and their seeds."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

from plyo import error
from plyo.basics.integers import is_seed

if TYPE_CHECKING:
    import numpy as np

    RNG = RandomNumberGenerator = np.random.Generator


def np_random(seed: int | None = None) -> tuple[np.random.Generator, int]:
    """Makes a NumPy generator, ``Generator(PCG64(SeedSequence(seed)))``.

    Args:
        seed: Any non-negative integer, also one of NumPy's, or ``None`` to take 128 bits of entropy from the system.

    Returns:
        The generator, and the seed that makes an equal one.

    Raises:
        plyo.error.Error: ``seed`` is not an integer, or is negative.
    """
    if seed is not None:
        if not is_seed(seed):
            raise error.Error(f"Seed must be a python integer, actual type: {type(seed)}")
        seed = seed if isinstance(seed, int) else index(seed)
        if seed < 0:
            raise error.Error(f"Seed must be greater or equal to zero, actual value: {seed}")

    from numpy import random  # a third of what importing NumPy takes

    sequence = random.SeedSequence(seed)
    entropy = sequence.entropy
    assert isinstance(entropy, int)  # only a sequence given as seed would be anything else
    return random.Generator(random.PCG64(sequence)), entropy


def __getattr__(name: str) -> Any:
    """``RNG`` and ``RandomNumberGenerator``: NumPy's class, whose module is loaded when it is needed."""
    if name in ("RNG", "RandomNumberGenerator"):
        from numpy import random

        return random.Generator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
