"""NumPy generators over the random streams of native lanes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np

from plyo._native import Engine


class LaneBitGenerator(np.random.PCG64):
    """A PCG64 whose state is the stream of one lane: a draw of either advances both.

    It is the lane's until the lane gets a new seed, and continues alone afterwards. All generators of a batch share one
    lock; drawing while the batch is in use raises ``RuntimeError``.

    Args:
        engine: The engine of the lane.
        lane: Its index.
        seed: The first seed of the stream, for `spawn`.
    """

    def __init__(self, engine: Engine, lane: int, seed: int | None) -> None:
        super().__init__(_NoSeed())  # type: ignore[arg-type]  # any ISeedSequence will do
        self._seed = seed
        self._sequence: np.random.SeedSequence | None = None
        self._stream = engine.lane_stream(lane)
        self._capsule = self._stream.capsule()

    @property
    def capsule(self) -> Any:
        """NumPy's C interface to the lane's stream."""
        return self._capsule

    @property
    def lock(self) -> Any:  # type: ignore[override]  # read-only in NumPy too
        """The lock that NumPy holds while it draws."""
        return self._stream

    @property
    def state(self) -> Any:
        """The stream's state, as that of any PCG64: a dictionary."""
        return StreamState(self._stream.state())

    @state.setter
    def state(self, value: Any) -> None:
        self._stream.set_state(value)

    @property
    def seed_seq(self) -> Any:
        """The sequence that the stream was started from."""
        if self._sequence is None:
            self._sequence = np.random.SeedSequence(self._seed)
        return self._sequence

    def spawn(self, n_children: int) -> list[Any]:
        """Generators of their own, seeded as those of any PCG64 are."""
        return [np.random.PCG64(child) for child in self.seed_seq.spawn(n_children)]

    @property
    def is_attached(self) -> bool:
        """Whether this still is the stream of the lane."""
        return bool(self._stream.is_attached)

    def random_raw(self, size: Any = None, output: Any = True) -> Any:
        """Raw 64-bit words, as of any PCG64."""
        with self.lock:
            twin = _plain(self.state)
            words = twin.random_raw(size, output)
            self.state = twin.state
        return words

    def advance(self, delta: int) -> LaneBitGenerator:
        """Moves the stream by ``delta`` draws."""
        with self.lock:
            twin = _plain(self.state)
            twin.advance(delta)
            self.state = twin.state
        return self

    def jumped(self, jumps: int = 1) -> np.random.PCG64:
        """A PCG64 of its own, far ahead of the lane's stream."""
        return _plain(self.state).jumped(jumps)

    @property
    def ctypes(self) -> Any:
        """Not offered: who draws through it would not be kept out while the batch is in use."""
        raise NotImplementedError(
            "the random stream of an environment has no ctypes interface; draw from np_random"
        )

    @property
    def cffi(self) -> Any:
        """Not offered, as ``ctypes``."""
        raise NotImplementedError(
            "the random stream of an environment has no cffi interface; draw from np_random"
        )

    def __reduce__(self) -> Any:
        """Pickles and copies as a plain PCG64 in the same state, which shares nothing with the lane."""
        return _plain, (self.state,)


class StreamState(dict[str, Any]):
    """The state of a PCG64, equal to every state that draws the same numbers.

    NumPy leaves the half of a word that was drawn last in ``uinteger``; it counts only where ``has_uint32`` says so.
    """

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        """Whether both draw the same numbers."""
        return isinstance(other, dict) and _telling(self) == _telling(other)

    def __ne__(self, other: object) -> bool:
        """Whether they draw different numbers."""
        return not self == other

    def __reduce__(self) -> Any:
        """Pickles and copies as a plain dictionary."""
        return dict, (dict(self),)


def _telling(state: dict[str, Any]) -> dict[str, Any]:
    """The entries of a state that determine the draws."""
    waits = state.get("has_uint32")
    return {name: value for name, value in state.items() if waits or name != "uinteger"}


class _NoSeed(np.random.bit_generator.ISeedSequence):
    """Starts the state of a PCG64 that is never used, without the work of hashing a seed."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        """Some words."""
        return np.zeros(n_words, dtype)


def _plain(state: Any) -> np.random.PCG64:
    """A plain PCG64 in a given state."""
    bit_generator = np.random.PCG64(0)
    bit_generator.state = state
    return bit_generator


def lane_generator(engine: Engine, lane: int, seed: int | None) -> np.random.Generator:
    """A NumPy generator that shares the stream of a lane."""
    return np.random.Generator(LaneBitGenerator(engine, lane, seed))


class LaneGenerators(Sequence[np.random.Generator]):
    """The generators of a batch, one a lane: each is made when it is first asked for, and stays the lane's.

    Args:
        engine: The engine of the lanes.
        num_lanes: Their number.
        seed_of: Returns the seed of a lane.
    """

    def __init__(self, engine: Engine, num_lanes: int, seed_of: Callable[[int], int]) -> None:
        self._engine = engine
        self._num_lanes = num_lanes
        self._seed_of = seed_of
        self._made: dict[int, tuple[np.random.Generator, LaneBitGenerator]] = {}

    def __len__(self) -> int:
        """The number of lanes."""
        return self._num_lanes

    @overload
    def __getitem__(self, index: int) -> np.random.Generator: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[np.random.Generator, ...]: ...

    def __getitem__(self, index: Any) -> Any:
        """The generator of a lane, or a tuple of those of several."""
        lanes = range(self._num_lanes)[index]
        return tuple(map(self._get, lanes)) if isinstance(lanes, range) else self._get(lanes)

    def __iter__(self) -> Iterator[np.random.Generator]:
        """All of them, in order."""
        return map(self._get, range(self._num_lanes))

    def __repr__(self) -> str:
        """How many there are."""
        return f"<{self._num_lanes} generators, one for each environment>"

    def _get(self, lane: int) -> np.random.Generator:
        made = self._made.get(lane)
        if made is None or not made[1].is_attached:
            bits = LaneBitGenerator(self._engine, lane, self._seed_of(lane))
            made = self._made[lane] = np.random.Generator(bits), bits
        return made[0]


class SharedStreamEngine:
    """Replaces the engine of an environment whose generator has other users too.

    Every call copies the generator's state to the engine, and back after the engine's draws.

    Raises:
        TypeError: It is not a ``numpy.random.Generator`` over a PCG64.
    """

    def __init__(self, engine: Any, generator: np.random.Generator) -> None:
        if not isinstance(generator, np.random.Generator) or not isinstance(
            generator.bit_generator, np.random.PCG64
        ):
            raise TypeError(f"np_random must be a numpy.random.Generator over a PCG64, got {generator!r}")
        self.own_engine = engine
        self._bits = generator.bit_generator

    def __getattr__(self, name: str) -> Any:
        """A member of the engine; its methods share the stream."""
        if name.startswith("__"):
            raise AttributeError(name)
        member = getattr(self.own_engine, name)
        if not callable(member):
            return member

        def call(*args: Any, **kwargs: Any) -> Any:
            with self._bits.lock:
                before = dict(self._bits.state)
                self.own_engine.set_stream_state(0, before)
                try:
                    return member(*args, **kwargs)
                finally:
                    after = self.own_engine.stream_state(0)
                    if after != before:
                        self._bits.state = after

        return call
