"""Environments in Python for the tests of batches, the same for Plyo and for Gymnasium.

Functions here find the package by its name, so that processes that are spawned can unpickle them.
"""

from __future__ import annotations

import importlib
import os
import time
from functools import cache, partial
from typing import Any

import numpy as np
from differential import assert_same

#: Infos of all kinds; a step has one or two of them.
INFOS: list[dict[str, Any]] = [
    {},
    {"int": 3, "float": 0.5},
    {"bool": True, "none": None},
    {"float32": np.float32(1.5), "int64": np.int64(7)},
    {"numpy_bool": np.bool_(True), "text": "some text"},
    {"array": np.arange(3, dtype=np.float32), "matrix": np.eye(2, dtype=np.int8)},
    {"nested": {"a": 1, "deep": {"b": 2.5, "c": "d"}}},
    {"list": [1, 2], "tuple": (3, "x")},
    {"zero_dim": np.array(4.5), "complex": 1j},
]
KINDS = ["discrete", "box", "image", "multi", "dict", "tuple", "text", "one_of"]


def spaces_of(package: str, kind: str) -> tuple[Any, Any]:
    """An observation space and an action space."""
    s = importlib.import_module(f"{package}.spaces")
    box = s.Box(-1.0, 1.0, (2, 3), np.float32)
    nested = {"b": s.Discrete(4), "a": s.Tuple((s.MultiBinary(3), s.Box(0, 9, (2,), np.float16)))}
    return {
        "discrete": lambda: (s.Discrete(5, start=-2), s.Discrete(3)),
        "box": lambda: (box, s.Box(-1.0, 1.0, (2,), np.float32)),
        "image": lambda: (s.Box(0, 255, (4, 4, 3), np.uint8), s.MultiDiscrete([3, 4])),
        "multi": lambda: (s.MultiDiscrete([3, 4]), s.MultiBinary(2)),
        "dict": lambda: (s.Dict(nested), s.Dict({"move": s.Discrete(3), "force": s.Box(0.0, 1.0, (1,))})),
        "tuple": lambda: (s.Tuple((s.Discrete(3), s.Dict(nested))), s.Tuple((s.Discrete(2), s.Discrete(3)))),
        "text": lambda: (s.Dict({"text": s.Text(6), "number": s.Discrete(2)}), s.Text(3)),
        "one_of": lambda: (s.OneOf([s.Discrete(3), box]), s.OneOf([s.Discrete(2), s.Discrete(3)])),
        "sequence": lambda: (s.Sequence(s.Discrete(3)), s.Discrete(3)),
    }[kind]()


@cache
def env_class(package: str) -> Any:
    """An environment with episodes, infos and rewards of all kinds."""
    gym = importlib.import_module(package)

    class Rich(gym.Env):
        metadata = {"render_modes": ["ansi"], "color": "green"}  # noqa: RUF012
        render_mode = "ansi"

        def __init__(self, index: int, kind: str) -> None:
            self.index, self.kind = index, kind
            self.observation_space, self.action_space = spaces_of(package, kind)
            self.height = index * 10
            self.steps = 0

        def observe(self) -> Any:
            self.observation_space.seed(int(self.np_random.integers(1 << 20)))
            return self.observation_space.sample()

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            super().reset(seed=seed)
            self.steps = 0
            return self.observe(), {"options": options, "resets": self.index} if self.index != 1 else {}

        def step(self, action: Any) -> Any:
            self.steps += 1
            info = dict(INFOS[(self.steps * 2 + self.index) % len(INFOS)])
            info["action"] = repr(action)
            reward = [0.25, 2, np.float32(1.1), np.int64(3)][self.index % 4] * self.steps
            terminated = self.steps >= 3 + self.index
            truncated = np.bool_((self.steps + self.index) % 5 == 0)
            return self.observe(), reward, terminated, truncated, info if self.index != 2 else {}

        def render(self) -> str:
            return f"{self.index}: {self.steps}"

        def add(self, a: int, b: int = 0) -> int:
            return self.height + a + b

    return Rich


@cache
def troubled_class(package: str) -> Any:
    """An environment that does harm on request."""
    gym = importlib.import_module(package)

    class Troubled(gym.Env):
        observation_space = gym.spaces.Box(0, 9, (2,), np.int64)
        action_space = gym.spaces.Discrete(100)

        def __init__(self, trouble: str = "", seconds: float = 0.0) -> None:
            self.trouble, self.seconds = trouble, seconds
            self.count = self.total = 0
            self._act("init")

        def _act(self, where: str) -> None:
            what, _, place = self.trouble.partition(" ")
            if place == where:
                if what == "raise":
                    raise ValueError(f"trouble in {where}")
                if what == "percent":
                    raise ValueError("100% sure, %d %s")
                if what == "sleep":
                    time.sleep(self.seconds)
                if what == "exit":
                    os._exit(3)
                if what == "odd":
                    raise OddError("a", "b")
                if what == "local":

                    class Local(Exception):
                        pass

                    raise Local("hidden class")

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            super().reset(seed=seed)
            self._act("reset")
            self.count = 0
            return np.zeros(2, np.int64), {}

        def step(self, action: Any) -> Any:
            self._act("step")
            self.count += 1
            self.total += int(action)
            return np.array([self.count, action % 10]), float(action), False, False, {}

        def pause(self, seconds: float) -> int:
            time.sleep(seconds)
            return os.getpid()

        def work(self) -> int:
            self._act("call")
            return self.count

        def close(self) -> None:
            self._act("close")

    return Troubled


class OddError(Exception):
    """An exception that cannot be made from one argument."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def make_rich(package: str, kind: str, index: int) -> Any:
    return env_class(package)(index, kind)


def make_troubled(package: str, trouble: str = "", seconds: float = 0.0) -> Any:
    return troubled_class(package)(trouble, seconds)


def rich_fns(package: str, kind: str, num_envs: int = 4) -> list[Any]:
    return [partial(make_rich, package, kind, index) for index in range(num_envs)]


def troubled_fns(*troubles: str, seconds: float = 0.0, package: str = "plyo") -> list[Any]:
    """One environment for each trouble, such as ``"raise step"``; the first has none when it is made first."""
    return [partial(make_troubled, package, trouble, seconds) for trouble in troubles]


def plain(value: Any) -> Any:
    """A value that :func:`assert_same` can compare: arrays of objects become lists."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return ["array of objects", value.shape, [plain(part) for part in value.tolist()]]
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(plain(part) for part in value)
    return value


def assert_same_results(ours: Any, theirs: Any) -> None:
    """Asserts that results agree in every type and bit."""
    assert_same(plain(ours), plain(theirs))


def run(
    envs: Any, steps: int = 14, options: dict[str, Any] | None = None, reset_again: bool = True
) -> list[Any]:
    """The results of a batch for some steps; without autoreset, finished environments are reset."""
    results = [envs.reset(seed=7, options=options)]
    envs.action_space.seed(3)
    disabled = envs.metadata["autoreset_mode"].name == "DISABLED"
    for _ in range(steps):
        results.append(envs.step(envs.action_space.sample()))
        done = results[-1][2] | results[-1][3]
        if disabled and done.any():
            results.append(envs.reset(options={"reset_mask": done, "why": "done"}))
    if reset_again:
        results.append(envs.reset(seed=[1, None, 3, None]))
        results.append(envs.step(envs.action_space.sample()))
    return results
