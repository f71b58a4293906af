"""What to say of keyword arguments and reset options that a task does not have. Loaded by such an error alone."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from plyo.basics.guesses import did_you_mean
from plyo.tasks.descriptions import Description, shown_name
from plyo.tasks.options import EngineOptions

#: The options that only batches have.
BATCH_OPTIONS = ("num_threads", "autoreset_mode", "num_buffers", "reward_dtype")

#: The arguments of `plyo.make` and `plyo.make_vec` themselves.
_OF_MAKE = ("id", "max_episode_steps", "disable_env_checker", "render_mode", "params")
_OF_MAKE_VEC = ("id", "num_envs", "vectorization_mode", "vector_kwargs", "wrappers", "render_mode", "params")

#: The arguments of batches of single environments, which are not native.
_OF_SINGLE_BATCHES = ("autoreset_mode", "context", "copy", "daemon", "observation_mode", "shared_memory")

#: Arguments of other libraries and of habit, and what Plyo has in their place.
_ELSEWHERE = {
    "autoreset": "autoreset_mode='next_step', 'same_step' or 'disabled' says when batches reset",
    "asynchronous": "batches of native tasks run in threads of their own: num_threads=...",
    "batch_size": "step() takes all num_envs, and step_lanes(actions, ids) some of them",
    "capture_video": "videos are the wrapper plyo.wrappers.RecordVideo",
    "context": "it belongs to asynchronous batches: vectorization_mode='async', vector_kwargs={'context': ...}",
    "daemon": "it belongs to asynchronous batches: vectorization_mode='async', vector_kwargs={'daemon': ...}",
    "env_id": "the id is the first argument: make('CartPole-v1'), make_vec('CartPole-v1', num_envs=8)",
    "env_name": "the id is the first argument: make('CartPole-v1'), make_vec('CartPole-v1', num_envs=8)",
    "env_type": "there is one API, that of Gymnasium: leave it out",
    "episodic_life": "it belongs to batches of Atari games, such as make_vec('ALE/Pong-v5', 8)",
    "frame_stack": "stack=... stacks pictures, with observation='pixels'; plyo.wrappers.FrameStackObservation others",
    "gamma": "rollout(..., gamma=...) takes it, and so does plyo.wrappers.NormalizeReward",
    "gray_scale": "gray=True or False, with observation='pixels'",
    "img_height": "size=(height, width), with observation='pixels'",
    "img_width": "size=(height, width), with observation='pixels'",
    "max_steps": "max_episode_steps=... is the time limit",
    "noop_max": "it belongs to batches of Atari games, such as make_vec('ALE/Pong-v5', 8)",
    "obs_type": "observation='state' or 'pixels'",
    "options": "reset(options=...) takes it",
    "reward_clip": "rewards are clipped by the wrapper ClipReward",
    "run_name": "videos are the wrapper plyo.wrappers.RecordVideo, which takes a name",
    "seed": "reset(seed=...) takes it; environment i of a batch gets seed + i",
    "shared_memory": "it belongs to asynchronous batches: vectorization_mode='async', "
    "vector_kwargs={'shared_memory': ...}",
    "stack_num": "stack=... stacks pictures, with observation='pixels'",
    "thread_affinity_offset": "one pool of threads serves all batches of a process: leave it out",
    "time_limit": "max_episode_steps=... is the time limit",
    "wrapper_class": "make_vec(..., wrappers=[...]) takes functions and classes of wrappers",
}
#: Names that are too unlike the right one for a guess by letters.
_SYNONYMS = {
    "num_worker": "num_threads",
    "num_workers": "num_threads",
    "n_workers": "num_threads",
    "workers": "num_threads",
    "n_jobs": "num_threads",
    "n_envs": "num_envs",
    "nenvs": "num_envs",
    "num_environments": "num_envs",
    "num_stack": "stack",
    "grayscale": "gray",
    "mode": "render_mode",
    "dtype": "reward_dtype",
    "wrapper": "wrappers",
    "record_stats": "record_episode_statistics",
}


def unknown_argument(
    class_name: str,
    task: Description,
    given: Mapping[str, Any],
    options: Iterable[str],
    is_batch: bool,
) -> TypeError | None:
    """The error for the first keyword argument that a task does not have, None if it has them all.

    Args:
        class_name: The class that was called.
        task: The task.
        given: The keyword arguments that are left when the options are taken out.
        options: The options of this class.
        is_batch: Whether the class makes batches.
    """
    own = [param["name"] for param in task["params"]]
    name = next((name for name in given if name not in own), None)
    if name is None:
        return None
    shared = [*options, *(_OF_MAKE_VEC if is_batch else _OF_MAKE)]
    shared = list(dict.fromkeys(shared))
    hint = _hint(name, task, [*own, *shared], () if is_batch else BATCH_OPTIONS)
    legal = f"{shown_name(task['name'])}: its keyword arguments are: {', '.join(own) or 'none'}"
    others = f"{'make_vec' if is_batch else 'make'} takes for every task: {', '.join(shared)}"
    complaint = f"{class_name}.__init__() got an unexpected keyword argument {name!r}"
    advice = f"{hint}{legal}; {others}."
    error = TypeError(f"{complaint}. {advice}")
    vars(error).update(complaint=complaint, advice=advice)  # `make` says more between the two
    return error


def _hint(name: str, task: Description, legal: list[str], of_batches: Sequence[str]) -> str:
    """What a keyword argument may have meant, as a sentence with a space after it."""
    if name in (field["name"] for field in task["constants"]):
        return f"{name!r} is a constant of the dynamics: pass params={{{name!r}: ...}}, or call set_params later. "
    if name in of_batches or _SYNONYMS.get(name) in of_batches:
        return f"{_SYNONYMS.get(name, name)!r} is an argument of native batches: make_vec(...) takes it. "
    if "num_envs" not in legal and "num_envs" in (name, _SYNONYMS.get(name)):
        return "make makes one environment; make_vec(..., num_envs=...) makes a batch. "
    if name in _ELSEWHERE:
        return f"{name!r}: {_ELSEWHERE[name]}. "
    if _SYNONYMS.get(name) in legal:
        return f"Did you mean {_SYNONYMS[name]!r}? "
    constants = [field["name"] for field in task["constants"]]
    close = difflib.get_close_matches(name.lower(), [*legal, *of_batches, *constants], n=1)
    if not close:
        return ""
    if close[0] in constants:
        return f"Did you mean params={{{close[0]!r}: ...}}? "
    where = " of make_vec" if close[0] in of_batches else ""
    return f"Did you mean {close[0]!r}{where}? "


def of_batches(name: str) -> str | None:
    """What to say where a single environment was given an argument of batches of them; None for other names."""
    if name not in _OF_SINGLE_BATCHES:
        return None
    return (
        f"{name!r} is an argument of the batch, not of its environments: make_vec(..., "
        f"vector_kwargs={{{name!r}: ...}})"
    )


def of_native_tasks(complaint: str, given: Iterable[str]) -> str | None:
    """What to say where an environment written in Python was given an option of native tasks; None for others.

    Args:
        complaint: Python's words about an unexpected keyword argument.
        given: The names of the keyword arguments.
    """
    refused = refused_argument(complaint)
    # a class without a constructor refuses all of them
    names: Iterable[str] = () if refused is None else (refused,)
    if complaint.endswith("() takes no arguments"):
        names = given
    advices = (of_batches(name) or _of_native_task(name) for name in names)
    return next((advice for advice in advices if advice is not None), None)


def _of_native_task(name: str) -> str | None:
    """What to say of an option of native tasks, None for other names."""
    if name not in {*EngineOptions.defaults(), *BATCH_OPTIONS, "params"} - {"max_episode_steps"}:
        return None
    return (
        f"{name!r} is an option of native tasks; an environment written in Python has the arguments of its own "
        "class alone"
    )


def refused_argument(complaint: str) -> str | None:
    """The name in Python's words about an unexpected keyword argument; None for other complaints."""
    found = re.search(r"unexpected keyword argument '(\w+)'", complaint)
    return None if found is None else found[1]


def unknown_option(error: ValueError, task: Description, given: Mapping[str, Any]) -> ValueError:
    """The error of a reset, with a guess if it complains of an option that the task does not have."""
    legal = [option["name"] for option in task["reset_options"]] + ["params"]
    unknown = next((name for name in given if name not in legal), None)
    guess = "" if unknown is None else did_you_mean(unknown, legal)
    return ValueError(f"{error}.{guess}") if guess and "unknown option" in str(error) else error
