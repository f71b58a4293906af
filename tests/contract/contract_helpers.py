"""Helpers of the contract tests: making environments, actions for any task, and logs of results."""

from __future__ import annotations

import hashlib
import itertools
import platform
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

import plyo
from plyo.tasks.descriptions import native_tasks

Array = npt.NDArray[Any]

__all__ = [
    "Log",
    "TupleTape",
    "action_tape",
    "assert_same_arrays",
    "assert_same_log",
    "digest",
    "drive",
    "few_if_slow",
    "flat",
    "has_pictures",
    "id_of",
    "is_reference_platform",
    "make",
    "make_vec",
    "native_ids",
    "native_tasks",
    "network",
    "parts",
    "play",
    "play_single",
    "same_bits",
    "task_of",
    "warm_up",
]


def native_ids() -> list[str]:
    """Every id of every compiled-in task."""
    return [variant["id"] for task in native_tasks().values() for variant in task["variants"]]


@cache
def task_of(task_id: str) -> dict[str, Any]:
    """The description of the task that an id belongs to, with the spaces and infos of that id."""
    task = next(t for t in native_tasks().values() if task_id in [v["id"] for v in t["variants"]])
    engine = make_vec(task_id, 1)._engine
    return task | {
        "observation": engine.observation_space(),
        "action": engine.action_space(),
        "infos": engine.infos(),
    }


def sees_floats(task: dict[str, Any]) -> bool:
    """Whether the observations of a task are vectors of float32, as a network wants them."""
    seen = task["observation"]
    return seen.get("dtype") == "float32" and len(seen["shape"]) == 1


def has_pictures(task: dict[str, Any]) -> bool:
    """Whether a task is drawn natively; MuJoCo draws its own, which tests/envs/mujoco looks at."""
    return "rgb_array" in task["render_modes"] and not task["needs"]


def parts(value: Any) -> tuple[Any, ...]:
    """The arrays of a value, which may be one."""
    if isinstance(value, dict):
        return tuple(value[key] for key in sorted(value))
    return value if isinstance(value, tuple) else (value,)


def flat(value: Any) -> Any:
    """An observation as one array: the numbers of a tuple or dict side by side."""
    if not isinstance(value, (tuple, dict)):
        return value
    each = parts(value)
    # the leading dimensions are those of a number; without one, all but the last dimension
    least = min(each, key=np.ndim)
    has_numbers = isinstance(value, tuple)
    lead = np.shape(least) if has_numbers else np.shape(least)[:-1]
    return np.concatenate([np.reshape(part, (*lead, -1)) for part in each], axis=-1)


def flat_row(space: Any) -> tuple[tuple[int, ...], Any]:
    """Shape and dtype of one environment's observation as one array."""
    sample = flat(space.sample())
    return np.shape(sample), np.asarray(sample).dtype


def id_of(task: str) -> str:
    """The last id of a task that has its default arguments, or the last one."""
    variants = native_tasks()[task]["variants"]
    return [*variants, *(v for v in variants if not v["kwargs"])][-1]["id"]


def make(task_id: str, **kwargs: Any) -> Any:
    """``plyo.make`` without the warning about an old version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return plyo.make(task_id, **kwargs)


def make_vec(task_id: str, num_envs: int, **kwargs: Any) -> Any:
    """``plyo.make_vec`` without the warning about an old version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return plyo.make_vec(task_id, num_envs, **kwargs)


def few_if_slow(task_id: str, usual: int) -> int:
    """The environments of a batch; fewer of a task that needs a library, whose steps take up to a millisecond."""
    return 60 if task_of(task_id)["needs"] else usual


