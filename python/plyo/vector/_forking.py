"""Batches that begin as copies of some environments of another."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from plyo.basics.settings import Setting

Batch = TypeVar("Batch", bound=Any)

#: Attributes that follow from the number of environments, or that each batch makes for itself.
_OWN = (
    "num_envs",
    "observation_space",
    "action_space",
    "single_observation_space",
    "single_action_space",
    "metadata",
    "spec",
    "_engine",
    "_arguments",
    "_seeds",
    "_drawn",
)


def fork_batch(envs: Batch, ids: Sequence[int], copies: int, seed: Any) -> Batch:
    """See :meth:`plyo.vector.NativeVectorEnv.fork`; an empty list of ids means all."""
    copy_into = envs._engine.copy_into  # a closed batch says so
    sources = [lane for lane in (ids or range(envs.num_envs)) for _ in range(copies)]
    twin = object.__new__(type(envs))
    twin._make(**(envs._arguments | {"num_envs": len(sources)}))
    try:
        hidden = (*envs._made_again, *_OWN)
        twin.__dict__.update({name: value for name, value in vars(envs).items() if name not in hidden})
        twin.spec = copy.deepcopy(envs.spec)
        twin._seeds = [envs._seed_of(lane) for lane in sources]
        _copy_draws(envs, twin, sources)
        copy_into(twin._engine, sources, seed)
        if seed is not None:
            twin._remember_seeds(seed, None)
    except BaseException:
        twin.close()
        raise
    return twin


def _copy_draws(envs: Any, twin: Any, sources: list[int]) -> None:
    """Gives the new batch the distributions that resets of the copied environments draw from."""
    for setting, lanes in vars(envs).get("_drawn", []):
        place = {lane: i for i, lane in enumerate(lanes or range(envs.num_envs))}
        chosen = [i for i, lane in enumerate(sources) if lane in place]
        if chosen:
            own = _picked(setting, [place[sources[i]] for i in chosen], len(place))
            listed = [] if len(chosen) == len(sources) else chosen
            twin._engine.set_params([own], listed)
            twin._remember([own], listed)


def _picked(setting: Setting, places: list[int], count: int) -> Setting:
    """A setting of ``count`` environments for those at these places."""
    name, source, first, second = setting

    def pick(value: Any) -> Any:
        return value[places] if isinstance(value, np.ndarray) and len(value) == count else value

    return name, source, first if source == "choice" else pick(first), pick(second)
