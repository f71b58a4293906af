"""The engine of ale-py itself: its native batch, in threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.envs.atari.batch_options import BatchOptions
from plyo.envs.atari.loading import load_ale, rom_path
from plyo.envs.atari.played import Played


class ThreadEngine:
    """Plays the games in ale-py's native batch, without Gymnasium.

    It resets in the next step and clips nothing: :class:`~plyo.envs.atari.vector_env.AtariVectorEnv` does the rest.
    """

    kind = "threads"

    def __init__(self, options: BatchOptions, num_envs: int) -> None:
        """Builds the emulators, one after the other."""
        values, lane = options.values, options.lane
        path = rom_path(options.game)
        interface = load_ale(options.game)._ale_py.ALEVectorInterface
        self._ale: Any = interface(
            rom_path=path,
            num_envs=num_envs,
            frame_skip=values["frameskip"],
            stack_num=values["stack_num"],
            img_height=values["img_height"],
            img_width=values["img_width"],
            grayscale=values["grayscale"],
            maxpool=values["maxpool"],
            noop_max=values["noop_max"],
            use_fire_reset=values["use_fire_reset"],
            episodic_life=lane.life_ends == "restart",
            life_loss_info=False,
            reward_clipping=False,
            max_episode_steps=lane.max_frames,
            repeat_action_probability=values["repeat_action_probability"],
            full_action_space=values["full_action_space"] or values["continuous"],
            batch_size=0,
            num_threads=values["num_threads"],
            thread_affinity_offset=values["thread_affinity_offset"],
            autoreset_mode="NextStep",
        )
        self._num_envs = num_envs

    def reset(self, lanes: list[int], seeds: list[int | None], interrupt: Any) -> Played:
        """See :class:`~plyo.envs.atari.played.Engine`; a seed of -1 continues the streams of a lane."""
        given = [-1 if seed is None else seed for seed in seeds]
        observations, info = self._ale.reset(lanes, given)
        none = np.zeros(self._num_envs, dtype=np.bool_)
        rewards = np.zeros(self._num_envs)
        return Played(observations, rewards, none, none.copy(), none.copy(), *_counts(info))

    def step(self, actions: list[int], strengths: list[float], interrupt: Any) -> Played:
        """See :class:`~plyo.envs.atari.played.Engine`."""
        self._ale.send(actions, strengths)
        observations, rewards, terminated, truncated, info = self._ale.recv()
        is_over = terminated | truncated
        return Played(
            observations, rewards.astype(np.float64), terminated, truncated, is_over, *_counts(info)
        )

    def present(self) -> npt.NDArray[np.uint8]:
        """See :class:`~plyo.envs.atari.played.Engine`; a reset of no lane hands out all observations."""
        observations, _ = self._ale.reset([], [])
        return observations  # type: ignore[no-any-return]

    def close(self) -> None:
        """Ends the threads and frees the emulators."""
        self._ale = None


def _counts(info: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The lives and frame numbers."""
    return info["lives"], info["frame_number"], info["episode_frame_number"]
