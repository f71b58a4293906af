"""The usual preprocessing of Atari games."""

from __future__ import annotations

from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from plyo.basics.floats import to_float
from plyo.basics.integers import to_integer
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, Wrapper, WrapperActType, WrapperObsType
from plyo.spaces import Box
from plyo.wrappers._atari import check_arguments, resizer

__all__ = ["AtariPreprocessing"]


class AtariPreprocessing(Wrapper[WrapperObsType, WrapperActType, ObsType, ActType], RecordConstructorArgs):
    """Prepares an Atari game of ``ale_py``.

    An episode begins with some steps of doing nothing. Each action is taken for several frames, whose
    rewards are added up; the observation is the maximum of the last two, resized. The frame with which an episode ends
    is never observed, as with ale-py's own batches: the last observation is the one before. Stack frames with
    :class:`plyo.wrappers.FrameStackObservation`.

    Pictures are made smaller natively, with the bits of OpenCV, which is only needed to make them larger.

    Source: Machado et al., "Revisiting the Arcade Learning Environment", 2018.

    Attributes:
        noop_max: The greatest number of steps without an action.
        frame_skip: The number of frames an action is taken for.
        screen_size: (width, height) of an observation in pixels.
        terminal_on_life_loss: Whether an episode ends with a life.
        grayscale_obs: Whether observations are grey.
        grayscale_newaxis: Whether grey ones have a third axis.
        scale_obs: Whether observations go from 0 to 1.
        obs_buffer: The last two frames.
        lives: The lives that are left.
        game_over: Whether the episode has terminated.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        noop_max: int = 30,
        frame_skip: int = 4,
        screen_size: int | tuple[int, int] = 84,
        terminal_on_life_loss: bool = False,
        grayscale_obs: bool = True,
        grayscale_newaxis: bool = False,
        scale_obs: bool = False,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside; unless ``frame_skip`` is 1, it skips no frames itself.
            noop_max: The greatest number of steps without an action, drawn from 1 on; 0 for none.
            frame_skip: The number of frames an action is taken for.
            screen_size: The new size in pixels, a number or (width, height).
            terminal_on_life_loss: Whether an episode ends with a life.
            grayscale_obs: Whether observations are grey, (height, width), instead of (height, width, 3).
            grayscale_newaxis: Whether grey ones are (height, width, 1).
            scale_obs: Whether observations are float32 from 0 to 1 instead of uint8.

        Raises:
            plyo.error.DependencyNotInstalled: A side gets longer, and there is no OpenCV.
            TypeError: The observation space is not a Box, a number of steps or frames not an integer, or
                ``env`` not an environment.
            ValueError: A number is out of its range, the environment skips frames, or its first
                action does something.
        """
        noop_max, frame_skip = to_integer("noop_max", noop_max), to_integer("frame_skip", frame_skip)
        RecordConstructorArgs.__init__(
            self,
            noop_max=noop_max,
            frame_skip=frame_skip,
            screen_size=screen_size,
            terminal_on_life_loss=terminal_on_life_loss,
            grayscale_obs=grayscale_obs,
            grayscale_newaxis=grayscale_newaxis,
            scale_obs=scale_obs,
        )
        Wrapper.__init__(self, env)
        check_arguments(env.unwrapped, noop_max, frame_skip, screen_size)
        self.noop_max = noop_max
        self.frame_skip = frame_skip
        self.screen_size = screen_size if isinstance(screen_size, tuple) else (screen_size, screen_size)
        self.terminal_on_life_loss = terminal_on_life_loss
        self.grayscale_obs = grayscale_obs
        self.grayscale_newaxis = grayscale_newaxis
        self.scale_obs = scale_obs

        space = env.observation_space
        if not isinstance(space, Box):
            raise TypeError(f"AtariPreprocessing wrapper requires a Box observation space, got {type(space)}")
        frame_shape = space.shape[:2] if grayscale_obs else space.shape
        self.obs_buffer = [np.empty(frame_shape, dtype=np.uint8) for _ in range(2)]
        self._resize = resizer(frame_shape, self.screen_size)
        self.lives = 0
        self.game_over = False

        width, height = self.screen_size
        shape: tuple[int, ...] = (height, width)
        if not grayscale_obs or grayscale_newaxis:
            shape += (1 if grayscale_obs else 3,)
        high, dtype = (1, np.float32) if scale_obs else (255, np.uint8)
        self.observation_space = Box(low=0, high=high, shape=shape, dtype=dtype)

    @property
    def ale(self) -> Any:
        """The emulator, ``ale_py.ALEInterface``."""
        inner: Any = self.env.unwrapped
        return inner.ale

    def step(
        self, action: WrapperActType
    ) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Takes the action for some frames."""
        inner: Any = self.env
        total, terminated, truncated, info = 0.0, False, False, {}
        for t in range(self.frame_skip):
            _, reward, terminated, truncated, info = inner.step(action)
            total += to_float(reward)
            self.game_over = terminated
            if self.terminal_on_life_loss:
                lives = self.ale.lives()
                terminated = terminated or lives < self.lives
                self.game_over = terminated
                self.lives = lives
            if terminated or truncated:
                break
            # the last two frames, the last one first
            from_last = self.frame_skip - 1 - t
            if from_last < 2:
                self._read_screen(self.obs_buffer[from_last])
        return self._get_obs(), total, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner environment and does nothing for some steps."""
        inner: Any = self.env
        _, info = inner.reset(seed=seed, options=options)
        noops = inner.unwrapped.np_random.integers(1, self.noop_max + 1) if self.noop_max > 0 else 0
        for _ in range(noops):
            _, _, terminated, truncated, step_info = inner.step(0)
            info.update(step_info)
            if terminated or truncated:
                _, info = inner.reset(seed=seed, options=options)
        self.lives = self.ale.lives()
        self._read_screen(self.obs_buffer[0])
        self.obs_buffer[1].fill(0)
        return self._get_obs(), info

    def _read_screen(self, frame: NDArray[np.uint8]) -> None:
        """Copies the screen into a frame of the buffer."""
        if self.grayscale_obs:
            self.ale.getScreenGrayscale(frame)
        else:
            self.ale.getScreenRGB(frame)

    def _get_obs(self) -> Any:
        """The observation made of the frames in the buffer."""
        latest, before = self.obs_buffer
        if self.frame_skip > 1:
            np.maximum(latest, before, out=latest)
        observation: NDArray[Any] = self._resize(latest)
        if self.scale_obs:
            observation = np.asarray(observation, dtype=np.float32) / 255.0
        if self.grayscale_obs and self.grayscale_newaxis:
            observation = observation[..., np.newaxis]
        return observation
