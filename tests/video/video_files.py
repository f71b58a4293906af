"""Frames to record, and the reading of recorded files."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageSequence

from plyo.video.ffmpeg import find_program


def moving_bar(count: int, height: int = 48, width: int = 64) -> Iterator[np.ndarray]:
    """Frames that differ: a grey for the number, and a moving bar."""
    for i in range(count):
        frame = np.full((height, width, 3), (37 * i) % 200 + 20, dtype=np.uint8)
        frame[height // 2 :, (3 * i) % width :] = (240, 80, 10)
        yield frame


def decode(path: Any) -> np.ndarray:
    """All frames of a file that ffmpeg can read, ``(count, height, width, 3)``, none repeated or left out."""
    program = find_program()
    assert program is not None
    size = _size(program, path)
    command = [program, "-nostdin", "-loglevel", "error", "-i", f"file:{path}", "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return np.frombuffer(done.stdout, dtype=np.uint8).reshape(-1, size[1], size[0], 3)


def _size(program: str, path: Any) -> tuple[int, int]:
    command = [program, "-nostdin", "-loglevel", "error", "-i", f"file:{path}", "-frames:v", "1"]
    done = subprocess.run([*command, "-c:v", "ppm", "-f", "image2pipe", "-"], capture_output=True, check=True)
    width, height = done.stdout.split(maxsplit=3)[1:3]
    return int(width), int(height)


def images(path: Any) -> tuple[np.ndarray, list[float]]:
    """All frames of an animated PNG or GIF as Pillow shows them, and for how many milliseconds."""
    with Image.open(path) as file:
        frames = [
            (np.array(frame.convert("RGB")), float(frame.info["duration"]))
            for frame in ImageSequence.Iterator(file)
        ]
    return np.array([f for f, _ in frames]), [d for _, d in frames]


def names(folder: Any) -> list[str]:
    """The files of a folder."""
    return sorted(path.name for path in Path(folder).iterdir())
