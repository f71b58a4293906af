"""An engine of MuJoCo tasks whose observations are pictures."""

from __future__ import annotations

import struct
import weakref
import zlib
from collections.abc import Sequence
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from plyo._native import Engine, array_view
from plyo.error import RenderContextError
from plyo.mujoco.drawn_engine import DrawnEngine, LaneFiller, Scene, ShownSteps

if TYPE_CHECKING:
    from plyo.mujoco.lane_pictures import LanePixels

Pictures = npt.NDArray[np.uint8]

#: The weights of GrayscaleObservation.
_GRAY = (0.2125, 0.7154, 0.0721)
#: The end of a snapshot: the bytes of the states, the environments, the shape of their pictures, a checksum.
_FOOTER = struct.Struct("<QQ4II8s")
_MAGIC = b"PlyoPix1"
#: Stands for the environment of the engine that repeats last steps.
_REPEATED = -1

_NO_ROLLOUTS = (
    "rollouts of MuJoCo tasks do not draw: with observation='pixels' call step() in a loop, or roll out with "
    "observation='state'"
)


class FrameStacks:
    """The last pictures of each environment, the oldest first.

    Args:
        num_envs: The number of environments.
        pixels: ``size``, ``gray``, ``stack`` and ``channels``.
    """

    def __init__(self, num_envs: int, pixels: dict[str, Any]) -> None:
        height, width = pixels["size"]
        self._gray: bool = pixels["gray"]
        self._first: bool = pixels["channels"] == "first"
        self.pictures = np.zeros((num_envs, pixels["stack"], height, width, 1 if self._gray else 3), np.uint8)
        deep = self.pictures.shape[1] * self.pictures.shape[4]
        #: The shape of one observation.
        self.shape: tuple[int, ...] = (deep, height, width) if self._first else (height, width, deep)

    def to_frames(self, colors: Pictures) -> Pictures:
        """Pictures (n, height, width, 3) as they are kept."""
        if not self._gray:
            return colors
        red, green, blue = (colors[..., c] * weight for c, weight in enumerate(_GRAY))
        gray: Pictures = (red + green + blue).astype(np.uint8)[..., None]
        return gray

    def begin(self, lane: int, frame: Pictures) -> None:
        """Begins an episode: as many copies of the first picture."""
        self.pictures[lane] = frame

    def push(self, lane: int, frame: Pictures) -> None:
        """Adds a picture; the oldest goes."""
        stack = self.pictures[lane]
        stack[:-1] = stack[1:].copy()
        stack[-1] = frame

    def observation(self, lanes: Any) -> Pictures:
        """The observations of some environments, a fresh array."""
        stacks = self.pictures[lanes]
        *lead, deep, height, width, colors = stacks.shape
        if self._first:
            shape = (*lead, deep * colors, height, width)
            fresh: Pictures = np.moveaxis(stacks, -1, -3).copy("C").reshape(shape)
        else:
            shape = (*lead, height, width, deep * colors)
            fresh = np.moveaxis(stacks, -4, -2).copy("C").reshape(shape)
        return fresh


