"""Copies of random number generators."""

from __future__ import annotations

from copy import deepcopy

import numpy as np


def copy_generator(generator: np.random.Generator) -> np.random.Generator:
    """A copy that draws the same numbers, and is independent.

    ``deepcopy`` seeds a new generator from the system's entropy first, and takes four times as long.

    Args:
        generator: Any generator.

    Returns:
        The same as ``deepcopy`` returns.
    """
    bits = generator.bit_generator
    seeds = getattr(bits, "seed_seq", None)
    if type(generator) is not np.random.Generator or type(bits) is not np.random.PCG64:
        return deepcopy(generator)
    if type(seeds) is not np.random.SeedSequence:
        return deepcopy(generator)
    copied_bits = np.random.PCG64(np.random.SeedSequence(**seeds.state))
    copied_bits.state = bits.state
    return np.random.Generator(copied_bits)
