"""Episodes of RLlib, cut from rollouts."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tree
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from ray.rllib.env.utils.infinite_lookback_buffer import InfiniteLookbackBuffer

from plyo.trajectory import Trajectory

Array = npt.NDArray[Any]


@dataclass
class Block:
    """Rollouts of a batch that resets in the same step, as RLlib's episodes want them: lane by lane.

    Observations and actions may be nested.

    Attributes:
        observations: ``(N, T, ...)``, before each step.
        last_observations: ``(N, ...)``.
        final_observations: ``(K, ...)``, of the episodes that ended.
        actions: ``(N, T, ...)``, as the module chose them.
        rewards: float64 ``(N, T)``.
        terminated: bool ``(N, T)``.
        truncated: bool ``(N, T)``.
        extras: ``(N, T, ...)`` each: other outputs of the module.
        times: int64 ``(K,)``, the steps that ended an episode.
        lanes: int64 ``(K,)``, their lanes.
        returns: float64 ``(K,)``, the returns of these episodes.
        lengths: int64 ``(K,)``, their lengths.
        seconds_per_step: The time that a step of all lanes took.
    """

    observations: Any
    last_observations: Any
    final_observations: Any
    actions: Any
    rewards: Array
    terminated: Array
    truncated: Array
    extras: dict[str, Any]
    times: Array
    lanes: Array
    returns: Array
    lengths: Array
    seconds_per_step: float

    @property
    def num_steps(self) -> int:
        """T."""
        return int(self.rewards.shape[1])


def to_block(trajectory: Trajectory, actions: Any, extras: dict[str, Any], seconds: float) -> Block:
    """A block from one rollout.

    Args:
        trajectory: The rollout.
        actions: ``(T, N, ...)``, the module's actions, which may differ from those that the environments got.
        extras: ``(T, N, ...)`` each: other outputs of the module.
        seconds: The time that the rollout took.
    """

    def by_lane(value: Any) -> Any:
        return _map(_swap, value)

    t: Any = trajectory  # everything is recorded
    return Block(
        observations=by_lane(t.observations),
        last_observations=t.last_observations,
        final_observations=t.final_observations,
        actions=by_lane(actions),
        rewards=_swap(t.rewards),
        terminated=_swap(t.terminated),
        truncated=_swap(t.truncated),
        extras={name: by_lane(value) for name, value in extras.items()},
        times=t.episode_times,
        lanes=t.episode_lanes,
        returns=t.episode_returns,
        lengths=t.episode_lengths,
        seconds_per_step=seconds / len(t.rewards),
    )


def _map(change: Callable[..., Any], *values: Any) -> Any:
    """``tree.map_structure``, quicker for a single array and for a dictionary of them."""
    first = values[0]
    if isinstance(first, np.ndarray):
        return change(*values)
    if type(first) is dict:
        return {key: _map(change, *(value[key] for value in values)) for key in first}
    return tree.map_structure(change, *values)


def _swap(array: Any) -> Array:
    return np.ascontiguousarray(np.swapaxes(array, 0, 1))


def join_blocks(blocks: list[Block]) -> Block:
    """Blocks that follow each other as one."""
    if len(blocks) == 1:
        return blocks[0]
    starts = np.cumsum([0, *(block.num_steps for block in blocks[:-1])])

    def join(name: str, axis: int) -> Any:
        values = [getattr(block, name) for block in blocks]
        return _map(lambda *leaves: np.concatenate(leaves, axis=axis), *values)

    over_time = ("observations", "actions", "rewards", "terminated", "truncated", "extras")
    of_episodes = ("final_observations", "lanes", "returns", "lengths")
    return Block(
        **{name: join(name, 1) for name in over_time},
        **{name: join(name, 0) for name in of_episodes},
        last_observations=blocks[-1].last_observations,
        times=np.concatenate([block.times + start for block, start in zip(blocks, starts, strict=True)]),
        seconds_per_step=sum(block.seconds_per_step * block.num_steps for block in blocks)
        / sum(block.num_steps for block in blocks),
    )


@dataclass
class _Ongoing:
    """An episode that the next block continues.

    Attributes:
        id: Its id.
        steps: Its steps so far.
        tail: The last steps, which the next chunk can look back to: observations, actions, rewards, extras.
        custom_data: What callbacks have stored in it.
    """

    id: str
    steps: int
    tail: tuple[Any, Any, Any, Any]
    custom_data: dict[Any, Any]


class EpisodeCutter:
    """Cuts blocks into episodes, and chunks of those that go on.

    Args:
        num_envs: The number of lanes.
        observation_space: Of one environment.
        action_space: Of one environment.
        lookback: How many steps a chunk can look back.
    """

    def __init__(self, num_envs: int, observation_space: Any, action_space: Any, lookback: int) -> None:
        self._spaces = observation_space, action_space
        self._lookback = lookback
        self._ongoing: list[_Ongoing | None] = [None] * num_envs

    def reset(self) -> None:
        """All lanes begin new episodes."""
        self._ongoing = [None] * len(self._ongoing)

    def cut(self, block: Block) -> tuple[list[tuple[int, Any]], list[tuple[int, Any]]]:
        """The episodes of a block.

        Returns:
            The lanes and episodes that ended, by time and lane; and the chunks of those that go on, by lane.
        """
        begins = np.zeros(len(self._ongoing), int)
        ended = []
        for k, (time, lane) in enumerate(zip(block.times.tolist(), block.lanes.tolist(), strict=True)):
            last = _map(lambda leaf, k=k: leaf[k], block.final_observations)
            flags = bool(block.terminated[lane, time]), bool(block.truncated[lane, time])
            ended.append((lane, self._make(block, lane, int(begins[lane]), time + 1, last, flags)))
            begins[lane] = time + 1
            self._ongoing[lane] = None
        chunks = []
        for lane, begin in enumerate(begins.tolist()):
            if begin == block.num_steps:
                continue
            last = _map(lambda leaf, lane=lane: leaf[lane], block.last_observations)
            chunk = self._make(block, lane, begin, block.num_steps, last, (False, False))
            self._ongoing[lane] = self._keep(chunk)
            chunks.append((lane, chunk))
        return ended, chunks

    def _make(
        self, block: Block, lane: int, begin: int, end: int, last: Any, flags: tuple[bool, bool]
    ) -> SingleAgentEpisode:
        """The episode, or the next chunk of it, of steps ``begin`` to ``end`` of a lane."""
        before = self._ongoing[lane] if begin == 0 else None
        rows = (block.observations, block.actions, block.rewards, block.extras)
        values = [_map(lambda leaf: leaf[lane, begin:end], value) for value in rows]
        values[0] = _map(lambda leaf, row: np.append(leaf, row[None], axis=0), values[0], last)
        lookback = 0
        if before is not None:
            lookback = len(before.tail[2])
            values = [
                _map(lambda a, b: np.concatenate([a, b]), tail, value)
                for tail, value in zip(before.tail, values, strict=True)
            ]
        observations, actions, rewards, extras = values
        episode = SingleAgentEpisode(
            id_=uuid.uuid4().hex if before is None else before.id,
            observations=InfiniteLookbackBuffer(observations, lookback),
            observation_space=self._spaces[0],
            infos=InfiniteLookbackBuffer([{} for _ in range(len(rewards) + 1)], lookback),
            actions=InfiniteLookbackBuffer(actions, lookback),
            action_space=self._spaces[1],
            rewards=InfiniteLookbackBuffer(rewards, lookback),
            terminated=flags[0],
            truncated=flags[1],
            extra_model_outputs={
                name: InfiniteLookbackBuffer(value, lookback) for name, value in extras.items()
            },
            t_started=0 if before is None else before.steps,
            len_lookback_buffer=lookback,
        )
        if before is not None and before.custom_data:
            episode._custom_data = copy.deepcopy(before.custom_data)
        episode._start_time, episode._last_step_time = 0.0, block.seconds_per_step * (end - begin)
        return episode

    def _keep(self, chunk: SingleAgentEpisode) -> _Ongoing:
        """What the next chunk needs of this one, in arrays of its own: who gets the chunk may change it."""
        count = min(self._lookback, len(chunk.rewards.data))
        extras = {name: buffer.data for name, buffer in chunk.extra_model_outputs.items()}
        rows = (chunk.observations.data, chunk.actions.data, chunk.rewards.data, extras)
        tail = [
            _map(lambda leaf, extra=i == 0: leaf[len(leaf) - count - extra : len(leaf) - extra].copy(), value)
            for i, value in enumerate(rows)
        ]
        observations, actions, rewards, outputs = tail
        return _Ongoing(chunk.id_, chunk.t, (observations, actions, rewards, outputs), chunk._custom_data)
