"""The native loop over the frames of a lane, beside an emulator that is made up."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from plyo._native import (
    AreaShrink,
    LaneBell,
    LaneCounts,
    LaneFrames,
    LanePlayer,
    LaneResults,
    LaneTeam,
    write_actions,
)

SIZE, SMALL = (12, 8), (5, 4)
COLOURS = np.random.default_rng(1).permutation(256).astype(np.uint8)


class Emulator:
    """Shows random frames, of which most rows stay; what is played is written down."""

    def __init__(self, over_at: int = 10**6, lives: Any = lambda frame: 3) -> None:
        self.frame, self.over_at, self._lives = 0, over_at, lives
        self.screen = np.zeros(SIZE, np.uint8)
        self.played: list[tuple[int, float]] = []
        self.rests: list[int] = []
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

    def getFrameNumber(self) -> int:
        return self.frame

    def getEpisodeFrameNumber(self) -> int:
        return self.frame + 7

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


def player_of(emulator: Any, frames: LaneFrames | None = None, **changes: Any) -> LanePlayer:
    """What plays a lane's steps, without limits that a few steps reach."""
    rest = {"add_rest": lambda: emulator.rests.append(emulator.frame), "fire": None, "max_frames": 99}
    ends = {"max_steps": 0, "lost_life_ends": False, "lost_life_restarts": False}
    return LanePlayer(emulator, frames, **{**rest, **ends, **changes})


def begun() -> LaneCounts:
    """The counts of a lane with three lives at the beginning of a game."""
    lane = LaneCounts()
    assert lane.is_over
    lane.lives = 3
    return lane


def flags(lane: LaneCounts) -> tuple[bool, ...]:
    return lane.terminated, lane.truncated, lane.is_over


@pytest.mark.parametrize("count", [1, 2])
def test_pictures_show_the_last_frames_of_each_step(count):
    emulator, twin = Emulator(), Emulator()
    frames, ring = frames_of(emulator, count)
    player, lane = player_of(emulator, frames, max_frames=999), begun()
    frames.begin()
    frames.keep()
    assert frames.is_first
    for step in range(1, 30):
        player.step(lane, step, None, 0.5, 4)
        assert (lane.reward, *flags(lane)) == (16 * step - 6, False, False, False)
        assert (lane.elapsed_frames, lane.elapsed_steps) == (4 * step, step)
        assert (lane.lives, lane.frame_number, lane.episode_frame_number) == (3, 4 * step, 4 * step + 7)
        screens = []
        for _ in range(4):
            twin.act(step, 0.5)
            screens.append(twin.screen.copy())
        assert frames.newest == step % 3
        np.testing.assert_array_equal(ring[frames.newest], shrunk(*screens[-count:]))
    assert emulator.played == twin.played
    assert emulator.rests == []
    assert not frames.is_first


def falls_to(lives: int) -> Any:
    return lambda frame: lives if frame > 2 else 3


@pytest.mark.parametrize(
    ("emulated", "limits", "reward", "expected", "is_added"),
    [
        ({"over_at": 2}, {}, 3, (True, False, True), False),
        ({"over_at": 4}, {}, 10, (True, False, True), False),
        ({}, {"max_frames": 3}, 6, (False, True, True), False),
        ({}, {"max_frames": 4}, 10, (False, True, True), False),
        ({"over_at": 3}, {"max_frames": 3}, 6, (True, False, True), False),
        ({}, {"max_steps": 1}, 10, (False, True, True), True),
        ({}, {"max_steps": 2}, 10, (False, False, False), True),
        (
            {"lives": falls_to(2)},
            {"lost_life_ends": True, "lost_life_restarts": True},
            6,
            (True, False, True),
            False,
        ),
        ({"lives": falls_to(2)}, {"lost_life_ends": True}, 10, (True, False, False), True),
        ({"lives": falls_to(2)}, {}, 10, (False, False, False), True),
        # no lives are no lost life
        ({"lives": lambda frame: 0}, {"lost_life_ends": True}, 10, (False, False, False), True),
    ],
)
def test_the_ends_of_steps(emulated, limits, reward, expected, is_added):
    emulator, lane = Emulator(**emulated), begun()
    frames, ring = frames_of(emulator)
    frames.begin()
    frames.keep()
    player_of(emulator, frames, **limits).step(lane, 1, None, 1.0, 4)
    assert (lane.reward, *flags(lane)) == (reward, *expected)
    assert frames.newest == 1
    assert ring[1].any() == is_added == (emulator.rests == [])
    # without frames it plays the same
    emulator, lane = Emulator(**emulated), begun()
    player_of(emulator, **limits).step(lane, 1, None, 1.0, 4)
    assert (lane.reward, *flags(lane)) == (reward, *expected)
    assert len(emulator.rests) == 1


@pytest.mark.parametrize(("over_at", "is_over"), [(99, False), (5, True)])
def test_fire_after_a_lost_life(over_at, is_over):
    emulator, lane = Emulator(over_at, falls_to(2)), begun()
    player_of(emulator, fire=lambda: emulator.act(1, 1.0)).step(lane, 0, None, 1.0, 4)
    assert (lane.reward, *flags(lane)) == (15, is_over, False, is_over)
    assert (lane.elapsed_frames, lane.frame_number, lane.lives) == (4, 5, 2)


