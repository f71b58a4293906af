"""Batches for the tests of the vector wrappers: the same environments in Plyo and in Gymnasium, and runs of them."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from importlib.util import find_spec
from typing import Any

import differential
import numpy as np
import pytest

import plyo

#: Gymnasium converts arrays with this package.
HAS_ARRAY_API_COMPAT = find_spec("array_api_compat") is not None
needs_opencv = pytest.mark.skipif(find_spec("cv2") is None, reason="ResizeObservation needs OpenCV")

MODES = ["next_step", "same_step", "disabled"]
NUM_ENVS = 4

#: The number of results that a `Watcher` keeps: copies are slow.
_REMEMBERED = 40


def assert_same(ours: Any, theirs: Any) -> None:
    """Asserts that two results agree in type, dtype, shape and every bit, arrays of objects by their contents."""
    differential.assert_same(_opened(ours), _opened(theirs))


def _opened(value: Any) -> Any:
    """A value with lists in place of arrays of objects."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return ["array of objects", value.shape, [_opened(part) for part in value.flat]]
    if isinstance(value, dict):
        return {key: _opened(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)([_opened(part) for part in value])
    return value


def observation_space(gym: Any, kind: str) -> Any:
    """An observation space of either package."""
    spaces = gym.spaces
    simple = {
        "box": lambda: spaces.Box(-1.0, 2.0, (3,)),
        "box64": lambda: spaces.Box(-1.0, 2.0, (2, 3), np.float64),
        "number": lambda: spaces.Box(-1.0, 2.0, ()),
        "half": lambda: spaces.Box(np.array([-np.inf, 0, -2]), np.array([5, np.inf, 4]), dtype=np.float64),
        "rgb": lambda: spaces.Box(0, 255, (5, 4, 3), np.uint8),
        "gray": lambda: spaces.Box(0, 255, (6, 5), np.uint8),
        "discrete": lambda: spaces.Discrete(5, start=-2),
        "digits": lambda: spaces.MultiDiscrete([3, 4, 2]),
        "digits2": lambda: spaces.MultiDiscrete([[3, 4], [2, 5]], dtype=np.int32, start=[[1, -2], [0, 3]]),
        "bits": lambda: spaces.MultiBinary((2, 3)),
        "text": lambda: spaces.Text(6),
    }
    composite = {
        "dict": {"b": "box", "a": "discrete", "c": "bits"},
        "deep": {"x": "pair", "y": "box64"},
        "words": {"b": "box", "t": "text"},
    }
    if kind in simple:
        return simple[kind]()
    if kind in composite:
        return spaces.Dict({key: observation_space(gym, part) for key, part in composite[kind].items()})
    assert kind == "pair"
    return spaces.Tuple([observation_space(gym, part) for part in ("digits2", "box", "number")])


def action_space(gym: Any, kind: str) -> Any:
    """An action space of either package."""
    return {
        "discrete": lambda: gym.spaces.Discrete(3),
        "box": lambda: gym.spaces.Box(np.array([-1, -2], np.float32), np.array([1, 3], np.float32)),
        "free": lambda: gym.spaces.Box(-np.inf, np.inf, (2,)),
        "pair": lambda: gym.spaces.Tuple([gym.spaces.Box(-1.0, 1.0, (2,)), gym.spaces.Discrete(2)]),
    }[kind]()


@cache
def samples(gym: Any, kind: str) -> list[Any]:
    """Some elements of an observation space, the same for either package."""
    space = observation_space(gym, kind)
    space.seed(7)
    return [space.sample() for _ in range(32)]


@cache
def toy_class(gym: Any) -> Any:
    """A class of environments, by the package that it is for."""

    class Toy(gym.Env):
        """Draws everything from its generator; the reward encodes the action."""

        metadata = {"render_modes": []}  # noqa: RUF012

        def __init__(self, observation: str = "box", action: str = "discrete") -> None:
            self.observation_space = observation_space(gym, observation)
            self.action_space = action_space(gym, action)
            self.samples = samples(gym, observation)
            self.reset_count = 0

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            super().reset(seed=seed)
            self.reset_count += 1
            return self.samples[self.np_random.integers(32)], {"reset_count": self.reset_count}

        def step(self, action: Any) -> Any:
            parts = action if isinstance(action, tuple) else (action,)
            draw = self.np_random.random()
            reward = sum(sum(np.ravel(part).tolist()) for part in parts) + 9 * draw % 1 - 0.5
            info = {"draw": draw, "nested": {"vector": np.full(2, draw)}, "word": "even"}
            if draw < 0.5:
                del info["word"]
            return self.samples[int(draw * 1e6) % 32], reward, draw < 0.06, 0.04 < draw < 0.1, info

    return Toy


def toys(gym: Any, mode: str = "next_step", wrap: Any = None, **kwargs: Any) -> Any:
    """A ``SyncVectorEnv`` of toy environments.

    Args:
        gym: The package.
        mode: The autoreset mode.
        wrap: Wraps each environment.
        **kwargs: The spaces.
    """

    def make() -> Any:
        env = toy_class(gym)(**kwargs)
        return env if wrap is None else wrap(env)

    return gym.vector.SyncVectorEnv([make] * NUM_ENVS, autoreset_mode=_mode(gym, mode))


def tasks(gym: Any, task_id: str, mode: str = "next_step", wrap: Any = None) -> Any:
    """A batch of a built-in task: Plyo's native one, or Gymnasium's environments one after the other."""
    if gym is plyo:
        return plyo.make_vec(task_id, NUM_ENVS, autoreset_mode=mode, math="reference")

    def make() -> Any:
        env = gym.make(task_id, disable_env_checker=True)
        return env if wrap is None else wrap(env)

    return gym.vector.SyncVectorEnv([make] * NUM_ENVS, autoreset_mode=_mode(gym, mode))


def batch(gym: Any, source: str, mode: str, wrap: Any = None) -> Any:
    """A batch by its name, ``"toy:observation:action"`` or the id of a task."""
    if source.startswith("toy"):
        _, observation, action = source.split(":")
        return toys(gym, mode, wrap, observation=observation, action=action)
    return tasks(gym, source, mode, wrap)


def _mode(gym: Any, mode: str) -> Any:
    return gym.vector.AutoresetMode[mode.upper()]


def equal_spaces(ours: Any, theirs: Any) -> None:
    """Asserts that all spaces of two batches are the same."""
    for name in ("single_observation_space", "observation_space", "single_action_space", "action_space"):
        assert_same(str(getattr(ours, name)), str(getattr(theirs, name)))
        assert_same(getattr(ours, name).dtype, getattr(theirs, name).dtype)


def without_times(infos: Any, key: str = "episode") -> Any:
    """Infos without how long episodes took, which is never the same twice."""
    if not isinstance(infos, dict) or key not in infos:
        return infos
    return {**infos, key: {k: v for k, v in infos[key].items() if k != "t"}}


def actions_of(space: Any, seed: int) -> Any:
    """An endless iterator over batched actions."""
    space = deepcopy(space)
    space.seed(seed)
    while True:
        yield space.sample()


def steps_of(source: str) -> int:
    """The number of steps in which a batch of this name ends a few episodes."""
    slow = {"MountainCar-v0": 210, "MountainCarContinuous-v0": 1001, "Pendulum-v1": 210}
    return slow.get(source, 130)


def run_side_by_side(
    ours: Any,
    theirs: Any,
    mode: str,
    steps: int = 130,
    compare: Any = assert_same,
    partial_resets: bool = True,
) -> None:
    """Steps two batches with the same actions and compares everything that they return.

    Args:
        ours: Plyo's.
        theirs: Gymnasium's.
        mode: Their autoreset mode.
        steps: How often.
        compare: Asserts that two results, with observations first and infos last, are the same.
        partial_resets: Whether in disabled mode only the environments are reset that have ended, instead of all.
    """
    compare(ours.reset(seed=3), theirs.reset(seed=3))
    ended = 0
    for _, actions in zip(range(steps), actions_of(theirs.action_space, 5), strict=False):
        ours_now, theirs_now = ours.step(deepcopy(actions)), theirs.step(deepcopy(actions))
        compare(ours_now, theirs_now)
        dones = np.logical_or(theirs_now[2], theirs_now[3])
        ended += dones.sum()
        if mode == "disabled" and dones.any():
            mask = {"reset_mask": dones} if partial_resets else None
            compare(ours.reset(options=deepcopy(mask)), theirs.reset(options=deepcopy(mask)))
    assert ended > 3  # else the mode has not been tried
    ours.close()
    theirs.close()


class Watcher(plyo.vector.VectorWrapper):
    """Keeps the results of a batch and copies of them, to find later changes."""

    def __init__(self, env: Any, limit: int = _REMEMBERED) -> None:
        super().__init__(env)
        self.limit = limit
        self.seen: list[Any] = []

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        return self._remember(self.env.reset(seed=seed, options=options))

    def step(self, actions: Any) -> Any:
        return self._remember(self.env.step(actions))

    def _remember(self, result: Any) -> Any:
        if len(self.seen) < self.limit:
            self.seen.append((result, deepcopy(result)))
        return result

    def check(self) -> None:
        for now, then in self.seen:
            assert_same(now, then)


def close_to(ours: Any, theirs: Any, tolerance: float = 1e-6) -> None:
    """Asserts that two results of a step or a reset agree, arrays of floats within a relative and absolute bound."""
    assert type(ours).__name__ == type(theirs).__name__
    if isinstance(ours, np.ndarray) and ours.dtype.kind == "f":
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
    elif isinstance(ours, np.ndarray) and ours.dtype == object:
        close_to(list(ours), list(theirs), tolerance)
    elif isinstance(ours, (tuple, list)):
        for our_part, their_part in zip(ours, theirs, strict=True):
            close_to(our_part, their_part, tolerance)
    elif isinstance(ours, dict):
        assert list(ours) == list(theirs)
        close_to(list(ours.values()), list(theirs.values()), tolerance)
    else:
        assert_same(ours, theirs)
