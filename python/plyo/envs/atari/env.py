"""A game of Atari 2600 as an environment, over ale-py's emulator."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from plyo._native import CallGuard
from plyo.basics.ezpickle import EzPickle
from plyo.basics.seeding import np_random
from plyo.core import Env
from plyo.envs.atari import guard
from plyo.envs.atari.facts import ACTIONS
from plyo.envs.atari.keys import action_of, keys_of
from plyo.envs.atari.loading import check_state, load_ale, rom_path
from plyo.envs.atari.spaces import actions_of, make_action_space, make_observation_space
from plyo.envs.atari.window import FRAME_RATE, GameWindow
from plyo.error import Error

__all__ = ["AtariEnv"]


class AtariEnv(Env[Any, Any], EzPickle):
    """A game of Atari 2600.

    The same arguments, spaces, infos and episodes as ``ale_py.AtariEnv``. Pickling and copying make a new game of the
    same arguments.

    Source: Machado et al., "Revisiting the Arcade Learning Environment: Evaluation Protocols and Open Problems for
    General Agents", 2018; the emulator is that of the installed ale-py.

    Args:
        game: The game, one of :data:`plyo.envs.atari.games.GAMES`.
        mode: The mode of the game; None for its usual one.
        difficulty: The difficulty; None for its usual one.
        obs_type: ``"rgb"`` for (height, 160, 3), ``"grayscale"`` for (height, 160), ``"ram"`` for the 128 bytes of
            the machine's memory; all uint8.
        frameskip: The frames that an action is taken for; ``(low, high)`` draws them for each step, below ``high``.
        repeat_action_probability: The probability, each frame, that the action of the frame before is taken again.
        full_action_space: Whether actions that do nothing in this game belong to the space.
        continuous: Whether an action is (radius, angle in radians, fire), float32, of a joystick.
        continuous_action_threshold: From 0 to 1: beyond it a direction or the button counts.
        max_num_frames_per_episode: The frames after which an episode is truncated; None or 0 for no limit.
        render_mode: ``"rgb_array"``; ``"human"`` for a window that shows every frame, 60 a second; or None.
        sound_obs: Whether an observation is a dictionary of ``"image"`` and the ``"sound"`` of the last frame, uint8
            of shape (512,).

    Attributes:
        ale: The emulator, ``ale_py.ALEInterface``.

    Raises:
        TypeError: An argument is of another type.
        ValueError: A number is out of its range, or there is no such game, mode or difficulty.
        plyo.error.Error: ``obs_type``, ``frameskip`` or ``render_mode`` is not legal.
        plyo.error.DependencyNotInstalled: ale-py is not installed.
        OSError: The file of the game is missing or damaged.
    """

    metadata: dict[str, Any] = {"render_modes": ["human", "rgb_array"], "render_fps": 30}  # noqa: RUF012 - as in `Env`
    #: What `make_vec(..., vectorization_mode="native")` makes of ids without a vector entry point.
    native_batch: ClassVar[str] = "plyo.envs.atari:RawAtariVectorEnv"

    def __init__(
        self,
        game: str,
        mode: int | None = None,
        difficulty: int | None = None,
        obs_type: str = "rgb",
        frameskip: tuple[int, int] | int = 4,
        repeat_action_probability: float = 0.25,
        full_action_space: bool = False,
        continuous: bool = False,
        continuous_action_threshold: float = 0.5,
        max_num_frames_per_episode: int | None = None,
        render_mode: str | None = None,
        sound_obs: bool = False,
    ) -> None:
        self._obs_type = guard.check_obs_type(obs_type)
        self._frameskip = guard.check_frameskip(frameskip)
        self.render_mode = guard.check_render_mode(render_mode)
        self._game = guard.check_game(game)
        self._game_mode = guard.check_mode(game, mode)
        self._game_difficulty = guard.check_difficulty(game, difficulty)
        sticky = guard.check_fraction("repeat_action_probability", repeat_action_probability)
        is_full = guard.check_flag("full_action_space", full_action_space)
        self.continuous = guard.check_flag("continuous", continuous)
        self.continuous_action_threshold = guard.check_fraction(
            "continuous_action_threshold", continuous_action_threshold
        )
        limit = guard.check_frame_limit(max_num_frames_per_episode)
        self.sound_obs = guard.check_flag("sound_obs", sound_obs)
        EzPickle.__init__(
            self,
            game=game,
            mode=mode,
            difficulty=difficulty,
            obs_type=obs_type,
            frameskip=frameskip,
            repeat_action_probability=repeat_action_probability,
            full_action_space=full_action_space,
            continuous=continuous,
            continuous_action_threshold=continuous_action_threshold,
            max_num_frames_per_episode=max_num_frames_per_episode,
            render_mode=render_mode,
            sound_obs=sound_obs,
        )
        self._actions = actions_of(self._game, is_full or self.continuous)
        self.action_space = make_action_space(self._game, is_full, self.continuous)
        self.observation_space = make_observation_space(self._game, self._obs_type, self.sound_obs)

        rom_path(self._game)  # raises before anything is made
        self._ale_py = load_ale(self._game)
        self.ale = self._ale_py.ALEInterface()
        self.ale.setFloat("repeat_action_probability", sticky)
        if limit is not None:
            self.ale.setInt("max_num_frames_per_episode", limit)
        self.ale.setBool("sound_obs", self.sound_obs)
        self._usage = CallGuard("the environment", survives_fork=True)
        self._window = GameWindow()
        self._is_reset = self._is_closed = False
        self.seed_game()
        self.load_game()

    def seed_game(self, seed: int | None = None) -> tuple[np.uint32, np.uint32]:
        """Seeds the random numbers of the environment, and, from the next :meth:`load_game` on, the emulator's.

        Args:
            seed: A non-negative integer; None takes entropy from the system.

        Returns:
            The seed of each, made of ``seed``.

        Raises:
            plyo.error.Error: The seed is negative, or no integer.
        """
        own, emulators = guard.seed_words(seed)
        self._np_random, _ = np_random(int(own))
        self.ale.setInt("random_seed", guard.signed(emulators))
        return own, emulators

    def load_game(self) -> None:
        """Puts the game into the machine again, in its mode and difficulty.

        Raises:
            OSError: The file of the game is missing or damaged.
        """
        self.ale.loadROM(rom_path(self._game))
        if self._game_mode is not None:
            self.ale.setMode(self._game_mode)
        if self._game_difficulty is not None:
            self.ale.setDifficulty(self._game_difficulty)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode; after :meth:`close` too.

        Args:
            seed: Begins the random numbers anew and puts the game into the machine again, which takes long. None
                goes on with the random numbers.
            options: None or a dictionary, which is not used.

        Returns:
            The first observation, and the info of :meth:`step`; with a seed its ``"seeds"`` too.

        Raises:
            plyo.error.Error: The seed is negative, or no integer.
            TypeError: ``options`` is no dictionary; nothing has changed.
            RuntimeError: Another thread uses the environment.
        """
        with self._usage("reset"):
            guard.check_options(options)
            if seed is not None:
                rom_path(self._game)  # raises before the seed is taken
            super().reset(seed=seed, options=options)
            seeds = None
            if seed is not None:
                seeds = self.seed_game(seed)
                self.load_game()
            self.ale.reset_game()
            self._is_reset, self._is_closed = True, False
            self._show()
            info = self._get_info()
            if seeds is not None:
                info["seeds"] = seeds
            return self._get_obs(), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Takes an action for some frames.

        Args:
            action: An element of the action space.

        Returns:
            The observation; the sum of the rewards of the frames; whether the game is over; whether the limit of
            frames is reached; and the numbers of lives, of frames of the episode and of frames since the game was
            put into the machine.

        Raises:
            plyo.error.InvalidAction: The action is no element of the space.
            plyo.error.ResetNeeded: The environment was not reset.
            plyo.error.ClosedEnvironmentError: It is closed.
            RuntimeError: Another thread uses it.
        """
        with self._usage("step"):
            self._check_order("step")
            number, strength = self._machine_action(action)
            frames = self._frameskip
            if isinstance(frames, tuple):
                frames = int(self.np_random.integers(*frames))
            act, is_shown = self.ale.act, self.render_mode == "human"
            reward = 0.0
            for _ in range(frames):
                reward += act(number, strength)
                if is_shown:
                    self._show()
            over, cut = self.ale.game_over(with_truncation=False), self.ale.game_truncated()
            return self._get_obs(), reward, over, cut, self._get_info()

    def _check_order(self, call: str) -> None:
        """Raises unless the environment is open and was reset."""
        guard.check_order(type(self).__name__, call, self._is_closed, self._is_reset)

    def _machine_action(self, action: Any) -> tuple[int, float]:
        """The number of the machine's action, and the strength of a turn of the paddle."""
        if not self.continuous:
            return self._actions[guard.check_action(action, len(self._actions))], 1.0
        radius, angle, fire = guard.check_motion(action)
        threshold = self.continuous_action_threshold
        # in float32, as NumPy computes the directions for ale-py
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        return action_of(
            int(x > threshold) - int(x < -threshold),
            int(y > threshold) - int(y < -threshold),
            fire > threshold,
        ), float(radius)

    def render(self) -> Any:
        """The screen, uint8 (height, 160, 3), for ``"rgb_array"``; None for ``"human"``, whose window is up to date.

        Raises:
            plyo.error.Error: There is no render mode.
            plyo.error.ResetNeeded: The environment was not reset.
            plyo.error.ClosedEnvironmentError: It is closed.
        """
        if self.render_mode is None:
            raise Error("Invalid render mode `None`. Supported modes: `human`, `rgb_array`.")
        with self._usage("render"):
            self._check_order("render")
            return self.ale.getScreenRGB() if self.render_mode == "rgb_array" else None

    @property
    def steps_per_second(self) -> int:
        """The steps in a second at the speed of the machine, whose screen has 60 frames a second."""
        frames = self._frameskip
        mean = frames if isinstance(frames, int) else (frames[0] + frames[1] - 1) / 2
        return max(1, round(FRAME_RATE / mean))

    def close(self) -> None:
        """Closes the environment and its window; a reset opens it again."""
        self._is_closed = True
        self._window.close()

    def _show(self) -> None:
        """Shows the screen, if there is a window."""
        if self.render_mode == "human":
            self._window.show(self.ale.getScreenRGB())

    def _get_obs(self) -> Any:
        """The observation."""
        if self._obs_type == "ram":
            image = self.ale.getRAM()
        elif self._obs_type == "rgb":
            image = self.ale.getScreenRGB()
        else:
            image = self.ale.getScreenGrayscale()
        return {"image": image, "sound": self.ale.getAudio()} if self.sound_obs else image

    def _get_info(self) -> dict[str, Any]:
        """The numbers of lives and frames."""
        return {
            "lives": self.ale.lives(),
            "episode_frame_number": self.ale.getEpisodeFrameNumber(),
            "frame_number": self.ale.getFrameNumber(),
        }

    # ---- actions ----

    @property
    def _action_set(self) -> list[Any]:
        """The actions of the space as ale-py's, by their places in it."""
        return [self._ale_py.Action(number) for number in self._actions]

    def get_action_meanings(self) -> list[str]:
        """The names of the actions, by their places in the space."""
        return [ACTIONS[number] for number in self._actions]

    def get_keys_to_action(self) -> dict[tuple[str, ...], int]:
        """The keys for each action: w, a, s and d for the directions, space for FIRE, e for no action.

        Raises:
            AttributeError: Actions are continuous.
        """
        if self.continuous:
            raise AttributeError(
                "`get_keys_to_action` can't be provided for this Atari environment as `continuous=True`."
            )
        return {keys_of(name): place for place, name in enumerate(self.get_action_meanings())}

    @staticmethod
    def map_action_idx(left_center_right: int, down_center_up: int, fire: bool) -> Any:
        """The action of ale-py for a direction and the button.

        Args:
            left_center_right: -1 for left, 1 for right, else 0.
            down_center_up: -1 for down, 1 for up, else 0.
            fire: Whether the button is pressed.

        Raises:
            LookupError: A direction is none of these.
        """
        return load_ale().Action(action_of(left_center_right, down_center_up, fire))

    # ---- states ----

    def clone_state(self, include_rng: bool = False) -> Any:
        """The state of the emulator, ``ale_py.ALEState``; it can be compared and pickled.

        With sticky actions no such state is whole: the action that is held is not part of it. The screen is not part
        of it either.

        Args:
            include_rng: Whether the random numbers of the machine belong to it.

        Raises:
            plyo.error.ResetNeeded: The environment was not reset.
            plyo.error.ClosedEnvironmentError: It is closed.
        """
        with self._usage("clone_state"):
            self._check_order("clone_state")
            with_random = guard.check_flag("include_rng", include_rng)
            return self.ale.cloneState(include_rng=with_random)

    def restore_state(self, state: Any) -> None:
        """Goes back to a state of :meth:`clone_state`. The screen stays as it is until the next step.

        Args:
            state: The state, of the same game.

        Raises:
            TypeError: It is no ``ale_py.ALEState``.
            ValueError: It is of another game.
            plyo.error.ResetNeeded: The environment was not reset.
            plyo.error.ClosedEnvironmentError: It is closed.
        """
        with self._usage("restore_state"):
            self._check_order("restore_state")
            check_state(self._game, state)
            self.ale.restoreState(state)
