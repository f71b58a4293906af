"""The native shrinking of pictures beside OpenCV's: every pixel of every size is the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plyo._native import AreaShrink

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


@pytest.mark.parametrize("size", [*SIZES, (42, 160)])
@pytest.mark.parametrize("channels", [1, 3])
def test_rows_that_have_not_changed_are_copied(size, channels):
    """The palette's numbers of two pictures, of which some rows change."""
    rng = np.random.default_rng(7)
    shrink = AreaShrink(*SCREENS[0], *size, channels).shrink
    palette = rng.integers(0, 256, shapes((256,), channels), np.uint8)
    pictures = rng.integers(0, 256, (2, *SCREENS[0]), np.uint8)
    old = shrunk_of(shrink, pictures, palette, size, channels)
    for _ in range(4):
        changed = (rng.random(210) < 0.1).astype(np.uint8)
        pictures[rng.integers(2), changed == 1, rng.integers(160)] ^= 255
        out = np.full_like(old, 7)
        shrink(pictures[0], out, pictures[1], palette, changed, old)
        expected = shrunk_of(shrink, pictures, palette, size, channels)
        np.testing.assert_array_equal(out, expected)
        # in its place
        shrink(pictures[0], old, pictures[1], palette, changed=changed, old=old)
        np.testing.assert_array_equal(old, expected)


def shrunk_of(shrink: Any, pictures: Any, palette: Any, size: tuple[int, int], channels: int) -> Any:
    out = np.empty(shapes(size, channels), np.uint8)
    shrink(pictures[0], out, pictures[1], palette)
    return out


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("stack", "threads"), [(1, 1), (4, 3)])
def test_stacks_of_lanes(stack, threads, channels):
    rng = np.random.default_rng(8)
    lanes = 30
    shrink = AreaShrink(21, 16, 9, 8, channels)
    rings = np.zeros((lanes, stack, *shapes((9, 8), channels)), np.uint8)
    expected = rings.copy()
    before = None
    pictures = rng.integers(0, 256, (lanes, *shapes((21, 16), channels)), np.uint8)
    for step in range(9):
        pictures = pictures.copy()
        pictures[:, rng.integers(21), rng.integers(16)] = step
        stacks = shrink.shrink_stacks(pictures, rings, step % stack, before, num_threads=threads)
        newest = np.stack([shrunk(picture, (9, 8), channels) for picture in pictures])
        expected = np.concatenate([expected[:, 1:], newest[:, None]], axis=1)
        np.testing.assert_array_equal(stacks, expected)
        before = pictures


def test_refusals_of_stacks():
    shrink = AreaShrink(6, 4, 3, 2).shrink_stacks
    pictures, rings = np.zeros((5, 6, 4), np.uint8), np.zeros((5, 4, 3, 2), np.uint8)
    assert shrink(pictures, rings, 3).shape == rings.shape
    assert shrink(pictures[:0], rings[:0], 3).shape == (0, 4, 3, 2)
    with pytest.raises(ValueError, match="newest must be below 4"):
        shrink(pictures, rings, 4)
    with pytest.raises(ValueError, match="num_threads must be at least 1, got 0"):
        shrink(pictures, rings, 3, num_threads=0)
    for bad in (pictures[:4], pictures.astype(np.int8), pictures.transpose(0, 2, 1)):
        with pytest.raises(ValueError, match=r"pictures must be .* shape \(5, 6, 4\)"):
            shrink(bad, rings, 3)
        with pytest.raises(ValueError, match=r"before must be .* shape \(5, 6, 4\)"):
            shrink(pictures, rings, 3, bad)
    frozen = rings.copy()
    frozen.flags.writeable = False
    for bad in (None, rings[0, 0, 0], rings[:, :, :2], rings.astype(bool), rings[:, ::2], frozen):
        with pytest.raises((TypeError, ValueError), match="rings"):
            shrink(pictures, bad, 0)
    memory = np.zeros(240, np.uint8)
    with pytest.raises(ValueError, match="'rings' and 'pictures' share memory"):
        shrink(memory[:120].reshape(5, 6, 4), memory[119:239].reshape(5, 4, 3, 2), 0)


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
    changed, old = np.zeros(6, np.uint8), np.zeros((3, 2), np.uint8)
    for pair in ({"changed": changed}, {"old": old}):
        with pytest.raises(ValueError, match="changed and old belong together"):
            shrink(picture, out, **pair)
    with pytest.raises(ValueError, match=r"changed must be .* shape \(6,\)"):
        shrink(picture, out, changed=changed[:5], old=old)
    with pytest.raises(ValueError, match=r"old must be .* shape \(3, 2\)"):
        shrink(picture, out, changed=changed, old=old.T)
    with pytest.raises(ValueError, match="'out' and 'old' share memory"):
        shrink(picture, memory[:6].reshape(3, 2), changed=changed, old=memory[2:8].reshape(3, 2))
