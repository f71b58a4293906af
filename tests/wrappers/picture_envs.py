"""Environments that draw, on either package, and reading Gymnasium's recordings without encoding."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar

import gymnasium
import numpy as np
from video_files import images

import plyo

HEIGHT, WIDTH = 24, 30


def drawing_class(p: Any) -> type:
    """A class of environments that draw the number of their steps; an episode is `length` steps long."""

    class Drawing(p.Env):
        metadata: ClassVar = {
            "render_modes": ["rgb_array", "ansi", "depth_array", "grey", "human_list"],
            "render_fps": 20,
        }

        def __init__(self, render_mode=None, length=5):
            self.render_mode = render_mode
            self.length = length
            self.observation_space = p.spaces.Box(0, 99, (1,), np.float32)
            self.action_space = p.spaces.Discrete(2)
            self.steps = self.renders = 0

        def observe(self):
            return np.full(1, self.steps, np.float32)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.steps = 0
            return self.observe(), {"drawn": self.np_random.random()}

        def step(self, action):
            self.steps += 1
            return self.observe(), float(action) + 0.5, self.steps >= self.length, False, {}

        def render(self):
            self.renders += 1
            if self.render_mode == "ansi":
                return f"step {self.steps}"
            if self.render_mode == "depth_array":
                return np.linspace(0, 1 + self.steps, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH)
            return picture(self.steps)

    Drawing.__qualname__ = f"{p.__name__.capitalize()}Drawing"
    return Drawing


def picture(steps: int) -> np.ndarray:
    """The drawing after some steps."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[:, : 2 * steps + 1] = (200, 10 * steps % 256, 90)
    return frame


PlyoDrawing, GymnasiumDrawing = drawing_class(plyo), drawing_class(gymnasium)
DRAWINGS = {plyo: PlyoDrawing, gymnasium: GymnasiumDrawing}


def drawing(p: Any, render_mode: str | None = "rgb_array", **kwargs: Any) -> Any:
    """A drawing environment on a package; of a mode of lists by way of RenderCollection."""
    if render_mode is not None and render_mode.endswith("_list"):
        return p.wrappers.RenderCollection(DRAWINGS[p](render_mode.removesuffix("_list"), **kwargs))
    return DRAWINGS[p](render_mode, **kwargs)


class Clip:
    """Stands for moviepy's clip, and keeps the frames that it is to save."""

    saved: ClassVar[dict[str, Any]] = {}

    def __init__(self, sequence, fps=None, durations=None):
        self.sequence, self.fps, self.durations = list(sequence), fps, durations

    def write_videofile(self, path, logger=None):
        Clip.saved[Path(path).stem] = (np.array(self.sequence), self.fps)
        Path(path).touch()


def their_videos(monkeypatch: Any) -> dict[str, Any]:
    """The recordings of Gymnasium from now on, by name: frames and frames per second."""
    module = importlib.import_module("moviepy.video.io.ImageSequenceClip")
    monkeypatch.setattr(module, "ImageSequenceClip", Clip)
    Clip.saved = {}
    return Clip.saved


def our_videos(folder: Any) -> dict[str, Any]:
    """The same of animated PNGs in a folder; their list of videos has to agree."""
    videos = {}
    for path in Path(folder).glob("*.png"):
        frames, delays = images(path)
        videos[path.stem] = (frames, 1000 / delays[0])
    return videos


def assert_same_videos(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Asserts that names, rates and all pixels agree."""
    assert sorted(ours) == sorted(theirs)
    for name, (frames, fps) in theirs.items():
        assert ours[name][0].shape == frames.shape, name
        assert (ours[name][0] == frames).all(), name
        assert abs(ours[name][1] - fps) < 1e-2 * fps, name
