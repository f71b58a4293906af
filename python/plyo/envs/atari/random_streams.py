"""The random numbers of lanes: repeated actions, and the no-ops of ale-py's native batch.

Both are drawn outside the emulator, from the streams that it would use: 32 bits of a Mersenne twister at a time. So a
snapshot holds them, which those of the emulator do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_WORDS = 2**32
#: The frames whose numbers are drawn at once.
_BLOCK = 256


def twister(seed: int) -> np.random.RandomState:
    """The twister of a seed; those of more than 32 bits are mixed to 32."""
    return np.random.RandomState(
        seed if seed < _WORDS else int(np.random.SeedSequence(seed).generate_state(1)[0])
    )


def twister_state(random: np.random.RandomState) -> tuple[bytes, int]:
    """The words of a twister, and its place in them."""
    state: Any = random.get_state(legacy=False)
    return state["state"]["key"].tobytes(), int(state["state"]["pos"])


def set_twister_state(random: np.random.RandomState, words: bytes, place: int) -> None:
    """Restores what :func:`twister_state` has returned."""
    key = np.frombuffer(words, dtype=np.uint32)
    random.set_state({"bit_generator": "MT19937", "state": {"key": key, "pos": place}})


class StickyStream:
    """Whether each frame repeats the last action.

    The emulator draws two numbers a frame, one for each player; the second has no use.
    """

    def __init__(self, probability: float, random: np.random.RandomState) -> None:
        # the emulator keeps the probability in 32 bits
        self._bound = float(np.float32(probability)) * _WORDS
        self._random = random
        self._before: tuple[bytes, int] = (b"", 0)
        self._left: list[bool] = []

    def draw(self) -> bool:
        """Whether the next frame repeats the last action."""
        if not self._left:
            self._before = twister_state(self._random)
            self._fill()
        return self._left.pop()

    def _fill(self) -> None:
        words = self._random.randint(0, _WORDS, size=2 * _BLOCK, dtype=np.uint32)
        # they are taken from the end
        self._left = (words[::2] < self._bound)[::-1].tolist()

    def get_state(self) -> tuple[bytes, int, int]:
        """The twister before the present block, and how many of its frames are left."""
        if not self._left:
            return (*twister_state(self._random), 0)
        return (*self._before, len(self._left))

    def set_state(self, words: bytes, place: int, left: int) -> None:
        """Restores what :meth:`get_state` has returned."""
        set_twister_state(self._random, words, place)
        self._left = []
        if left:
            self._before = (words, place)
            self._fill()
            del self._left[left:]


def draw_noops(random: np.random.RandomState, noop_max: int) -> int:
    """The no-ops of a reset of ale-py's native batch: 0 to ``noop_max - 1``, by Lemire's method (arXiv:1805.10941)."""
    if noop_max < 1:
        return 0
    while True:
        product = int(random.randint(0, _WORDS, dtype=np.uint32)) * noop_max
        if product % _WORDS >= (_WORDS - noop_max) % noop_max:
            return product // _WORDS
