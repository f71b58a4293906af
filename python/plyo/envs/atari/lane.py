"""One lane: an emulator, its pictures and its episode, by the rules of ale-py's native batch."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import LaneCounts, LanePlayer, LaneTeam
from plyo.envs.atari.guard import seed_words
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.machine import FIRE, NOOP, Machine
from plyo.envs.atari.random_streams import draw_noops, set_twister_state, twister, twister_state
from plyo.envs.atari.screens import DirectScreens, Screens, make_screens

#: What a lane counts, which its snapshots hold.
_COUNTED = (
    "reward",
    "terminated",
    "truncated",
    "is_over",
    "lives",
    "frame_number",
    "episode_frame_number",
    "elapsed_frames",
    "elapsed_steps",
)


class Lane(LaneCounts):
    """A lane, whose emulator is made by its first reset.

    Args:
        settings: Its settings.
        room: uint8 of the shape of an observation: where it writes what it shows, as
            :class:`~plyo.envs.atari.lane_arrays.LaneArrays` has it.
        frames: Where it takes its frames, see :func:`~plyo.envs.atari.screens.make_frames`.

    Attributes:
        reward: The reward of the last step, not clipped.
        terminated: Whether it has ended the episode.
        truncated: Whether a time limit has.
        is_over: Whether the next reset begins a new game.
        lives: The lives that are left.
        frame_number: The frames since the cartridge was loaded.
        episode_frame_number: The frames of the game.
        elapsed_frames: Those that count for the limit.
        elapsed_steps: The steps that do.
    """

    def __init__(
        self, settings: LaneSettings, room: npt.NDArray[np.uint8], frames: npt.NDArray[np.uint8]
    ) -> None:
        super().__init__()
        self._settings = settings
        self._room = room
        self._frames = frames
        self._noops = np.random.RandomState(0)
        self._generator = np.random.Generator(np.random.PCG64(0))
        # the screen of a snapshot, and the number of its frame
        self._shown: tuple[int, npt.NDArray[np.uint8]] | None = None

    @cached_property
    def machine(self) -> Machine:
        """The emulator."""
        return Machine(self._settings)

    @cached_property
    def screens(self) -> DirectScreens | Screens:
        """The pictures."""
        return make_screens(self._settings, self.machine.ale, self._room, self._frames)

    @cached_property
    def _player(self) -> LanePlayer:
        """What plays steps: most of what they take beside the emulator's own time would go into Python."""
        settings, machine = self._settings, self.machine
        fires = settings.fires_after_life and settings.life_ends == "none"
        return LanePlayer(
            machine.ale,
            self.screens.frames,
            self.screens.add_rest,
            partial(machine.act, FIRE) if fires else None,
            settings.max_frames,
            settings.max_steps or 0,
            settings.life_ends != "none",
            settings.life_ends == "restart",
        )

    # Episodes

    def reset(self, seed: int | None) -> None:
        """Begins a new game, with the random numbers of a seed or with the next ones."""
        if seed is not None:
            self.machine.refresh()
            self.reseed(seed)
        self._begin_game(seed)
        self.is_over = False
        self.elapsed_frames = self.elapsed_steps = 0
        self._begin_episode()

    def step(self, action: int, strength: float) -> None:
        """Plays a step, or resets an episode that has ended.

        Args:
            action: The place of the action in the action set.
            strength: How far a paddle is turned, from 0 to 1.
        """
        if not (self.terminated or self.truncated):
            self._play(self._settings.actions[action], strength)
        else:
            self.screens.turn()
            self.go_on()

    def go_on(self) -> None:
        """Begins the episode after one that has ended: with a new game, or after a lost life."""
        if self.is_over:
            self.reset(None)
            return
        self.machine.act(FIRE if self._settings.fires_after_life else NOOP)
        if self.machine.is_over():
            self.reset(None)
            return
        self._begin_episode()

    def _begin_episode(self) -> None:
        self.reward = 0.0
        self.terminated = self.truncated = False
        self.screens.begin()
        self._count()

    def _count(self) -> None:
        """Takes over what the emulator counts, and its picture."""
        self._shown = None
        self._player.count_again(self)

    def reseed(self, seed: int) -> None:
        """Begins all random numbers anew."""
        self.machine.seed(seed)
        self._noops = twister(seed)
        self._generator = _generator(seed)

    def _begin_game(self, seed: int | None) -> None:
        """Begins a game and plays its first frames."""
        machine = self.machine
        machine.reset_game()
        fires = self._settings.fires_at_reset
        if fires:
            machine.act(FIRE)
        # the frame of FIRE counts as one of them
        for _ in range(draw_noops(self._noops, self._settings.noop_max) - fires):
            machine.act(NOOP)
            if machine.is_over():
                machine.reset_game()

    def _play(self, action: int, strength: float) -> None:
        """Plays a step of an episode that goes on."""
        self._player.step(self, action, self._hold, strength, self._draw_frames())

    @property
    def _hold(self) -> Callable[[int], int] | None:
        """What makes of an action those of the frames of a step; None where all have it."""
        return None if self.machine.sticky is None else self.machine.hold

    def join(self, team: LaneTeam, place: int) -> None:
        """Lets a team play the next steps, those that begin no episode."""
        team.join(place, self, self._player, self._hold)

    def _draw_frames(self) -> int:
        """The frames of the next step."""
        frames = self._settings.frameskip
        return frames if isinstance(frames, int) else int(self._generator.integers(*frames))

    # Snapshots

    def get_state(self, with_picture: bool) -> dict[str, Any]:
        """Everything that determines the future, by name; numbers, texts and bytes.

        Args:
            with_picture: Whether the screen in colour comes too, which a restored emulator has not.
        """
        noop_words, noop_place = twister_state(self._noops)
        generator: Any = self._generator.bit_generator.state
        return {
            **{name: getattr(self, name) for name in _COUNTED},
            **self.machine.get_state(),
            **self.screens.get_state(),
            "noop_words": noop_words,
            "noop_place": noop_place,
            "generator": [str(generator["state"]["state"]), str(generator["state"]["inc"])],
            "generator_rest": [generator["has_uint32"], generator["uinteger"]],
            "picture": self.picture().tobytes() if with_picture else b"",
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restores what :meth:`get_state` has returned, of this or another lane with the same settings."""
        self.machine.set_state(state)
        self.screens.set_state(state)
        set_twister_state(self._noops, state["noop_words"], state["noop_place"])
        number, increment = map(int, state["generator"])
        has_rest, rest = state["generator_rest"]
        self._generator.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": number, "inc": increment},
            "has_uint32": has_rest,
            "uinteger": rest,
        }
        for name in _COUNTED:
            setattr(self, name, state[name])
        self._shown = None
        if state["picture"]:
            height, width = self.machine.ale.getScreenDims()
            screen = np.frombuffer(state["picture"], dtype=np.uint8).reshape(height, width, 3)
            self._shown = self.frame_number, screen

    def picture(self) -> npt.NDArray[np.uint8]:
        """The screen in colour and whole, uint8 ``(height, 160, 3)``."""
        if self._shown is not None and self._shown[0] == self.frame_number:
            return np.array(self._shown[1])
        screen: npt.NDArray[np.uint8] = self.machine.ale.getScreenRGB()
        return screen


class GymnasiumLane(Lane):
    """A lane by the rules of Gymnasium's ``AtariPreprocessing`` around ale-py's single environment."""

    def reseed(self, seed: int) -> None:
        """Begins all random numbers anew, from the words that ale-py's single environment makes of a seed."""
        self.machine.seed(int(seed_words(seed)[1]))
        self._generator = _generator(seed)

    def _begin_game(self, seed: int | None) -> None:
        self.machine.reset_game()
        if self._settings.fires_at_reset:
            self.machine.act(FIRE)
        noops = self._settings.noop_max
        for _ in range(int(self._generator.integers(1, noops + 1)) if noops else 0):
            self.machine.act(NOOP)
            if self.machine.ale.game_over():
                if seed is not None:
                    self.machine.refresh()
                    self.reseed(seed)
                self.machine.reset_game()

    def _play(self, action: int, strength: float) -> None:
        self.elapsed_steps += 1
        self._play_frames(action, strength)
        self._count()

    def _play_frames(self, action: int, strength: float) -> None:
        settings, machine = self._settings, self.machine
        reward, over, late, lost = 0.0, False, False, False
        for left in range(self._draw_frames(), 0, -1):
            reward += machine.act(action, strength)
            self.elapsed_frames += 1
            over, late = machine.is_over(), machine.ale.game_truncated()
            lost = machine.ale.lives() < self.lives
            # a life that rises in the middle of a step counts from there
            self.lives = machine.ale.lives()
            if over or late or (lost and settings.life_ends != "none"):
                break
            if left == 1:
                self.screens.capture_last()
            elif left == 2:
                self.screens.capture_before()
        self.screens.add()
        self._end(reward, over, late, lost)

    def _is_late(self) -> bool:
        """Whether the limit of steps is reached."""
        return self._settings.max_steps is not None and self.elapsed_steps >= self._settings.max_steps

    def _end(self, reward: float, over: bool, late: bool, lost: bool) -> None:
        """The ends after a step; both flags can be True."""
        self.reward = reward
        self.terminated = over or (lost and self._settings.life_ends != "none")
        self.truncated = late or self._is_late()
        self.is_over = over or self.truncated or (lost and self._settings.life_ends == "restart")


class RawLane(GymnasiumLane):
    """A lane that is ale-py's single environment."""

    def _play_frames(self, action: int, strength: float) -> None:
        machine, lives = self.machine, self.lives
        reward = 0.0
        for _ in range(self._draw_frames()):
            reward += machine.act(action, strength)
        self.screens.capture_last()
        self.screens.add()
        over = machine.is_over()
        self._end(reward, over, machine.ale.game_truncated(), machine.ale.lives() < lives)


def make_lane(settings: LaneSettings, room: npt.NDArray[np.uint8], frames: npt.NDArray[np.uint8]) -> Lane:
    """A lane by the rules that the settings name, with the arguments of :class:`Lane`."""
    kind = RawLane if settings.is_raw else GymnasiumLane if settings.is_gymnasium else Lane
    return kind(settings, room, frames)


def _generator(seed: int) -> np.random.Generator:
    """The generator of what ale-py's single environment draws itself."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int(seed_words(seed)[0]))))
