"""Environments on either package, and the wrappers around them; the results are compared.

A case is (environment, wrap): `wrap` takes the package and an environment of it.
"""

from __future__ import annotations

import functools
import itertools
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import gymnasium
import numpy as np
from differential import assert_same, outcome

import plyo

Wrap = Callable[[Any, Any], Any]


def picture_space(p: Any) -> Any:
    return p.spaces.Box(0, 255, (6, 5, 3), np.uint8)


# the observation space of each environment
SPACES: dict[str, Callable[[Any], Any]] = {
    "box": lambda p: p.spaces.Box(np.float32([-2, -1, 0]), np.float32([1, 3, 5]), (3,)),
    "float64": lambda p: p.spaces.Box(-3.0, 4.0, (2, 2), np.float64),
    "scalar": lambda p: p.spaces.Box(-1, 1, ()),
    "picture": picture_space,
    "gray": lambda p: p.spaces.Box(0, 255, (6, 5), np.uint8),
    "discrete": lambda p: p.spaces.Discrete(5, start=-2),
    "multi_discrete": lambda p: p.spaces.MultiDiscrete([3, 4], start=[1, -1]),
    "multi_binary": lambda p: p.spaces.MultiBinary(4),
    "dict": lambda p: p.spaces.Dict(
        far=p.spaces.Box(-1, 1, (2,)), near=p.spaces.Discrete(3), picture=picture_space(p)
    ),
    "tuple": lambda p: p.spaces.Tuple(
        (p.spaces.Box(-1, 1, (2,)), p.spaces.Discrete(3), p.spaces.MultiBinary(2))
    ),
}


NUM_OBSERVATIONS = 101


@functools.cache
def observations(space: str) -> list[Any]:
    """Samples of a space, the same for both packages."""
    sampled = SPACES[space](gymnasium)
    sampled.seed(11)
    return [sampled.sample() for _ in range(NUM_OBSERVATIONS)]


def task_class(p: Any) -> type:
    """A class of environments whose observations are samples of any space."""

    class Task(p.Env):
        metadata: ClassVar = {"render_modes": ["ansi"], "render_fps": 5}

        def __init__(self, space="box", render_mode=None):
            self.render_mode = render_mode
            self.observation_space = SPACES[space](p)
            self.action_space = p.spaces.Box(np.float32([-1, 0]), np.float32([1, 4]), (2,))
            self.observations = observations(space)
            self.last_action = None
            self.count = 0

        def observe(self):
            self.count += 1
            return self.observations[self.count % NUM_OBSERVATIONS]

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.observe(), {"options": options, "drawn": self.np_random.random()}

        def step(self, action):
            self.last_action = action
            draw = self.np_random.random()
            terminated, truncated = draw < 0.02, 0.015 < draw < 0.03
            return (
                self.observe(),
                draw * float(action[1]) - 1,
                terminated,
                truncated,
                {"action": np.array(action)},
            )

        def render(self):
            return f"after {self.last_action}"

    # pickles find the class by this name
    Task.__qualname__ = f"{p.__name__.capitalize()}Task"
    return Task


PlyoTask, GymnasiumTask = task_class(plyo), task_class(gymnasium)
TASKS = {plyo: PlyoTask, gymnasium: GymnasiumTask}


def make(p: Any, environment: str) -> Any:
    """A Python environment on a package, or a classic task made by it, in the same arithmetic."""
    if environment in SPACES:
        return TASKS[p](environment)
    return p.make(environment, **({"math": "reference"} if p is plyo else {}))


def wrapper(name: str, *args: Any, **kwargs: Any) -> Wrap:
    """Puts one wrapper around an environment."""
    return lambda p, env: getattr(p.wrappers, name)(env, *args, **kwargs)


def compose(*wraps: Wrap) -> Wrap:
    """Puts several around it, the first innermost."""

    def wrap(p: Any, env: Any) -> Any:
        for one in wraps:
            env = one(p, env)
        return env

    return wrap


def without_times(result: Any) -> Any:
    """A result of `step` or `reset` without the seconds that an episode took."""
    info = result[-1]
    for statistics in info.values():
        if isinstance(statistics, dict) and "t" in statistics:
            assert statistics.pop("t") >= 0
    return result


def assert_same_quickly(ours: Any, theirs: Any) -> None:
    """The same as `assert_same`, which is asked only if the two are not equal to the byte as pickles."""
    if pickle.dumps(ours) != pickle.dumps(theirs):
        assert_same(ours, theirs)


def assert_same_run(environment: str, wrap: Wrap, num_steps: int = 2000) -> None:
    """Steps an environment under a wrapper in both packages, and compares all that comes out."""
    ours, our_warnings = outcome(lambda: wrap(plyo, make(plyo, environment)))
    theirs, their_warnings = outcome(lambda: wrap(gymnasium, make(gymnasium, environment)))
    # Gymnasium's Box makes NumPy complain of infinite bounds
    assert our_warnings == [w for w in their_warnings if w[0] != "RuntimeWarning"]
    assert ours[0] == theirs[0] == "returned", (ours, theirs)
    ours, theirs = ours[1], theirs[1]
    assert str(ours.observation_space) == str(theirs.observation_space)
    assert str(ours.action_space) == str(theirs.action_space)
    theirs.action_space.seed(3)
    assert_same(ours.reset(seed=7), theirs.reset(seed=7))
    actions = [theirs.action_space.sample() for _ in range(53)]
    for action in itertools.islice(itertools.cycle(actions), num_steps):
        our_result, their_result = without_times(ours.step(action)), without_times(theirs.step(action))
        assert_same_quickly(our_result, their_result)
        if (their_result[2] or their_result[3]) and not isinstance(ours, plyo.wrappers.Autoreset):
            assert_same(ours.reset(), theirs.reset())