def test_held_actions_and_errors():
    emulator = Emulator()
    player_of(emulator).step(begun(), 5, lambda action: action + emulator.frame, 1.0, 3)
    assert [action for action, _ in emulator.played] == [5, 6, 7]
    for act, error in ((lambda *_: 1 / 0, ZeroDivisionError), (lambda *_: "much", TypeError)):
        emulator.act = act  # type: ignore[method-assign]
        with pytest.raises(error):
            player_of(emulator).step(begun(), 5, None, 1.0, 3)


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
        np.zeros((3, 2), np.bool_),
        np.zeros((3, 2), np.int32),
    )
    results = LaneResults(*fitting)
    assert [each.shape for each in results.take()] == [(2, 3, 4), *[(2,)] * 7]
    with pytest.raises(IndexError):
        results.put(2, begun(), 0)
    for place, name in enumerate(("rings", "rings", "newest", "rewards", "flags", "counts")):
        wrong: Any = 5 if place == 1 else np.zeros(3, np.int16)
        with pytest.raises((TypeError, ValueError), match=name):
            LaneResults(*fitting[:place], wrong, *fitting[place + 1 :])


def test_what_is_put_is_taken():
    arrays = [np.zeros((3, 2, 4), np.uint8), 2, np.zeros(3, np.int32), np.zeros(3)]
    results = LaneResults(*arrays, np.zeros((3, 3), np.bool_), np.zeros((3, 3), np.int32))
    lane = begun()
    lane.reward, lane.truncated, lane.frame_number, lane.episode_frame_number = 2.5, True, 8, 9
    results.put(1, lane, 1)
    assert [each.tolist() for each in results.take()[1:]] == [
        [0, 2.5, 0],
        [False] * 3,
        [False, True, False],
        [False, True, False],
        [0, 3, 0],
        [0, 8, 0],
        [0, 9, 0],
    ]


def test_a_bell_wakes_workers_and_the_batch():
    memory = bytearray(128)
    bell, others = LaneBell(memory), [LaneBell(memory) for _ in range(2)]
    stepped: list[int] = []

    def work(number: int, other: LaneBell) -> None:
        class Emulated(LaneCounts):
            def step(self, action: int, strength: float) -> None:
                stepped.append(number)

        team = team_of(Emulated(), Emulator(), count=0)
        while not has_ended:  # it returns now and then
            team.serve(other)

    has_ended: list[bool] = []
    threads = [threading.Thread(target=work, args=each) for each in enumerate(others)]
    for thread in threads:
        thread.start()
    for round_ in range(1, 4):
        assert bell.ask(2, 30)
        assert not bell.has_failed
        assert sorted(stepped) == [0] * round_ + [1] * round_
    has_ended.append(True)
    bell.call()
    for thread in threads:
        thread.join()
    assert not bell.ask(2, 0.01), "nobody is there"
    bell.done(True)
    assert not bell.wait(0)
    bell.done(False)
    assert bell.wait(0)
    assert bell.has_failed
    with pytest.raises(ValueError, match="more memory"):
        LaneBell(bytearray(60))
    with pytest.raises((BufferError, ValueError, TypeError)):
        LaneBell(bytes(128))


def team_of(lane: LaneCounts, emulator: Any, count: int = 4, strength: float = 1.0) -> LaneTeam:
    """A team of one lane, whose results are thrown away."""
    room = np.zeros((1, 1), np.uint8), 1, np.zeros(1, np.int32), np.zeros(1)
    results = LaneResults(*room, np.zeros((3, 1), np.bool_), np.zeros((3, 1), np.int32))
    team = LaneTeam(results, 0, np.array([1], np.int32), np.array([strength]), [7, 8], count)
    team.join(0, lane, player_of(emulator), None)
    return team


def test_a_team_plays_and_leaves_what_begins_an_episode_to_the_lane():
    calls: list[tuple[int, float]] = []

    class Known(LaneCounts):
        def step(self, action: int, strength: float) -> None:
            calls.append((action, strength))
            self.is_over = self.terminated = self.truncated = False

    emulator, lane = Emulator(), Known()
    team = team_of(lane, emulator, strength=0.5)
    lane.terminated = True
    team.step()
    assert calls == [(1, 0.5)]
    assert emulator.played == []
    team.step()
    assert calls == [(1, 0.5)]
    assert emulator.played == [(8, 0.5)] * 4
    lane.truncated = True
    team.step()
    assert calls == [(1, 0.5)] * 2
    results = LaneResults(
        *(np.zeros((1, 1), np.uint8), 1, np.zeros(1, np.int32), np.zeros(1)),
        *(np.zeros((3, 1), np.bool_), np.zeros((3, 1), np.int32)),
    )
    new = LaneTeam(results, 0, np.array([2], np.int32), np.ones(1), [7, 8], 4)
    with pytest.raises(ValueError, match="not joined"):
        new.step()
    lane.truncated = False
    new.join(0, lane, player_of(emulator), None)
    with pytest.raises(IndexError):
        new.step()
    with pytest.raises(IndexError):
        new.join(1, lane, player_of(emulator), None)


def test_actions_are_written():
    out = np.zeros(3, np.int32)
    write_actions([4, 0, 17], out)
    assert out.tolist() == [4, 0, 17]
    for wrong in (np.zeros(2, np.int32), np.zeros(3, np.int64), np.zeros(6, np.int32)[::2], None):
        with pytest.raises(TypeError):
            write_actions([4, 0, 17], wrong)
