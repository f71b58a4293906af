"""What to say about keyword arguments that a game does not have. Loaded by such an error alone."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature

from plyo.basics.guesses import did_you_mean
from plyo.envs.atari.env import AtariEnv
from plyo.tasks.unknown_names import of_batches, refused_argument

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
    "num_threads": "batches of ids with ALE/ have it, such as make_vec('ALE/Pong-v5', 8)",
    "observation": 'obs_type="rgb", "grayscale" or "ram"',
    "reward_clip": "plyo.wrappers.ClipReward clips rewards",
    "reward_clipping": "plyo.wrappers.ClipReward clips rewards",
    "screen_size": _PREPROCESSING,
    "seed": "reset(seed=...) takes it",
    "stack_num": _STACK,
    "sticky": "repeat_action_probability=... is the probability of sticky actions",
    "use_fire_reset": "make_vec('ALE/Pong-v5', 8) has it for a batch",
}
#: The same for batches, whose stacks and preprocessing have arguments.
_BESIDE_BATCHES = {
    "env_type": "there is one API, that of Gymnasium: leave it out",
    "frame_stack": "stack_num=... is the number of pictures in a stack",
    "num_stack": "stack_num=... is the number of pictures in a stack",
    "observation": 'obs_type="rgb", "grayscale" or "ram"',
    "record_episode_statistics": "infos have scores; plyo.wrappers.vector.RecordEpisodeStatistics wraps a batch",
    "seed": "reset(seed=...) takes it; environment i of a batch gets seed + i",
    "sound_obs": "plyo.make has it, for one game",
    "sticky": _ELSEWHERE["sticky"],
    "use_inter_area_resize": "pictures are always averaged over areas: leave it out",
    "zero_discount_on_life_loss": "episodic_life=... says what a lost life ends, and there are no discounts",
}


def no_argument_of_batches(name: str, legal: Sequence[str]) -> str:
    """What is wrong with an argument that batches do not have, and what to do."""
    elsewhere = _BESIDE_BATCHES.get(name)
    hint = f" {elsewhere}." if elsewhere else did_you_mean(name, legal)
    return f"{name!r} is no argument of Atari batches.{hint} The arguments are: {', '.join(legal)}."


def advice_on(complaint: str) -> str | None:
    """What to do about an unexpected keyword argument; None for another complaint.

    Args:
        complaint: Python's words.
    """
    name = refused_argument(complaint)
    if name is None:
        return None
    legal = [name for name in signature(AtariEnv).parameters if name != "game"]
    if name in _ELSEWHERE:
        hint = f"{name!r}: {_ELSEWHERE[name]}."
    else:
        of_batch = of_batches(name)
        hint = did_you_mean(name, legal).strip() if of_batch is None else f"{of_batch}."
    return f"{hint} The keyword arguments of a game are: {', '.join(legal)}.".strip()
