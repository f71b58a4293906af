"""Random number generators and their seeds."""

from __future__ import annotations

import numpy as np

from plyo import error

RNG = RandomNumberGenerator = np.random.Generator


def np_random(seed: int | None = None) -> tuple[np.random.Generator, int]:
    """Makes a NumPy generator, ``Generator(PCG64(SeedSequence(seed)))``.

    Args:
        seed: Any non-negative integer, or ``None`` to take 128 bits of entropy from the system.

    Returns:
        The generator, and the seed that makes an equal one.

    Raises:
        plyo.error.Error: ``seed`` is not a Python integer, or is negative.
    """
    if seed is not None:
        if not isinstance(seed, int):
            raise error.Error(f"Seed must be a python integer, actual type: {type(seed)}")
        if seed < 0:
            raise error.Error(f"Seed must be greater or equal to zero, actual value: {seed}")

    sequence = np.random.SeedSequence(seed)
    entropy = sequence.entropy
    assert isinstance(entropy, int)  # only a sequence given as seed would be anything else
    return np.random.Generator(np.random.PCG64(sequence)), entropy
