"""Rollouts of Atari batches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from plyo.basics.integers import check_integer
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.stacked_frames import StackedFrames
from plyo.policies import Constant, Policy, Random, Sequence
from plyo.spaces import Space
from plyo.trajectory import AGENT_RECORD, DEFAULT_RECORD, MAX_STEPS, Trajectory, check_fields, check_policy
from plyo.vector.vector_env import AutoresetMode

Array = npt.NDArray[Any]
#: What a step returns.
Result = tuple[Array, Array, Array, Array, dict[str, Any]]

#: What can be recorded.
_RECORDABLE = (*DEFAULT_RECORD, "episodes", "valid")
_EPISODES = ("episode_times", "episode_lanes", "episode_returns", "episode_lengths")


class Steppable(Protocol):
    """What a rollout needs of a batch."""

    num_envs: int
    autoreset_mode: AutoresetMode
    engine: str

    @property
    def single_action_space(self) -> Space[Any]:
        """The action space of one environment."""

    def step(self, actions: Any) -> Result:
        """Steps every environment."""

    def step_lanes(self, actions: Any, ids: Any) -> Result:
        """Steps some."""


def check_rollout(
    envs: Steppable, policy: Any, num_steps: Any, record: Any, out: Any
) -> tuple[int, list[str]]:
    """Checks the arguments of a rollout; returns the steps and the fields to record.

    Raises:
        TypeError, ValueError: One does not fit.
    """
    steps = check_integer("num_steps", num_steps, 1, MAX_STEPS)
    wanted = check_fields(
        "record",
        DEFAULT_RECORD if record is None else record,
        tuple(dict.fromkeys((*_RECORDABLE, *AGENT_RECORD))),
    )
    agent = [name for name in wanted if name not in _RECORDABLE]
    if agent:
        raise ValueError(
            f"record: {', '.join(agent)} come from networks in native code, which see no pictures; an Atari batch "
            f"records {', '.join(_RECORDABLE)}"
        )
    if out is not None and not isinstance(out, Mapping):
        raise TypeError(f"out must be a dictionary of arrays by field, got {out!r:.80}")
    check_fields("out", dict(out or {}), (*DEFAULT_RECORD[:-1], "valid"))
    check_policy(policy)
    if isinstance(policy, Policy) and not isinstance(policy, (Random, Constant, Sequence)):
        raise TypeError(
            f"{type(policy).__name__} is a network in native code, which sees no pictures: pass a function of the "
            "observations, or plyo.policies.Random, Constant or Sequence"
        )
    if isinstance(policy, Sequence):
        held = len(np.asarray(cast(Any, policy).actions))
        if held < steps:
            raise ValueError(f"Sequence holds actions for {held} steps, the rollout takes {steps}")
    if envs.autoreset_mode is AutoresetMode.DISABLED and envs.engine != "lanes":
        raise ValueError(
            "a rollout without autoreset goes on while some environments rest, which ale-py's own batch does not do: "
            'make the batch with engine="lanes", or with autoreset'
        )
    return steps, wanted


class Sampler:
    """The actions of ``plyo.policies.Random``: lane i draws from a stream of its own, which later rollouts continue."""

    def __init__(self, space: Space[Any], seed: int, num_envs: int) -> None:
        self.seed = seed
        self._spaces = [copy.deepcopy(space) for _ in range(num_envs)]
        for lane, own in enumerate(self._spaces):
            own.seed(seed + lane)

    def __call__(self, observations: Array) -> Array:
        """An action for each lane."""
        return np.stack([own.sample() for own in self._spaces])


class Recorder:
    """The record of a rollout."""

    def __init__(
        self,
        settings: LaneSettings,
        num_envs: int,
        steps: int,
        wanted: Iterable[str],
        out: Mapping[str, Array],
        actions: Space[Any],
        may_rest: bool,
    ) -> None:
        """Makes the arrays.

        Args:
            settings: The settings of the lanes.
            num_envs: The number of environments.
            steps: The number of steps.
            wanted: The fields to record.
            out: Arrays to record into, by field.
            actions: The action space of one environment.
            may_rest: Whether environments rest after the ends of their episodes; their stacks do not go on then, and
                are kept whole.

        Raises:
            TypeError, ValueError: An array in ``out`` does not fit.
            MemoryError: The record does not fit into memory.
        """
        self._settings = settings
        self._wanted = {*wanted, *out}
        shapes: dict[str, tuple[tuple[int, ...], Any]] = {
            "observations": ((steps, num_envs, *settings.shape), np.uint8),
            "actions": ((steps, num_envs, *(actions.shape or ())), actions.dtype),
            "rewards": ((steps, num_envs), np.float64),
            "terminated": ((steps, num_envs), np.bool_),
            "truncated": ((steps, num_envs), np.bool_),
            "last_observations": ((num_envs, *settings.shape), np.uint8),
            "valid": ((steps, num_envs), np.bool_),
        }
        for name, room in out.items():
            _check_room(name, room, *shapes[name])
        self._frames: StackedFrames | None = None
        is_kept_whole = may_rest or "observations" in out or settings.stack is None
        if "observations" in self._wanted and not is_kept_whole:
            assert settings.stack is not None
            pictures = np.empty((settings.stack - 1 + steps, num_envs, *settings.frame_shape), dtype=np.uint8)
            ages = np.zeros((steps, num_envs), dtype=np.uint16)
            self._frames = StackedFrames(pictures, ages, settings.stack, settings.is_gymnasium)
            del shapes["observations"]
        self._arrays: dict[str, Array] = {
            name: out[name] if name in out else np.empty(*described)
            for name, described in shapes.items()
            if name in self._wanted
        }
        self._final: list[Array] = []
        self._ends: list[tuple[int, int, float, int]] = []
        self._ages = np.full(num_envs, (settings.stack or 1) - 1, dtype=np.uint16)

    def see(self, step: int, observations: Array) -> None:
        """Records what the policy sees before a step."""
        if self._frames is not None:
            older = self._frames.shape[2] - 1
            if step == 0:
                self._frames.pictures[: older + 1] = observations.swapaxes(0, 1)
            else:
                self._frames.pictures[older + step] = observations[:, -1]
            self._frames.ages[step] = self._ages
        elif "observations" in self._arrays:
            self._arrays["observations"][step] = observations

    def add(self, step: int, actions: Any, result: Result, was_reset: Array, is_new: Array) -> None:
        """Records a step.

        Args:
            step: Its number.
            actions: What the policy has chosen.
            result: What the batch has returned.
            was_reset: bool ``(num_envs,)``, where the step was only a reset.
            is_new: bool ``(num_envs,)``, where the observations begin an episode.
        """
        _, rewards, terminated, truncated, infos = result
        named = {"actions": actions, "rewards": rewards, "terminated": terminated, "truncated": truncated}
        for name, values in {**named, "valid": ~was_reset}.items():
            if name in self._arrays:
                self._arrays[name][step] = values
        self._ages = np.where(
            is_new, 0, np.minimum(self._ages + 1, np.uint16((self._settings.stack or 1) - 1))
        )
        self._ages = self._ages.astype(np.uint16)
        if "final_observations" in self._wanted and "_final_obs" in infos:
            self._final += list(infos["final_obs"][infos["_final_obs"]])
        if "episodes" in self._wanted and "_score" in infos:
            for lane in np.flatnonzero(infos["_score"]).tolist():
                score, length = infos["score"][lane], infos["length"][lane]
                self._ends.append((step, lane, float(score), int(length)))

    def finish(self, observations: Array, is_same_step: bool) -> Trajectory:
        """The trajectory."""
        fields: dict[str, Any] = dict(self._arrays)
        if self._frames is not None:
            fields["observations"] = self._frames
        if "last_observations" in fields:
            fields["last_observations"][...] = observations
        if "final_observations" in self._wanted and is_same_step:
            shape = (len(self._final), *self._settings.shape)
            fields["final_observations"] = np.array(self._final, dtype=np.uint8).reshape(shape)
        if "episodes" in self._wanted:
            columns = list(zip(*self._ends, strict=True)) or [(), (), (), ()]
            for name, column in zip(_EPISODES, columns, strict=True):
                dtype = np.float64 if name == "episode_returns" else np.int64
                fields[name] = np.array(column, dtype=dtype)
        return Trajectory(**fields)


def _check_room(name: str, room: Any, shape: tuple[int, ...], dtype: Any) -> None:
    """Raises for an array that cannot take a field."""
    expected = f"out: {name!r} must be a writable numpy array of {np.dtype(dtype)} and shape {shape}"
    if not isinstance(room, np.ndarray):
        raise TypeError(f"{expected}, got {type(room)}")
    if room.dtype != dtype:
        raise TypeError(f"{expected}, got dtype {room.dtype}")
    if room.shape != shape or not room.flags.writeable:
        raise ValueError(
            f"{expected}, got {'shape ' + str(room.shape) if room.shape != shape else 'a read-only one'}"
        )


def roll(
    envs: Steppable,
    act: Callable[[Array], Any],
    steps: int,
    recorder: Recorder,
    observations: Array,
    who_resets: Callable[[], Array],
) -> Trajectory:
    """Steps a batch under a function.

    Args:
        envs: The batch.
        act: From observations to actions.
        steps: The number of steps.
        recorder: The record.
        observations: The present observations.
        who_resets: Tells which environments the next step resets, bool ``(num_envs,)``; without autoreset they rest.
    """
    nobody = np.zeros(envs.num_envs, dtype=np.bool_)
    may_rest = envs.autoreset_mode is AutoresetMode.DISABLED
    for step in range(steps):
        recorder.see(step, observations)
        actions = act(observations)
        was_reset = who_resets()
        if may_rest and was_reset.any():
            result = _step_others(envs, actions, observations, was_reset)
        else:
            result = envs.step(actions)
        recorder.add(step, actions, result, was_reset, result[4].get("_final_obs", nobody) | was_reset)
        observations = result[0]
    return recorder.finish(observations, envs.autoreset_mode is AutoresetMode.SAME_STEP)


def _step_others(envs: Steppable, actions: Any, observations: Array, rests: Array) -> Result:
    """A step of the environments that do not rest; those that do keep their observations, with rewards of 0."""
    stepped = np.flatnonzero(~rests)
    observations = observations.copy()
    rewards = np.zeros(envs.num_envs)
    flags = np.zeros((2, envs.num_envs), dtype=np.bool_)
    infos: dict[str, Any] = {}
    if len(stepped):
        observations[stepped], rewards[stepped], flags[0, stepped], flags[1, stepped], own = envs.step_lanes(
            np.asarray(actions)[stepped], stepped
        )
        for name in ("score", "_score", "length"):
            if name in own:
                infos[name] = np.zeros(envs.num_envs, dtype=own[name].dtype)
                infos[name][stepped] = own[name]
    return observations, rewards, flags[0], flags[1], infos
