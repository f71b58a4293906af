"""The native shrinking of pictures beside OpenCV's: every pixel of every size is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plyo._native import AreaShrink, mark_values

cv2 = pytest.importorskip("cv2", reason="the pictures are compared with OpenCV's")

#: (height, width) of screens of Atari games; sizes that trainers ask for, with whole ratios and without.
SCREENS = [(210, 160), (250, 160), (214, 160), (220, 160), (230, 160)]
SIZES = [
    (84, 84), (105, 80), (64, 64), (96, 96), (42, 42), (128, 128), (84, 110), (210, 160), (105, 84), (84, 80),
    (70, 160), (210, 80), (42, 40), (70, 40), (30, 32), (1, 1), (210, 1), (1, 160), (209, 159), (2, 3),
]  # fmt: skip


def shapes(size: tuple[int, int], channels: int) -> tuple[int, ...]:
    return size if channels == 1 else (*size, channels)


def shrunk(picture: Any, size: tuple[int, int], channels: int = 1, **others: Any) -> Any:
    out = np.full(shapes(size, channels), 7, np.uint8)
    AreaShrink(*picture.shape[:2], *size, channels).shrink(picture, out, **others)
    return out


def check(rng: np.random.Generator, screen: tuple[int, int], size: tuple[int, int], channels: int) -> None:
    """Compares a picture, the maximum of two, and the look-up in a palette of both."""
    pictures = rng.integers(0, 256, (2, *shapes(screen, channels)), np.uint8)
    indices = np.repeat(rng.integers(0, 256, (2, *screen), np.uint8)[:, ::3], 3, axis=1)[
        :, : screen[0]
    ].copy()
    indices[1][rng.random(screen) < 0.95] = 0
    indices[0, :, :32] = indices[0, 0, 0]  # runs of one colour, as on screens
    palette = rng.integers(0, 256, shapes((256,), channels), np.uint8)
    values = palette[indices]

    def expected(picture: Any) -> Any:
        resized = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA)
        return resized.reshape(shapes(size, channels))

    np.testing.assert_array_equal(shrunk(pictures[0], size, channels), expected(pictures[0]))
    both = np.maximum(*pictures)
    np.testing.assert_array_equal(shrunk(pictures[0], size, channels, other=pictures[1]), expected(both))
    looked_up = shrunk(indices[0], size, channels, palette=palette)
    np.testing.assert_array_equal(looked_up, expected(values[0]))
    looked_up = shrunk(indices[0], size, channels, other=indices[1], palette=palette)
    np.testing.assert_array_equal(looked_up, expected(np.maximum(*values)))


@pytest.mark.parametrize("channels", [1, 3])
def test_sizes(channels):
    rng = np.random.default_rng(0)
    for size in SIZES:
        check(rng, SCREENS[0], size, channels)
    for screen in SCREENS[1:]:
        check(rng, screen, SIZES[0], channels)
        check(rng, screen, (screen[0] // 2, 80), channels)


@pytest.mark.parametrize("channels", [1, 3])
def test_random_sizes(channels):
    rng = np.random.default_rng(1)
    for _ in range(60):
        screen = tuple(rng.integers(1, 60, 2).tolist())
        check(rng, screen, tuple(rng.integers(1, side + 1) for side in screen), channels)


@pytest.mark.slow
def test_many_sizes():
    rng = np.random.default_rng(2)
    for i in range(1500):
        screen = SCREENS[i % len(SCREENS)]
        check(rng, screen, tuple(rng.integers(1, side + 1) for side in screen), 1 + 2 * (i % 2))


@pytest.mark.parametrize("size", SIZES)
def test_rows_that_repeat(size):
    """Rows of the small picture that sum up the same rows in the same proportions are copied."""
    rng = np.random.default_rng(5)
    for _ in range(4):
        # two kinds of rows in runs of random length, one of them here and there with a pixel of its own
        kinds = rng.integers(0, 256, (2, 160), np.uint8)
        picture = kinds[np.repeat(rng.integers(0, 2, 30), rng.integers(1, 16, 30))[:210]]
        picture = np.vstack([picture, np.repeat(kinds[:1], 210 - len(picture), axis=0)])
        picture[rng.integers(0, 210, 3), rng.integers(0, 160, 3)] ^= 255
        expected = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA).reshape(size)
        np.testing.assert_array_equal(shrunk(picture, size), expected)


def test_a_row_of_a_stack():
    stack = np.zeros((4, 84, 84), np.uint8)
    picture = np.random.default_rng(3).integers(0, 256, (210, 160), np.uint8)
    AreaShrink(210, 160, 84, 84).shrink(picture, stack[2])
    np.testing.assert_array_equal(stack[2], shrunk(picture, (84, 84)))
    assert not stack[[0, 1, 3]].any()


def test_marks():
    marks = np.zeros(256, np.uint8)
    picture = np.random.default_rng(4).integers(0, 99, (20, 13), np.uint8)
    assert mark_values(picture, marks)
    np.testing.assert_array_equal(np.flatnonzero(marks), np.unique(picture))
    assert not mark_values(picture, marks)
    picture[19, 12] = 200
    assert mark_values(picture, marks)
    assert marks[200] == 1
    for bad in (picture[0], picture.T, picture.astype(np.int16)):
        with pytest.raises(ValueError, match="picture must"):
            mark_values(bad, marks)
    for bad in (marks[:255], marks.astype(bool), None):
        with pytest.raises((TypeError, ValueError), match="marks"):
            mark_values(picture, bad)


def test_refusals():
    for sizes in ((0, 1, 0, 1), (4, 4, 5, 4), (4, 4, 4, 5), (4, 4, 0, 4), (2**16, 4, 4, 4)):
        with pytest.raises(ValueError, match="must be from 1 to 32768 and shrink"):
            AreaShrink(*sizes)
    with pytest.raises(ValueError, match="channels must be 1 or 3, got 2"):
        AreaShrink(4, 4, 2, 2, 2)
    with pytest.raises(TypeError):
        AreaShrink(-4, 4, 2, 2)
    shrink, picture, out = (
        AreaShrink(6, 4, 3, 2).shrink,
        np.zeros((6, 4), np.uint8),
        np.zeros((3, 2), np.uint8),
    )
    palette = np.zeros(256, np.uint8)
    frozen = out.copy()
    frozen.flags.writeable = False
    for bad in (
        out.astype(np.int8),
        np.zeros((2, 3), np.uint8),
        np.zeros((3, 4), np.uint8)[:, ::2],
        frozen,
        None,
    ):
        with pytest.raises((TypeError, ValueError)):
            shrink(picture, bad)
    for bad in (
        picture.astype(np.float32),
        picture[:5],
        np.zeros((4, 6), np.uint8).T,
        np.zeros((6, 4, 1), np.uint8),
    ):
        with pytest.raises(
            ValueError, match=r"picture must be a C-contiguous numpy array of uint8 and shape \(6, 4\)"
        ):
            shrink(bad, out)
        with pytest.raises(ValueError, match="other must be"):
            shrink(picture, out, other=bad)
    for bad in (palette[:255], palette.astype(np.uint16), np.zeros((256, 3), np.uint8)):
        with pytest.raises(ValueError, match=r"palette must be .* shape \(256,\)"):
            shrink(picture, out, palette=bad)
    memory = np.zeros(30, np.uint8)
    with pytest.raises(ValueError, match="'out' and 'picture' share memory"):
        shrink(memory[:24].reshape(6, 4), memory[20:26].reshape(3, 2))
