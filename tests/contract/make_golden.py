"""Hashes of the behaviour and the pictures of every native task, which hold on every machine.

    python tests/contract/make_golden.py           writes golden.json; for a change of dynamics or scenes, and only then
    python tests/contract/make_golden.py --print   prints those of this machine and instruction set

Only ``math="fast"``: the reference build depends on the platform's libm.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from contract_helpers import (
    TupleTape,
    action_tape,
    digest,
    has_pictures,
    make_vec,
    native_ids,
    native_tasks,
    network,
    sees_floats,
    task_of,
)

from plyo import Trajectory, _native, policies
from plyo.trajectory import AGENT_RECORD

GOLDEN = Path(__file__).with_name("golden.json")

#: An autoreset mode and a policy by name.
Scenarios = dict[str, tuple[str, policies.Policy]]

_NUM_STEPS = 250
_NUM_ENVS = 45  # no multiple of any vector's length
#: The same of tasks whose observations are large pictures, a step of which takes as long as a hundred of others.
_FEW_STEPS, _FEW_ENVS = 100, 5
_NUM_PICTURES = 5


@cache
def golden_hashes(task_id: str) -> dict[str, str]:
    """The hashes of one id, by scenario: whole trajectories, final observations and episodes included."""
    # networks read vectors of floats
    floats = sees_floats(task_of(task_id))
    scenarios = _scenarios(task_id) if floats else _scenarios_without_networks(task_id)
    return _hashes_of(task_id, scenarios) | picture_hashes(task_id)


def _extent(task_id: str) -> tuple[int, int]:
    """The steps, and the environments."""
    is_large = task_of(task_id)["observation"].get("size", 0) > 20_000
    return (_FEW_STEPS, _FEW_ENVS) if is_large else (_NUM_STEPS, _NUM_ENVS)


def _scenarios_without_networks(task_id: str) -> Scenarios:
    actions = action_tape(task_id, *_extent(task_id), seed=1)
    tape = policies.Sequence(actions.parts if isinstance(actions, TupleTape) else actions)
    return {
        "given actions": ("next_step", tape),
        "given actions, same step": ("same_step", tape),
        "random actions": ("next_step", policies.Random(seed=9)),
        "random actions, same step": ("same_step", policies.Random(seed=10)),
    }


def _scenarios(task_id: str) -> Scenarios:
    discrete = task_of(task_id)["action"]["kind"] == "discrete"
    outputs = task_of(task_id)["action"]["size"]
    tape = policies.Sequence(action_tape(task_id, *_extent(task_id), seed=1))
    if discrete:
        head = {"head": "categorical", "seed": 5}
    else:
        head = {"head": "gaussian", "log_std": np.linspace(-1, 0, outputs), "seed": 5}
    tanh = policies.MLP(network(task_id), **head)
    relu = policies.MLP(network(task_id, (16,)), activation="relu", **head)
    population = policies.MLP(network(task_id, population=5))
    scenarios: Scenarios = {
        "given actions": ("next_step", tape),
        "given actions, same step": ("same_step", tape),
        "tanh network, drawing": ("same_step", tanh),
        "relu network, drawing": ("next_step", relu),
        "tanh population": ("next_step", population),
    }
    bounds = [*task_of(task_id)["action"]["low"], *task_of(task_id)["action"]["high"]]
    if discrete or np.isfinite(bounds).all():
        scenarios["random actions"] = ("next_step", policies.Random(seed=9))
    return scenarios


def _of_environments(trajectory: Trajectory) -> dict[str, Any]:
    """The fields that the environments give."""
    return {name: value for name, value in vars(trajectory).items() if name not in AGENT_RECORD}


def _hashes_of(task_id: str, scenarios: Scenarios) -> dict[str, str]:
    # a limit that ends some episodes of every task within the scenario
    num_steps, num_envs = _extent(task_id)
    common = {"num_envs": num_envs, "num_threads": 1, "max_episode_steps": 90}
    hashes = {}
    for name, (mode, policy) in scenarios.items():
        envs = make_vec(task_id, autoreset_mode=mode, **common)
        envs.reset(seed=1234)
        record = ("observations", "actions", "rewards", "terminated", "truncated", "last_observations")
        trajectory = envs.rollout(policy, num_steps, record=(*record, "final_observations", "episodes"))
        assert trajectory.episode_times.size > 0
        hashes[name] = digest(_of_environments(trajectory))
    return hashes


def picture_hashes(task_id: str) -> dict[str, str]:
    """The hashes of pictures in every style, size and layout; none for a task that is not drawn."""
    if not has_pictures(task_of(task_id)):
        return {}
    actions = action_tape(task_id, _NUM_STEPS, _NUM_PICTURES, seed=1)
    tape = policies.Sequence(actions.parts if isinstance(actions, TupleTape) else actions)
    common = {"num_envs": _NUM_PICTURES, "num_threads": 1, "max_episode_steps": 90}
    hashes = {}
    for style in ("gym", "smooth"):
        envs = make_vec(task_id, render_style=style, **common)
        envs.reset(seed=1234)
        envs.rollout(tape, 20, record=[])
        own, small = envs.render(ids=range(_NUM_PICTURES)), envs.render(size=(84, 84))
        # pixel art is the same in both styles, hashes are not
        hashes[f"pictures, {style}"] = digest({f"own, {style}": own, f"small, {style}": small})
    for name, kwargs in {
        "grey observations": {"size": (84, 84), "autoreset_mode": "same_step"},
        "colour observations": {"size": (60, 90), "gray": False, "stack": 2, "channels": "last"},
    }.items():
        envs = make_vec(task_id, observation="pixels", **kwargs, **common)
        envs.reset(seed=1234)
        trajectory = envs.rollout(tape, 20)
        hashes[name] = digest(_of_environments(trajectory))
    return hashes


def golden_ids() -> list[str]:
    """The ids with golden hashes: the bits of the others are those of a library that the user has installed."""
    needy = {v["id"] for task in native_tasks().values() if task["needs"] for v in task["variants"]}
    return [task_id for task_id in native_ids() if task_id not in needy]


def main() -> None:
    """Writes or prints the hashes."""
    hashes = {task_id: golden_hashes(task_id) for task_id in golden_ids()}
    if sys.argv[1:] == ["--print"]:
        print(json.dumps({"isa": _native.isa(), "hashes": hashes}))
        return
    GOLDEN.write_text(json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    main()
