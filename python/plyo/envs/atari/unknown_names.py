"""What to say about keyword arguments that a game does not have. Loaded by such an error alone."""

from __future__ import annotations

import re
from inspect import signature

from plyo.basics.guesses import did_you_mean
from plyo.envs.atari.env import AtariEnv

_PREPROCESSING = (
    "plyo.wrappers.AtariPreprocessing has it for one game, make_vec('ALE/Pong-v5', 8) for a batch"
)
_STACK = "plyo.wrappers.FrameStackObservation stacks pictures, and make_vec('ALE/Pong-v5', 8) makes stacks"
#: Arguments of other libraries, of batches and of habit, and what a single game has in their place.
_ELSEWHERE = {
    "episodic_life": _PREPROCESSING,
    "frame_skip": "frameskip=... is the number of frames of a step",
    "frame_stack": _STACK,
    "gray_scale": 'obs_type="grayscale"',
    "grayscale": 'obs_type="grayscale"',
    "img_height": _PREPROCESSING,
    "img_width": _PREPROCESSING,
    "noop_max": _PREPROCESSING,
    "num_envs": "make makes one environment; make_vec(..., num_envs=...) makes a batch",
    "observation": 'obs_type="rgb", "grayscale" or "ram"',
    "reward_clip": "plyo.wrappers.ClipReward clips rewards",
    "reward_clipping": "plyo.wrappers.ClipReward clips rewards",
    "screen_size": _PREPROCESSING,
    "seed": "reset(seed=...) takes it",
    "stack_num": _STACK,
    "sticky": "repeat_action_probability=... is the probability of sticky actions",
    "use_fire_reset": "make_vec('ALE/Pong-v5', 8) has it for a batch",
}


def advice_on(complaint: str) -> str | None:
    """What to do about an unexpected keyword argument; None for another complaint.

    Args:
        complaint: Python's words.
    """
    found = re.search(r"unexpected keyword argument '(\w+)'", complaint)
    if found is None:
        return None
    legal = [name for name in signature(AtariEnv).parameters if name != "game"]
    elsewhere = _ELSEWHERE.get(found[1])
    hint = f"{found[1]!r}: {elsewhere}." if elsewhere else did_you_mean(found[1], legal).strip()
    return f"{hint} The keyword arguments of a game are: {', '.join(legal)}.".strip()