def is_reference_platform() -> bool:
    """Whether ``math="reference"`` has to give Gymnasium's bits: its libm is that of Linux on x86-64."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"


class TupleTape:
    """Actions of a Tuple, to be indexed like an array of actions: a row of it is a tuple of arrays.

    Attributes:
        parts: An array ``(num_steps, num_lanes, ...)`` for each part of the space.
    """

    def __init__(self, parts: tuple[Array, ...]) -> None:
        self.parts = parts

    @property
    def shape(self) -> tuple[int, ...]:
        return self.parts[0].shape

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, index: Any) -> Any:
        picked = tuple(part[index] for part in self.parts)
        is_slice = isinstance(index[0] if isinstance(index, tuple) else index, slice)
        return TupleTape(picked) if is_slice else picked

    def __iter__(self) -> Iterator[Any]:
        return (self[t] for t in range(len(self)))


@lru_cache(maxsize=64)
def action_tape(task_id: str, num_steps: int, num_lanes: int, seed: int = 0) -> Any:
    """Legal actions ``(num_steps, num_lanes, ...)``; those of a Box go beyond its bounds, where tasks clip.

    A lane's actions do not depend on the number of lanes. The array, or the `TupleTape`, is read-only.
    """
    space = task_of(task_id)["action"]
    if space["kind"] == "tuple":
        parts = enumerate(space["parts"])
        return TupleTape(tuple(_leaf_tape(part, num_steps, num_lanes, (seed, k)) for k, part in parts))
    return _leaf_tape(space, num_steps, num_lanes, (seed,))


def _leaf_tape(space: dict[str, Any], num_steps: int, num_lanes: int, seed: tuple[int, ...]) -> Array:
    lanes = []
    for lane in range(num_lanes):
        rng = np.random.default_rng([*seed, lane])
        if space["kind"] == "discrete":
            lanes.append(rng.integers(space["size"], size=num_steps))
            continue
        low = np.nan_to_num(np.array(space["low"]), posinf=1, neginf=-1)
        high = np.nan_to_num(np.array(space["high"]), posinf=1, neginf=-1)
        uniform = rng.random((num_steps, space["size"])) * 1.4 - 0.2
        lanes.append((low + uniform * (high - low)).astype(np.float32))
    tape = np.ascontiguousarray(np.stack(lanes, axis=1))
    tape.flags.writeable = False
    return tape


def network(
    task_id: str, widths: tuple[int, ...] = (8, 8), seed: int = 0, population: int | None = None
) -> list[tuple[Array, Array]]:
    """Layers of float32 weights for a task, the same on every machine."""
    task = task_of(task_id)
    rng = np.random.default_rng(seed)
    sizes = (task["observation"]["size"], *widths, task["action"]["size"])
    lead = () if population is None else (population,)
    # uniform numbers are exact; normal ones would come from the platform's exp and log
    return [
        (
            ((rng.random((*lead, outputs, inputs)) - 0.5) * 4 / np.sqrt(inputs)).astype(np.float32),
            (rng.random((*lead, outputs)) - 0.5).astype(np.float32),
        )
        for inputs, outputs in itertools.pairwise(sizes)
    ]


def same_bits(a: Array, b: Array) -> bool:
    """Whether two arrays agree in dtype, shape and every bit, signs of zeros and NaNs included."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def assert_same_arrays(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Asserts that two dictionaries of arrays agree in every bit; None equals None."""
    assert list(ours) == list(theirs)
    for name, a in ours.items():
        b = theirs[name]
        if a is None or b is None:
            assert a is b, name
            continue
        assert a.dtype == b.dtype, name
        assert a.shape == b.shape, name
        if not same_bits(a, b):
            where = np.argwhere(np.atleast_1d(a != b))
            raise AssertionError(f"{name} differs, first at {where[:1].tolist()}: {len(where)} of {a.size}")


def digest(arrays: dict[str, Any]) -> str:
    """A hash of arrays by name, None included."""
    sha = hashlib.sha256()
    for name, field in arrays.items():
        sha.update(name.encode())
        for array in () if field is None else parts(field):
            little = array.astype(array.dtype.newbyteorder("<"))
            sha.update(f"{little.dtype.str}{little.shape}".encode())
            sha.update(little.tobytes())
    return sha.hexdigest()[:32]


# ---- logs ----


@dataclass(repr=False)
class Log:
    """The transitions of the lanes, without the steps that only reset.

    Attributes:
        observations: ``(T, N, ...)`` after each transition, before any reset.
        rewards: ``(T, N)``.
        terminated: ``(T, N)``.
        truncated: ``(T, N)``.
        resets: ``(T, N, ...)``, the first observation of the episode that follows, 0 where none ended.
    """

    observations: Array
    rewards: Array
    terminated: Array
    truncated: Array
    resets: Array

    @classmethod
    def empty(cls, num_steps: int, num_lanes: int, row: tuple[int, ...], dtype: Any) -> Log:
        flat = (num_steps, num_lanes)
        observations, resets = np.zeros((2, *flat, *row), dtype)
        return cls(observations, np.zeros(flat), np.zeros(flat, bool), np.zeros(flat, bool), resets)

    def arrays(self) -> dict[str, Array]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __getitem__(self, lanes: Any) -> Log:
        return Log(*(array[:, lanes] for array in self.arrays().values()))

    @property
    def ended(self) -> Array:
        return self.terminated | self.truncated


def assert_same_log(ours: Log, theirs: Log) -> None:
    """Asserts that two logs agree in every bit."""
    assert_same_arrays(ours.arrays(), theirs.arrays())


