"""NumPy generators over the random stream of a native lane."""

from __future__ import annotations

from typing import Any

import numpy as np

from plyo._native import Engine


class LaneBitGenerator(np.random.PCG64):
    """A PCG64 whose state is the stream of one lane: what either draws, the other has drawn.

    Args:
        engine: The engine of the lane.
        lane: Its index.
        seed: The seed that the stream was started from, for `spawn`; None or -1 if there was none.
    """

    def __init__(self, engine: Engine, lane: int, seed: int | None) -> None:
        super().__init__(None if seed == -1 else seed)
        self._engine = engine
        self._lane = lane
        self._capsule = engine.bit_generator_capsule(lane)

    @property
    def capsule(self) -> Any:
        """NumPy's C interface to the lane's stream."""
        return self._capsule

    @property
    def state(self) -> Any:
        """The stream's state, as that of any PCG64: a dictionary."""
        return self._engine.stream_state(self._lane)

    @state.setter
    def state(self, value: Any) -> None:
        self._engine.set_stream_state(self._lane, value)

    def _twin(self) -> np.random.PCG64:
        """A plain PCG64 in the same state."""
        return _plain(self.state)

    def random_raw(self, size: Any = None, output: Any = True) -> Any:
        """Raw 64-bit words, as of any PCG64."""
        twin = self._twin()
        words = twin.random_raw(size, output)
        self.state = twin.state
        return words

    def advance(self, delta: int) -> LaneBitGenerator:
        """Moves the stream by ``delta`` draws."""
        twin = self._twin()
        twin.advance(delta)
        self.state = twin.state
        return self

    def jumped(self, jumps: int = 1) -> np.random.PCG64:
        """A PCG64 of its own, far ahead of the lane's stream."""
        return self._twin().jumped(jumps)

    def __reduce__(self) -> Any:
        """Pickles and copies as a plain PCG64 in the same state, which shares nothing with the lane."""
        return _plain, (self.state,)


def _plain(state: Any) -> np.random.PCG64:
    """A plain PCG64 in a given state."""
    bit_generator = np.random.PCG64(0)
    bit_generator.state = state
    return bit_generator


def lane_generator(engine: Engine, lane: int, seed: int | None) -> np.random.Generator:
    """A NumPy generator that shares the stream of a lane."""
    return np.random.Generator(LaneBitGenerator(engine, lane, seed))


def set_lane_generator(engine: Engine, lane: int, generator: np.random.Generator) -> None:
    """Makes a lane draw what a generator would draw next.

    Raises:
        TypeError: It is not a ``numpy.random.Generator`` over a PCG64.
    """
    if not isinstance(generator, np.random.Generator) or not isinstance(
        generator.bit_generator, np.random.PCG64
    ):
        raise TypeError(f"np_random must be a numpy.random.Generator over a PCG64, got {generator!r}")
    engine.set_stream_state(lane, dict(generator.bit_generator.state))
