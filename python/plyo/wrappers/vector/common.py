"""The statistics of the episodes of a batch."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo import logger
from plyo.basics.integers import to_integer
from plyo.core import ActType, ObsType
from plyo.vector._reset import split_mask
from plyo.vector.vector_env import AutoresetMode, VectorEnv, VectorWrapper
from plyo.wrappers.vector._episode_queue import EpisodeQueue
from plyo.wrappers.vector._fusing import Fusible, Stage, fused

__all__ = ["RecordEpisodeStatistics"]


class RecordEpisodeStatistics(Fusible, VectorWrapper[ObsType, ActType, ObsType, ActType, NDArray[Any]]):
    """Sums up the rewards and counts the steps of every episode.

    The infos of a step that ends episodes get::

        infos["episode"] = {"r": returns, "l": lengths, "t": seconds}  # arrays (num_envs,), 0 where none ended
        infos["_episode"] = mask                                       # bool (num_envs,): where one ended

    Attributes:
        episode_count: The number of episodes that have ended.
        episode_returns: float64 ``(num_envs,)``: the sum of rewards of each running episode.
        episode_lengths: int64 ``(num_envs,)``: its number of steps.
        episode_start_times: float64 ``(num_envs,)``: the ``time.perf_counter()`` of its beginning, in seconds.
        prev_dones: bool ``(num_envs,)``: where the last step ended an episode.
        return_queue: The returns of the last episodes.
        length_queue: Their lengths.
        time_queue: Their durations in seconds.
    """

    def __init__(
        self,
        env: VectorEnv[ObsType, ActType, NDArray[Any]],
        buffer_length: int | None = 100,
        stats_key: str = "episode",
    ) -> None:
        """Wraps a batch.

        Args:
            env: The batch. Without ``metadata["autoreset_mode"]`` it is taken to reset in the next step.
            buffer_length: How many episodes the queues hold; None for all.
            stats_key: The key of the infos.

        Raises:
            TypeError: ``metadata["autoreset_mode"]`` is not an :class:`~plyo.vector.AutoresetMode`, or
                ``buffer_length`` no integer.
            ValueError: ``buffer_length`` is negative.
        """
        super().__init__(env)
        self._stats_key = stats_key
        self._autoreset_mode = AutoresetMode.NEXT_STEP
        if "autoreset_mode" not in self.env.metadata:
            logger.warn(
                f"{self} is missing `autoreset_mode` tag in its metadata, therefore, `RecordEpisodeStatistics` is "
                "assuming that the environment uses `AutoresetMode.NEXT_STEP`. See "
                "`https://farama.org/Vector-Autoreset-Mode` for more information on autoreset modes."
            )
        else:
            mode = self.env.metadata["autoreset_mode"]
            if not isinstance(mode, AutoresetMode):
                raise TypeError(
                    f"Expected env.metadata['autoreset_mode'] to be an AutoresetMode, got {type(mode)}"
                )
            self._autoreset_mode = mode

        self.episode_count = 0
        self.episode_start_times = np.zeros(self.num_envs)
        self.episode_returns = np.zeros(self.num_envs)
        self.episode_lengths = np.zeros(self.num_envs, dtype=int)
        self.prev_dones = np.zeros(self.num_envs, dtype=bool)

        kept = None if buffer_length is None else to_integer("buffer_length", buffer_length)
        self.time_queue: EpisodeQueue[np.float64] = EpisodeQueue(maxlen=kept)
        self.return_queue: EpisodeQueue[np.float64] = EpisodeQueue(maxlen=kept)
        self.length_queue: EpisodeQueue[np.int_] = EpisodeQueue(maxlen=kept)

    def reset(
        self,
        seed: int | list[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[ObsType, dict[str, Any]]:
        """Resets the inner batch and begins anew to sum and count.

        Args:
            seed: As the inner batch takes it.
            options: As the inner batch takes them. With a ``"reset_mask"`` only the episodes of those environments
                are forgotten.

        Raises:
            TypeError, ValueError: The mask is not a bool array of shape ``(num_envs,)`` with a True in it.
        """
        mask, _ = split_mask(options, self.num_envs)
        observations, infos = super().reset(seed=seed, options=options)
        if mask is None:
            self.episode_start_times = np.full(self.num_envs, time.perf_counter())
            self.episode_returns = np.zeros(self.num_envs)
            self.episode_lengths = np.zeros(self.num_envs, dtype=int)
            self.prev_dones = np.zeros(self.num_envs, dtype=bool)
        else:
            self._begin_episodes(mask)
            self.prev_dones = self.prev_dones & ~mask
        return observations, infos

    @fused
    def step(
        self, actions: ActType
    ) -> tuple[ObsType, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Steps the inner batch; infos tell of the episodes that end.

        Raises:
            ValueError: The infos have the key already.
        """
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        assert isinstance(infos, dict), (
            f"`vector.RecordEpisodeStatistics` requires `info` type to be `dict`, its actual type is {type(infos)}. "
            "This may be due to usage of other wrappers in the wrong order."
        )

        self.episode_returns += rewards
        self.episode_lengths += 1
        # this step has only reset the environments that ended in the one before
        if self._autoreset_mode != AutoresetMode.SAME_STEP and self.prev_dones.any():
            self._begin_episodes(self.prev_dones)

        dones = np.logical_or(terminations, truncations)
        self.prev_dones = dones
        ended = dones.nonzero()[0]
        if len(ended):
            infos = {**infos, **self._report(infos, ended), f"_{self._stats_key}": dones.copy()}
            # these environments have been reset already
            if self._autoreset_mode == AutoresetMode.SAME_STEP:
                self._begin_episodes(ended)
        return observations, rewards, terminations, truncations, infos

    def _begin_episodes(self, which: NDArray[np.bool_ | np.intp]) -> None:
        """Begins to sum and count in the environments of a mask, or with these numbers."""
        self.episode_returns[which] = 0
        self.episode_lengths[which] = 0
        self.episode_start_times[which] = time.perf_counter()

    def _report(self, infos: dict[str, Any], ended: NDArray[np.intp]) -> dict[str, Any]:
        """Takes the episodes of some environments into the queues; returns the entry of the infos about them."""
        key = self._stats_key
        if key in infos or f"_{key}" in infos:
            raise ValueError(
                f"Attempted to add episode stats with key '{key}' but this key already exists in info: "
                f"{list(infos.keys())}"
            )
        values = {
            "r": self.episode_returns[ended],
            "l": self.episode_lengths[ended],
            "t": (time.perf_counter() - self.episode_start_times[ended]).round(6),
        }
        self._keep_episodes(values["r"], values["l"], values["t"])
        statistics = {}
        for name, some in values.items():
            statistics[name] = np.zeros(self.num_envs, dtype=some.dtype)
            statistics[name][ended] = some
        return {key: statistics}

    def _keep_episodes(
        self, returns: NDArray[np.float64], lengths: NDArray[np.int_], times: NDArray[np.float64]
    ) -> None:
        """Counts episodes that have ended and takes them into the queues."""
        self.episode_count += len(returns)
        self.return_queue.add(returns)
        self.length_queue.add(lengths)
        self.time_queue.add(times)

    def _stage(self) -> Stage:
        key = self._stats_key
        return Stage("record_episode_statistics", (key,), pins=((self, "_stats_key", key),), info_key=key)

    def _lane_memory(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in ("episode_returns", "episode_lengths", "prev_dones")}

    def _shared_memory(self) -> dict[str, NDArray[Any]]:
        return {
            "episode_count": np.array(self.episode_count),
            "return_queue": np.array(self.return_queue, dtype=np.float64),
            "length_queue": np.array(self.length_queue, dtype=np.int64),
            "time_queue": np.array(self.time_queue, dtype=np.float64),
        }

    def _set_shared_memory(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.episode_count = int(arrays["episode_count"])
        for name in ("return_queue", "length_queue", "time_queue"):
            queue: EpisodeQueue[Any] = getattr(self, name)
            queue.clear()
            queue.add(arrays[name])

    def _begin_again(self, lanes: NDArray[np.intp]) -> None:
        self.episode_start_times[lanes] = time.perf_counter()  # as native batches count their time