def play(envs: Any, tape: Array) -> Log:
    """Takes every lane of a batch that was just reset through all the actions of its column of the tape.

    Works alike in all autoreset modes: a lane whose step is only a reset does not use up an action.
    """
    num_steps, num_lanes = tape.shape[:2]
    lanes = np.arange(num_lanes)
    mode = envs.autoreset_mode.name.lower()
    log = Log.empty(num_steps, num_lanes, *flat_row(envs.single_observation_space))
    used = np.zeros(num_lanes, int)  # actions of each lane
    pending = np.zeros(num_lanes, bool)  # lanes whose next step is a reset
    owed = np.zeros(num_lanes, bool)  # those of them whose episode is in the log
    while (used < num_steps).any() or owed.any():
        # finished lanes continue with any action: their results are not kept
        actions = tape[np.minimum(used, num_steps - 1), lanes]
        # the action of a step that resets is not looked at
        for part in actions if isinstance(actions, tuple) else (actions,):
            part[pending] = -7 if part.dtype.kind == "i" else np.nan
        observations, rewards, terminated, truncated, info = envs.step(actions)
        observations = flat(observations)
        ended = terminated | truncated
        assert not (pending & ended).any()
        assert (rewards[pending] == 0).all()
        log.resets[used[owed] - 1, lanes[owed]] = observations[owed]

        active = ~pending & (used < num_steps)
        at = (used[active], lanes[active])
        log.observations[at] = observations[active]
        log.rewards[at] = rewards[active]
        log.terminated[at] = terminated[active]
        log.truncated[at] = truncated[active]
        used[active] += 1
        over = active & ended
        pending = owed = np.zeros(num_lanes, bool)
        if mode == "next_step":
            pending, owed = ended, over
        elif mode == "same_step":
            for lane in np.flatnonzero(over):
                log.resets[used[lane] - 1, lane] = observations[lane]
                log.observations[used[lane] - 1, lane] = flat(info["final_obs"][lane])
        elif ended.any():
            observations = flat(envs.reset(options={"reset_mask": ended})[0])
            log.resets[used[over] - 1, lanes[over]] = observations[over]
    return log


def play_single(env: Any, tape: Array) -> Log:
    """The same for a single environment that was just reset; its log has one lane."""
    log = Log.empty(len(tape), 1, *flat_row(env.observation_space))
    for t, action in enumerate(tape):
        observation, reward, terminated, truncated, _ = env.step(action)
        log.observations[t, 0] = flat(observation)
        log.rewards[t, 0] = reward
        log.terminated[t, 0] = terminated
        log.truncated[t, 0] = truncated
        if terminated or truncated:
            log.resets[t, 0] = flat(env.reset()[0])
    return log


def warm_up(envs: Any, actions: Array) -> None:
    """Takes a batch that was just reset through some steps after which its lanes are out of phase.

    None of them waits for a reset, in any autoreset mode.
    """
    lanes = np.arange(envs.num_envs)
    for t, row in enumerate(actions):
        _, _, terminated, truncated, _ = envs.step(row)
        ended = terminated | truncated
        if envs.autoreset_mode.name == "SAME_STEP":
            ended[:] = False
        mask = ended | (lanes % len(actions) == t if envs.num_envs > 1 else False)
        if mask.any():
            envs.reset(options={"reset_mask": mask})


def drive(envs: Any, actions: Array) -> dict[str, Array]:
    """Steps a batch once for each row of actions and keeps all that comes out, statistics included.

    In disabled mode the lanes that end are reset after each step.
    """
    log = Log.empty(len(actions), envs.num_envs, *flat_row(envs.single_observation_space))
    finals = np.zeros_like(log.observations)
    returns = np.zeros_like(log.rewards)
    lengths = np.zeros(log.rewards.shape, np.int64)
    disabled = envs.autoreset_mode.name == "DISABLED"
    for t, row in enumerate(actions):
        observations, log.rewards[t], log.terminated[t], log.truncated[t], info = envs.step(row)
        log.observations[t] = flat(observations)
        ended = log.terminated[t] | log.truncated[t]
        if "episode" in info:
            assert (info["_episode"] == ended).all()
            returns[t] = info["episode"]["r"]
            lengths[t] = info["episode"]["l"]
        for lane in np.flatnonzero(ended):
            if "final_obs" in info:
                finals[t, lane] = flat(info["final_obs"][lane])
        if disabled and ended.any():
            log.resets[t] = flat(envs.reset(options={"reset_mask": ended})[0])
    return {**log.arrays(), "finals": finals, "returns": returns, "lengths": lengths}
