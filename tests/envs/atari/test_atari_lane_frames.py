"""The native loop over the frames of a lane, beside an emulator that is made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plyo._native import AreaShrink, FramePlayer, LaneFrames, LaneResults

SIZE, SMALL = (12, 8), (5, 4)
COLOURS = np.random.default_rng(1).permutation(256).astype(np.uint8)


class Emulator:
    """Shows random frames, of which most rows stay; what is played is written down."""

    def __init__(self, over_at: int = 10**6, lives: Any = lambda frame: 3) -> None:
        self.frame, self.over_at, self._lives = 0, over_at, lives
        self.screen = np.zeros(SIZE, np.uint8)
        self.played: list[tuple[int, float]] = []
        self._random = np.random.default_rng(2)

    def act(self, action: int, strength: float) -> int:
        self.frame += 1
        self.played.append((action, strength))
        rows = self._random.random(SIZE[0]) < 0.2
        self.screen[rows] = self._random.integers(0, 9 + self.frame, (int(rows.sum()), SIZE[1]))
        return self.frame

    def game_over(self, with_truncation: bool) -> bool:
        assert with_truncation is False
        return self.frame >= self.over_at

    def lives(self) -> int:
        return int(self._lives(self.frame))

    def get_screen(self, out: np.ndarray) -> None:
        out[...] = self.screen

    def get_colours(self) -> np.ndarray:
        return COLOURS[self.screen]


def frames_of(emulator: Emulator, count: int = 2, **changes: Any) -> tuple[LaneFrames, np.ndarray]:
    """The frames of a lane, and its ring."""
    ring = np.zeros((3, *SMALL), np.uint8)
    arguments = {
        "get_screen": emulator.get_screen,
        "get_colours": emulator.get_colours,
        "shrink": AreaShrink(*SIZE, *SMALL),
        "frames": [np.zeros(SIZE, np.uint8) for _ in range(count)],
        "kept": np.zeros((count, *SIZE), np.uint8),
        "seen": np.zeros(256, np.uint8),
        "palette": np.zeros(256, np.uint8),
        "ring": ring,
    }
    return LaneFrames(**{**arguments, **changes}), ring


def shrunk(*screens: np.ndarray) -> np.ndarray:
    """The picture of one screen or two."""
    out = np.zeros(SMALL, np.uint8)
    AreaShrink(*SIZE, *SMALL).shrink(np.maximum.reduce([COLOURS[each] for each in screens]), out)
    return out


@pytest.mark.parametrize("count", [1, 2])
def test_pictures_show_the_last_frames_of_each_step(count):
    emulator, twin = Emulator(), Emulator()
    frames, ring = frames_of(emulator, count)
    player = FramePlayer(emulator.act, emulator.game_over, emulator.lives, frames)
    frames.begin()
    frames.keep()
    assert frames.is_first
    for step in range(1, 30):
        assert player.play(step, None, 0.5, 4, 99, 3, False) == (16 * step - 6, 4, False, False, True)
        screens = []
        for _ in range(4):
            twin.act(step, 0.5)
            screens.append(twin.screen.copy())
        assert frames.newest == step % 3
        np.testing.assert_array_equal(ring[frames.newest], shrunk(*screens[-count:]))
    assert emulator.played == twin.played
    assert not frames.is_first


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ({"over_at": 2}, (3, 2, True, False, False)),
        ({"over_at": 4}, (10, 4, True, False, False)),
        ({"most": 3}, (6, 3, False, False, False)),
        ({"most": 4}, (10, 4, False, False, False)),
        ({"lives": lambda frame: 2 if frame > 2 else 3, "stops": True}, (6, 3, False, True, False)),
        ({"lives": lambda frame: 2 if frame > 2 else 3}, (10, 4, False, True, True)),
        # no lives are no lost life
        ({"lives": lambda frame: 0, "stops": True}, (10, 4, False, False, True)),
    ],
)
def test_a_step_ends_early(ends, expected):
    stops, most = ends.pop("stops", False), ends.pop("most", 99)
    emulator = Emulator(**ends)
    frames, ring = frames_of(emulator)
    player = FramePlayer(emulator.act, emulator.game_over, emulator.lives, frames)
    frames.begin()
    frames.keep()
    assert player.play(1, None, 1.0, 4, most, 3, stops) == expected
    assert frames.newest == 1
    assert ring[1].any() == expected[-1]
    # without frames it plays the same, and adds nothing
    emulator = Emulator(**ends)
    alone = FramePlayer(emulator.act, emulator.game_over, emulator.lives, None)
    assert alone.play(1, None, 1.0, 4, most, 3, stops) == (*expected[:-1], False)


def test_held_actions_and_errors():
    emulator = Emulator()
    player = FramePlayer(emulator.act, emulator.game_over, emulator.lives, None)
    player.play(5, lambda action: action + emulator.frame, 1.0, 3, 99, 3, False)
    assert [action for action, _ in emulator.played] == [5, 6, 7]
    failing = FramePlayer(lambda *_: 1 / 0, emulator.game_over, emulator.lives, None)
    with pytest.raises(ZeroDivisionError):
        failing.play(5, None, 1.0, 3, 99, 3, False)
    odd = FramePlayer(lambda *_: "much", emulator.game_over, emulator.lives, None)
    with pytest.raises(TypeError):
        odd.play(5, None, 1.0, 3, 99, 3, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frames", [np.zeros(SIZE, np.uint8)]),
        ("frames", [np.zeros(SIZE, np.uint8), np.zeros((12, 7), np.uint8)]),
        ("kept", np.zeros((3, *SIZE), np.uint8)),
        ("kept", np.zeros(SIZE, np.uint8)),
        ("seen", np.zeros(255, np.uint8)),
        ("palette", np.zeros((256, 3), np.uint8)),
        ("ring", np.zeros((3, 5), np.uint8)),
        ("ring", np.zeros((0, *SMALL), np.uint8)),
        ("shrink", AreaShrink(12, 8, 5, 3)),
        ("shrink", AreaShrink(13, 8, *SMALL)),
    ],
)
def test_arrays_that_do_not_fit(name, value):
    with pytest.raises(ValueError, match=name):
        frames_of(Emulator(), **{name: value})


def test_colours_that_do_not_fit():
    emulator = Emulator()
    frames, _ = frames_of(emulator, get_colours=lambda: COLOURS)
    with pytest.raises(ValueError, match="picture of the emulator"):
        frames.take_last()


def test_results_that_do_not_fit():
    fitting = (
        np.zeros((2, 3, 4), np.uint8),
        3,
        np.zeros(2, np.int32),
        np.zeros(2),
        np.zeros((1, 2), np.bool_),
        np.zeros((4, 2), np.int32),
    )
    assert [each.shape for each in LaneResults(*fitting).take()] == [(2, 3, 4), *[(2,)] * 6]
    for place, name in enumerate(("rings", "rings", "newest", "rewards", "flags", "counts")):
        wrong: Any = 5 if place == 1 else np.zeros(3, np.int16)
        with pytest.raises((TypeError, ValueError), match=name):
            LaneResults(*fitting[:place], wrong, *fitting[place + 1 :])
