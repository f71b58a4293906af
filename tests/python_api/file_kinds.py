"""Files of each kind, whole and changed."""

from __future__ import annotations

import json

import numpy as np

import plyo
from plyo import Replay, policies


class Labels(plyo.Env):
    """Takes actions of all kinds: numbers, texts, sequences."""

    observation_space = plyo.spaces.Discrete(2)
    action_space = plyo.spaces.Dict(
        push=plyo.spaces.Box(-1, 1, (2,)), label=plyo.spaces.Text(5), bits=plyo.spaces.MultiBinary(3)
    )

    def __init__(self, scale=(1, 2)):
        self.scale = scale

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return 0, {}

    def step(self, action):
        return 0, float(len(action["label"])), False, False, {}


def labels_replay():
    space = Labels.action_space
    space.seed(1)
    return Replay("Labels-v0", 2, [space.sample() for _ in range(6)], scale=(3, 4))


def snapshot_replay():
    env = plyo.make("Pendulum-v1")
    env.reset(seed=3)
    return Replay("Pendulum-v1", snapshot=env.get_state(), actions=[np.float32([0.5])] * 30)


def wrapped_replay():
    env = plyo.wrappers.StickyAction(plyo.wrappers.TimeLimit(plyo.make("CartPole-v1"), 20), 0.5, (1, 3))
    return Replay(env.spec, 4, [0, 1] * 3)


REPLAYS = {
    "id": lambda: Replay("CartPole-v1", 7, [0, 1, 1, 0] * 5, options={"low": -0.01, "high": 0.01}),
    "spec": wrapped_replay,
    "snapshot": snapshot_replay,
    "composite": labels_replay,
}
POLICIES = {
    "table": lambda: policies.Tabular(np.arange(16), epsilon=0.25),
    "linear": lambda: policies.Linear(np.ones((2, 4)), head="categorical"),
    "network": lambda: policies.MLP(
        [(np.ones((3, 5, 4)), np.zeros((3, 5))), (np.ones((3, 1, 5)), None)],
        activation="relu",
        head="gaussian",
        log_std=-1.0,
    ),
}
LOADERS = {name: (make, Replay.load) for name, make in REPLAYS.items()}
LOADERS |= {name: (make, policies.load) for name, make in POLICIES.items()}


def rewrite(path, change_facts=None, **arrays):
    """Changes the description and the arrays of a replay; an array of None is left out."""
    found = dict(np.load(path))
    facts = json.loads(str(found["replay"]))
    facts |= change_facts or {}
    found |= {"replay": np.array(json.dumps({k: v for k, v in facts.items() if v != "absent"}))} | arrays
    np.savez(path, **{name: array for name, array in found.items() if array is not None})
