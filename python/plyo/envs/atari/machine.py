"""One emulator with a game, whose repeated actions are drawn outside it."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.loading import load_ale, rom_path
from plyo.envs.atari.random_streams import StickyStream, twister

#: Games whose saved states only fit the emulator that has saved them, in ale-py 0.12.1.
UNMOVABLE = ("qbert", "tetris")

NOOP, FIRE = 0, 1


class Machine:
    """An emulator.

    Attributes:
        ale: ale-py's interface.
        identity: Names this emulator since its cartridge was loaded; 16 bytes in base 16.
        is_fresh: Whether nothing was played since then.
        held: The action of the last frame, which a sticky frame repeats.
        sticky: What is drawn for each frame; None if actions are not sticky.
    """

    def __init__(self, settings: LaneSettings) -> None:
        """Makes the emulator and loads the cartridge."""
        library = load_ale(settings.game)
        self._settings = settings
        self._path = rom_path(settings.game)
        self._state_type = library.ALEState
        self.ale: Any = library.ALEInterface()
        self.ale.setFloat("repeat_action_probability", 0.0)
        if settings.is_gymnasium:
            self.ale.setInt("max_num_frames_per_episode", settings.max_frames)
        self._act: Any = self.ale.act
        self.sticky: StickyStream | None = None
        self.held = NOOP
        self.load()

    def load(self) -> None:
        """Loads the cartridge anew, as a seeded reset does: nothing of what was played remains."""
        self.ale.loadROM(self._path)
        if self._settings.mode is not None:
            self.ale.setMode(self._settings.mode)
        if self._settings.difficulty is not None:
            self.ale.setDifficulty(self._settings.difficulty)
        self.identity = uuid.uuid4().hex
        self.is_fresh = True

    def seed(self, seed: int) -> None:
        """Begins the stream of sticky actions."""
        if self._settings.sticky > 0:
            self.sticky = StickyStream(self._settings.sticky, twister(seed))

    def refresh(self) -> None:
        """Loads the cartridge anew if something was played."""
        if not self.is_fresh:
            self.load()

    def reset_game(self) -> None:
        """Begins a game."""
        self.ale.reset_game()
        self.is_fresh = False
        self.held = NOOP

    def act(self, action: int, strength: float = 1.0) -> int:
        """Plays one frame; returns its reward.

        Args:
            action: The emulator's number of the action.
            strength: How far a paddle is turned, from 0 to 1.
        """
        held = action if self.sticky is None else self.hold(action)
        return self._act(held, strength)  # type: ignore[no-any-return]

    def hold(self, action: int) -> int:
        """The action of the next frame where actions are sticky: the new one, or the last again."""
        if self.sticky is not None and not self.sticky.draw():
            self.held = action
        return self.held

    def is_over(self) -> bool:
        """Whether the game is over; a time limit does not count."""
        return self.ale.game_over(with_truncation=False)  # type: ignore[no-any-return]

    def get_state(self) -> dict[str, Any]:
        """Everything that determines the future, by name; numbers, texts and bytes."""
        words, place, left = (b"", 0, 0) if self.sticky is None else self.sticky.get_state()
        return {
            "emulator": self.ale.cloneState().serialize(),
            "identity": self.identity,
            "held": self.held,
            "sticky_words": words,
            "sticky_place": place,
            "sticky_left": left,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Restores what :meth:`get_state` has returned, of this or another emulator with the same settings."""
        self.ale.restoreState(self._state_type(state["emulator"]))
        self.is_fresh = False
        self.held = state["held"]
        if self._settings.sticky > 0:
            self.sticky = StickyStream(self._settings.sticky, np.random.RandomState(0))
            self.sticky.set_state(state["sticky_words"], state["sticky_place"], state["sticky_left"])
