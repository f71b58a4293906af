#!/usr/bin/env bash
# gymnasium 1.4.0 with moviepy 2.2.1: a video of HalfCheetah lacks one frame in six, and shows others twice.
#
# RecordVideo keeps every frame and hands the list to MoviePy, with the task's render_fps. MoviePy asks for the frame at the
# time i / fps and finds it by comparing with sums of 1 / fps, so rounding decides: whoever counts frames against steps, or
# looks at a video step by step, is wrong. At 50 frames a second (CartPole, LunarLander, BipedalWalker) a video of 100 frames
# is whole; at 20 (HalfCheetah, Ant) 17 of the 100 are not in it, at 10 there are 21, at 30 (MountainCar) three. The number
# of frames in the file is 99 or 100, so nothing looks wrong.
#
# Output seen: the lines below. The script fails if they change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet gymnasium==1.4.0 moviepy==2.2.1 imageio-ffmpeg==0.6.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - > "$work/seen" 2> "$work/said" <<'END' || { cat "$work/said"; exit 1; }
from pathlib import Path

import gymnasium
import imageio_ffmpeg
import numpy as np

BITS = 8


class Counter(gymnasium.Env):
    """An episode of 100 frames, each of which shows its number as stripes, one for each bit."""

    observation_space = action_space = gymnasium.spaces.Discrete(2)
    render_mode = "rgb_array"

    def __init__(self, fps):
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": fps}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return 0, {}

    def step(self, action):
        self.steps += 1
        return 0, 0.0, self.steps == 99, False, {}

    def render(self):
        bits = [255 * (self.steps >> bit & 1) for bit in range(BITS)]
        return np.broadcast_to(np.repeat(np.uint8(bits), 16)[None, :, None], (64, 16 * BITS, 3)).copy()


def numbers(path):
    frames = imageio_ffmpeg.read_frames(path)
    width, height = next(frames)["size"]
    for frame in frames:
        stripes = np.frombuffer(frame, np.uint8).reshape(height, width, 3)[32, 8::16, 0] > 128
        yield int(stripes @ (1 << np.arange(BITS)))


for fps in (10, 20, 30, 50, 100):
    env = gymnasium.wrappers.RecordVideo(Counter(fps), str(fps), episode_trigger=lambda episode: True)
    env.reset()
    while not env.step(0)[2]:
        pass
    env.close()
    seen = list(numbers(str(next(Path(str(fps)).glob("*.mp4")))))
    twice = len(seen) - len(set(seen))
    print(f"{fps} frames a second: {len(seen)} in the file, {100 - len(set(seen))} missing, {twice} twice")
END
cat "$work/seen"
diff "$work/seen" - <<'END'
10 frames a second: 99 in the file, 21 missing, 20 twice
20 frames a second: 99 in the file, 17 missing, 16 twice
30 frames a second: 99 in the file, 3 missing, 2 twice
50 frames a second: 100 in the file, 0 missing, 0 twice
100 frames a second: 100 in the file, 0 missing, 0 twice
END
