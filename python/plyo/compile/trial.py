"""The part of ``plyo check`` that runs the task: a program of its own, as a faulty task may end its process.

    python -m plyo.compile.trial

It reads an object in JSON from its input: ``source``, the texts as :meth:`plyo.compile.sources.Source.to_json` writes
them, and ``builds``, some of ``"debug"`` and ``"optimised"``. It prints what it found as a line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from typing import Any

import numpy as np

from plyo.compile.loading import compile_source
from plyo.compile.sources import Source
from plyo.envs.registration import make_vec
from plyo.spaces import Box, Dict, Tuple

#: Lanes and steps of the comparison, 10⁵ lane-steps.
_LANES, _STEPS = 100, 1000
#: Lanes of the measurement, and seconds that it takes.
_MANY, _SECONDS = 4096, 0.3


def main() -> None:
    """Runs the trial that the input describes."""
    asked = json.loads(sys.stdin.read())
    source = Source.from_json(asked["source"])
    result: dict[str, Any] = {}
    for name in asked["builds"]:
        (task_id,) = compile_source(source, debug=name == "debug")[:1]
        envs = make_vec(task_id, _LANES, num_threads=1)
        result[name] = _run(envs)
        if name == "optimised":
            result["nanoseconds"] = _measure(make_vec(task_id, _MANY, num_threads=1))
    print(json.dumps(result))


def _run(envs: Any) -> dict[str, Any]:
    """Random steps: a hash of all results, the episodes that ended, and the first thing that is not as described."""
    envs.action_space.seed(1)
    observation, _ = envs.reset(seed=1)
    digest, ended, complaint = hashlib.sha256(), 0, _complain(observation, envs, "the reset")
    for t in range(_STEPS):
        observation, reward, terminated, truncated, _ = envs.step(envs.action_space.sample())
        for array in (*_leaves(observation), reward, terminated, truncated):
            digest.update(np.ascontiguousarray(array).tobytes())
        ended += int((terminated | truncated).sum())
        if not complaint:
            complaint = _complain(observation, envs, f"step {t + 1}")
        if not complaint and not np.isfinite(reward).all():
            lane = int(np.flatnonzero(~np.isfinite(reward))[0])
            complaint = f"the reward of environment {lane} in step {t + 1} is {reward[lane]}"
    return {"hash": digest.hexdigest(), "ended": ended, "complaint": complaint}


def _complain(observation: Any, envs: Any, when: str) -> str:
    """What is wrong with the observations of a batch, ``""`` if nothing is."""
    for name, space, values in _parts("observation", envs.single_observation_space, observation):
        if isinstance(space, Box):
            wrong = ~((values >= space.low) & (values <= space.high))
            if wrong.any():
                lane, *place = (int(i) for i in np.argwhere(wrong)[0])
                element = "".join(f"[{i}]" for i in place)
                low, high = space.low[tuple(place)], space.high[tuple(place)]
                value = values[lane][tuple(place)]
                said = f"and the space says {low} to {high}"
                return f"{name}{element} of environment {lane} is {value} after {when}, {said}"
        elif ((values < space.start) | (values >= space.start + space.n)).any():
            return f"{name} is {values.min()} to {values.max()} after {when}, and the space is {space}"
    return ""


def _parts(name: str, space: Any, values: Any) -> list[tuple[str, Any, Any]]:
    """The leaves of a space with their values."""
    if isinstance(space, Dict):
        return [part for key, sub in space.items() for part in _parts(f"{name}[{key!r}]", sub, values[key])]
    if isinstance(space, Tuple):
        return [part for i, sub in enumerate(space) for part in _parts(f"{name}[{i}]", sub, values[i])]
    return [(name, space, values)]


def _leaves(values: Any) -> list[Any]:
    if isinstance(values, dict):
        return [leaf for part in values.values() for leaf in _leaves(part)]
    if isinstance(values, tuple):
        return [leaf for part in values for leaf in _leaves(part)]
    return [values]


def _measure(envs: Any) -> float:
    """Nanoseconds a lane-step, the least of several runs, from the call of `step`."""
    envs.reset(seed=0)
    actions = [envs.action_space.sample() for _ in range(4)]
    best, end = float("inf"), time.perf_counter() + _SECONDS
    while time.perf_counter() < end:
        started = time.perf_counter()
        for action in actions:
            envs.step(action)
        best = min(best, (time.perf_counter() - started) / len(actions) / _MANY * 1e9)
    return best


if __name__ == "__main__":
    main()
