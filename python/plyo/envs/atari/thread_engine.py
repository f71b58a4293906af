"""The engine of ale-py itself: its native batch, in threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import available_threads
from plyo.envs.atari.batch_options import BatchOptions
from plyo.envs.atari.facts import WIDTH, facts_of
from plyo.envs.atari.loading import load_ale, rom_path
from plyo.envs.atari.played import Played, is_any
from plyo.envs.atari.screens import shrink_of


class ThreadEngine:
    """Plays the games in ale-py's native batch, without Gymnasium.

    It resets in the next step and clips nothing: :class:`~plyo.envs.atari.vector_env.AtariVectorEnv` does the rest.
    Where pictures are smaller than the screen, ale-py hands out whole screens and Plyo shrinks and stacks them: its
    shrinking takes a tenth of the time, with the same bits.
    """

    kind = "threads"

    def __init__(self, options: BatchOptions, num_envs: int) -> None:
        """Builds the emulators, one after the other."""
        values, lane = options.values, options.lane
        path = rom_path(options.game)
        height, width, stack = values["img_height"], values["img_width"], values["stack_num"]
        screen = facts_of(options.game).height, WIDTH
        self._shrink = None if (height, width) == screen else shrink_of(lane)
        if self._shrink is not None:
            (height, width), stack = screen, 1
            self._threads = values["num_threads"] or available_threads()
            # the pictures of each stack, and the screens of the newest
            self._rings = np.zeros((num_envs, *lane.shape), dtype=np.uint8)
            self._newest = 0
            self._screens: npt.NDArray[np.uint8] | None = None
        interface = load_ale(options.game)._ale_py.ALEVectorInterface
        self._ale: Any = interface(
            rom_path=path,
            num_envs=num_envs,
            frame_skip=values["frameskip"],
            stack_num=stack,
            img_height=height,
            img_width=width,
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
        # the lanes that the next step resets
        self._ended = np.zeros(num_envs, dtype=np.bool_)

    def reset(self, lanes: list[int], seeds: list[int | None], interrupt: Any) -> Played:
        """See :class:`~plyo.envs.atari.played.Engine`; a seed of -1 continues the streams of a lane."""
        given = [-1 if seed is None else seed for seed in seeds]
        observations, info = self._ale.reset(lanes, given)
        self._ended[lanes] = False
        if self._shrink is not None:
            self._rings[lanes] = 0
        none = np.zeros(self._num_envs, dtype=np.bool_)
        rewards = np.zeros(self._num_envs)
        return Played(self._stacks(observations), rewards, none, none.copy(), none.copy(), *_counts(info))

    def step(self, actions: list[int], strengths: list[float], interrupt: Any) -> Played:
        """See :class:`~plyo.envs.atari.played.Engine`."""
        self._ale.send(actions, strengths)
        observations, rewards, terminated, truncated, info = self._ale.recv()
        begun, self._ended = self._ended, terminated | truncated
        before = None
        if self._shrink is not None:
            self._newest = (self._newest + 1) % self._rings.shape[1]
            if is_any(begun):
                self._rings[begun] = 0
            else:
                before = self._screens
        return Played(
            self._stacks(observations, before),
            rewards.astype(np.float64),
            terminated,
            truncated,
            self._ended.copy(),
            *_counts(info),
        )

    def _stacks(
        self, observations: Any, before: npt.NDArray[np.uint8] | None = None
    ) -> npt.NDArray[np.uint8]:
        """The observations, made of screens if those came.

        Args:
            observations: What ale-py hands out: observations, or screens, uint8 ``(num_envs, 1, ...)``.
            before: The screens of the last call, if the rings have been turned since and none was emptied.
        """
        if self._shrink is None:
            return observations  # type: ignore[no-any-return]  # ale-py has no types
        self._screens = observations[:, 0]
        return self._shrink.shrink_stacks(self._screens, self._rings, self._newest, before, self._threads)

    def present(self) -> npt.NDArray[np.uint8]:
        """See :class:`~plyo.envs.atari.played.Engine`; a reset of no lane hands out all observations."""
        observations, _ = self._ale.reset([], [])
        return self._stacks(observations)

    def close(self) -> None:
        """Ends the threads and frees the emulators."""
        self._ale = None


def _counts(info: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The lives and frame numbers."""
    return info["lives"], info["frame_number"], info["episode_frame_number"]