class PixelEngine(DrawnEngine):
    """An engine of a MuJoCo task whose observations are its last pictures, drawn fast, in place of the task's own.

    Pictures depend on the state only, so that a batch and single environments observe the same.

    Args:
        scene: What is drawn.
        observed: ``size``, ``gray``, ``stack`` and ``channels``.
        **arguments: Those of the engine.
    """

    def __init__(self, scene: Scene, observed: dict[str, Any], **arguments: Any) -> None:
        super().__init__(scene, **arguments)
        self._frames = FrameStacks(self._num_envs, observed)
        self._painter: LanePixels | None = None
        self._fillers: dict[int, LaneFiller] = {}
        self._filling = Lock()
        #: Repeats the last steps of episodes, which the engine has already begun anew.
        self._repeater: Engine | None = None
        if arguments["autoreset_mode"] == "same_step":
            self._repeater = Engine(
                **(arguments | {"num_envs": 1, "autoreset_mode": "none", "num_threads": 1})
            )

    # Drawing.

    def _draw(self, lanes: Sequence[int]) -> Pictures:
        """New pictures of some environments, as they are kept."""
        height, width = self._frames.pictures.shape[2:4]
        colors = np.empty((len(lanes), height, width, 3), np.uint8)
        if self._painter is None:
            from plyo.mujoco.lane_pictures import LanePixels

            scene = self._scene
            self._painter = LanePixels(
                scene.opened.stock,
                height,
                width,
                partial(_fill_in, weakref.ref(self)),
                # marks are written into the model, which threads share
                threads=1 if scene.marks is not None else min(scene.num_threads, self._num_envs),
                camera_config=scene.camera_config,
                **scene.viewing(),
            )
        try:
            self._painter.draw(lanes, colors)
        except RenderContextError:
            # the step has been taken: where the context was lost, its picture comes from another one
            self._painter.draw(lanes, colors)
        return self._frames.to_frames(colors)

    # Observations.

    def observation_space(self) -> dict[str, Any]:
        """The observation space of one environment, as plain values."""
        shape = self._frames.shape
        return {
            "kind": "box",
            "dtype": "uint8",
            "size": int(np.prod(shape)),
            "names": ["brightness"],
            "units": [""],
            "low": [0.0],
            "high": [255.0],
            "shape": shape,
        }

    def observation_arrays(self) -> Pictures:
        """Arrays of zeros to write observations into."""
        return np.zeros((self._num_envs, *self._frames.shape), np.uint8)

    def seen(self) -> Pictures:
        """What all lanes observe as they stand; ``observe`` returns the task's own observations, for members."""
        return self._frames.observation(slice(None))

    def reset(self, seed: Any, options: Any, mask: Any, out: Any, params: Any = ()) -> tuple[Any, ...]:
        """Resets all lanes, or those of the mask; returns the observations of all and the info."""
        room = self._room(out)
        before = self._clocks()
        try:
            _, info = super().reset(seed, options, mask, None, list(params))
        except BaseException:
            self._follow(before, range(self._num_envs))
            raise
        lanes = [lane for lane in range(self._num_envs) if mask is None or mask[lane]]
        self._begin(lanes)
        return self._written(room, out), info

    def reset_lanes(self, lanes: Any, seed: Any, options: Any, params: Any = ()) -> tuple[Any, ...]:
        """Resets the listed lanes; returns what reset does, one row an entry."""
        before = self._clocks()
        try:
            _, info = super().reset_lanes(lanes, seed, options, list(params))
        except BaseException:
            self._follow(before, range(self._num_envs))
            raise
        ids = [int(lane) for lane in lanes]
        self._begin(ids)
        return self._frames.observation(ids), info

    def step(self, actions: Any, out: Any) -> tuple[Any, ...]:
        """Steps all lanes; returns observations, rewards, terminated, truncated, info."""
        room = self._room(out[0]) if isinstance(out, (tuple, list)) and len(out) == 4 else None
        inner = out if room is None else (None, *out[1:])
        before = self._clocks()
        saved = None if self._repeater is None else self._saved_lanes()
        try:
            _, rewards, terminated, truncated, info = super().step(actions, inner)
        except BaseException:
            self._follow(before, range(self._num_envs))
            raise
        if saved is not None and "final_obs" in info:
            rows = np.asarray(actions)
            for lane in map(int, np.flatnonzero(info["_final_obs"])):
                info["final_obs"][lane] = self._last_observation(lane, saved, rows[lane])
        self._follow(before, range(self._num_envs))
        given = None if room is None else out[0]
        return self._written(room, given), rewards, terminated, truncated, info

    def step_lanes(self, actions: Any, lanes: Any) -> tuple[Any, ...]:
        """Steps the listed lanes; returns what step does, one row an entry."""
        before = self._clocks()
        saved = None if self._repeater is None else self._saved_lanes()
        try:
            _, rewards, terminated, truncated, info = super().step_lanes(actions, lanes)
        except BaseException:
            self._follow(before, range(self._num_envs))
            raise
        ids = [int(lane) for lane in lanes]
        if saved is not None and "final_obs" in info:
            rows = np.asarray(actions)
            for row in np.flatnonzero(info["_final_obs"]):
                info["final_obs"][row] = self._last_observation(ids[row], saved, rows[row])
        self._follow(before, ids)
        return self._frames.observation(ids), rewards, terminated, truncated, info

    def step_compact(self, actions: Any, out: Any, wants_next: bool) -> Any:
        """Steps all lanes; returns a ``plyo.vector.StepResult``."""
        has_out = isinstance(out, (tuple, list)) and len(out) == 6
        room = self._room(out[0]) if has_out else None
        next_room = self._room(out[5], "next_observations") if has_out and out[5] is not out[0] else None
        inner = (None, *out[1:5], None) if has_out else out
        before = self._clocks()
        saved = None if self._repeater is None else self._saved_lanes()
        try:
            result = super().step_compact(actions, inner, False)
        except BaseException:
            self._follow(before, range(self._num_envs))
            raise
        ids = [int(lane) for lane in result.ended.ids]
        finals = None
        if saved is not None:
            rows = np.asarray(actions)
            finals = [self._last_observation(lane, saved, rows[lane]) for lane in ids]
        self._follow(before, range(self._num_envs))
        observations = self._written(room, out[0] if has_out else None)
        last = self._frames.observation(ids) if finals is None else _stacked(finals, self._frames.shape)
        following = observations if wants_next and finals is None else None
        if next_room is not None or (wants_next and finals is not None):
            following = self._written(next_room, None)
            following[ids] = last
            following = following if next_room is None else out[5]
        ended = result.ended._replace(final_observations=last)
        return result._replace(observations=observations, next_observations=following, ended=ended)

    def reset_one(self, seed: Any, options: Any, params: Any = ()) -> tuple[Any, ...]:
        """Resets the only environment."""
        _, info = super().reset_one(seed, options, list(params))
        self._begin([0])
        return self._frames.observation(0), info

    def step_one(self, action: Any) -> tuple[Any, ...]:
        """Steps the only environment."""
        before = self._clocks()
        try:
            _, *rest = super().step_one(action)
        finally:
            self._follow(before, [0])
        return self._frames.observation(0), *rest

    def rollout(self, *args: Any) -> NoReturn:
        """Refused: policies are asked for actions natively, and pictures are drawn between the steps."""
        raise NotImplementedError(_NO_ROLLOUTS)

    def rollout_calling(self, *args: Any) -> NoReturn:
        """Refused, likewise."""
        raise NotImplementedError(_NO_ROLLOUTS)

    def _clocks(self) -> list[int | None]:
        return [self.elapsed_steps(lane) for lane in range(self._num_envs)]

    def _begin(self, lanes: Sequence[int]) -> None:
        for lane, frame in zip(lanes, self._draw(lanes), strict=True):
            self._frames.begin(lane, frame)

    def _follow(self, before: Sequence[int | None], lanes: Sequence[int]) -> None:
        """Draws the environments that have gone on, and those that have begun anew, since they were at these steps."""
        after = {lane: self.elapsed_steps(lane) for lane in lanes}
        moved = [lane for lane, now in after.items() if now is not None and (now == 0 or now != before[lane])]
        for lane, frame in zip(moved, self._draw(moved), strict=True):
            if after[lane] == 0:
                self._frames.begin(lane, frame)
            else:
                self._frames.push(lane, frame)

    def _room(self, out: Any, name: str = "observations") -> Pictures | None:
        """The caller's array for observations, checked; None without one."""
        if out is None:
            return None
        given = type(out)
        if not isinstance(out, np.ndarray):
            out = array_view(out)
        shape = (self._num_envs, *self._frames.shape)
        expected = f"out: '{name}' must be a writable C-contiguous numpy array of uint8 and shape {shape}"
        if not isinstance(out, np.ndarray):
            raise TypeError(f"{expected}, got {given}")
        if out.dtype != np.uint8:
            raise TypeError(f"{expected}, got dtype {out.dtype}")
        if out.shape != shape:
            raise ValueError(f"{expected}, got shape {out.shape}")
        if not (out.flags.c_contiguous and out.flags.writeable):
            raise ValueError(f"{expected}, got a read-only or strided one")
        return out

    def _written(self, room: Pictures | None, given: Any) -> Any:
        """The observations: what the caller gave to write into, or a fresh array."""
        if room is None:
            return self.seen()
        room[:] = self.seen()
        return room if given is None else given

    # Ends of episodes in same_step mode, where the engine is in the next episode already.

    def _saved_lanes(self) -> list[bytes | None]:
        """What repeats the next step of each environment."""
        return [
            None if self.elapsed_steps(lane) is None else Engine.get_state(self, [lane])
            for lane in range(self._num_envs)
        ]

    def _last_observation(self, lane: int, saved: list[bytes | None], action: Any) -> Pictures:
        """The last observation of an episode."""
        repeater = self._repeater
        assert repeater is not None, "there is one in same_step mode"
        state = saved[lane]
        assert state is not None, "the environment was reset before its step"
        repeater.set_state(state, [])
        repeater.step_one(action)
        self._frames.push(lane, self._draw([_REPEATED])[0])
        return self._frames.observation(int(lane))

    def fill_in(self, lane: int, data: Any) -> None:
        """Puts an environment into the data of one of the threads that draw."""
        with self._filling:  # the engine does one thing at a time
            filler = self._fillers.get(id(data))
            if filler is None:
                filler = self._fillers[id(data)] = LaneFiller(self, self._scene, data)
            if lane == _REPEATED:
                assert self._repeater is not None, "only same_step mode repeats steps"
                filler.fill_from(self._repeater, 0)
            else:
                filler.fill_from(self, lane)

    # Copies: the states of the engine, then the pictures.

    def copy_into(self, twin: Engine, sources: Sequence[int], seed: Any) -> None:
        """Makes the lanes of a fresh batch copies of these."""
        super().copy_into(twin, list(sources), seed)
        assert isinstance(twin, PixelEngine), "a batch of the same arguments observes the same"
        twin._frames.pictures[:] = self._frames.pictures[list(sources)]

    # Snapshots: the states of the engine, then the pictures.

    def get_state(self, lanes: Sequence[int]) -> bytes:
        """A snapshot of the listed lanes, of all for an empty list."""
        states = super().get_state(lanes)
        pictures = self._frames.pictures[list(lanes) or slice(None)]
        body = states + pictures.tobytes()
        shape = pictures.shape
        return body + _FOOTER.pack(len(states), shape[0], *shape[1:], zlib.crc32(body), _MAGIC)

    def set_state(self, state: bytes, lanes: Sequence[int]) -> None:
        """Goes back to a snapshot.

        Raises:
            ValueError: It is no such snapshot, or one of pictures of another kind; nothing has changed.
        """
        states, pictures = self._unpacked(state)
        super().set_state(states, lanes)
        self._frames.pictures[list(lanes) or slice(None)] = pictures

    def _unpacked(self, state: bytes) -> tuple[bytes, Pictures]:
        own = self._frames.pictures.shape[1:]
        kind = f"pictures of shape {own}, as this one observes"
        body, footer = state[: -_FOOTER.size], state[-_FOOTER.size :]
        if not footer.endswith(_MAGIC) or len(footer) != _FOOTER.size:
            raise ValueError(f"set_state: {len(state)} bytes are no state of a batch that observes {kind}")
        length, number, *shape, checksum, _ = _FOOTER.unpack(footer)
        if tuple(shape) != own:
            raise ValueError(
                f"set_state: the state has pictures of shape {tuple(shape)}, it must have {kind}"
            )
        if zlib.crc32(body) != checksum or len(body) != length + number * int(np.prod(own)):
            raise ValueError(f"set_state: the {len(state)} bytes are damaged: their checksum differs")
        return body[:length], np.frombuffer(body, np.uint8, offset=length).reshape(number, *own)

    # Closing.

    def close_pictures(self) -> None:
        """Gives the OpenGL contexts back. Drawing once more opens others."""
        super().close_pictures()
        self.close_painter()

    def close_painter(self) -> None:
        """The same for observations only."""
        painter, self._painter = self._painter, None
        self._fillers.clear()
        if painter is not None:
            painter.close()


def _fill_in(owner: weakref.ref[PixelEngine], lane: int, data: Any) -> None:
    engine = owner()
    assert engine is not None, "pictures end with their engine"
    engine.fill_in(lane, data)


def _stacked(observations: list[Pictures], shape: tuple[int, ...]) -> Pictures:
    """Observations as rows; there may be none."""
    return np.stack(observations) if observations else np.zeros((0, *shape), np.uint8)


class ShownPixelEngine(ShownSteps, PixelEngine):
    """An engine whose only environment is shown in a window."""
