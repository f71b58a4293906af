"""Environments with one fault each, for either package; the messages of the checkers are compared.

``BROKEN`` maps a name to a function that takes a package and a sound class on it, and returns the broken class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

BROKEN: dict[str, Callable[[Any, type], type]] = {}


def sound(p: Any) -> type:
    """A class in which nothing is wrong."""

    class Sound(p.Env):
        metadata: ClassVar = {"render_modes": []}

        def __init__(self, render_mode=None):
            self.render_mode = render_mode
            self.action_space = p.spaces.Discrete(2)
            self.observation_space = p.spaces.Box(-1, 1, (2,))

        def observe(self):
            return self.np_random.uniform(-1, 1, 2).astype(np.float32)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return self.observe(), {"new": True}

        def step(self, action):
            return self.observe(), 1.0, False, False, {"new": False}

        def render(self):
            return "nothing to see"

    return Sound


def broken(make: Callable[[Any, type], type]) -> Callable[[Any, type], type]:
    """Adds a broken class to the collection."""
    BROKEN[make.__name__] = make
    return make


def with_members(name: str, **members: Any) -> None:
    """Adds a class that differs from the sound one in some members."""
    BROKEN[name] = lambda p, base: type("Broken", (base,), members)


def with_spaces(name: str, observation: Any = None, action: Any = None, **members: Any) -> None:
    """Adds a class with other spaces, each made by a function of the package."""

    def make(p: Any, base: type) -> type:
        class Broken(base):
            def __init__(self, render_mode=None):
                super().__init__(render_mode)
                if observation is not None:
                    self.observation_space = observation(p.spaces)
                if action is not None:
                    self.action_space = action(p.spaces)

        for member, value in members.items():
            setattr(Broken, member, value)
        return Broken

    BROKEN[name] = make


def zeros(self: Any) -> Any:
    """A legal observation."""
    return np.zeros(2, np.float32)


# Spaces


@broken
def no_action_space(p, base):
    class Broken(base):
        def __init__(self, render_mode=None):
            super().__init__(render_mode)
            del self.action_space

    return Broken


@broken
def no_observation_space(p, base):
    class Broken(base):
        def __init__(self, render_mode=None):
            super().__init__(render_mode)
            del self.observation_space

    return Broken


with_spaces("action_space_is_no_space", action=lambda s: "two actions")
with_spaces("observation_space_is_no_space", observation=lambda s: [0, 1])
with_spaces("no_room_in_observation_box", observation=lambda s: s.Box(0, 0, (2,)), observe=zeros)
with_spaces("no_room_in_action_box", action=lambda s: s.Box(np.float32([0, 1]), np.float32([0, 2])))
with_spaces("unbounded_boxes", lambda s: s.Box(-np.inf, np.inf, (2,)), lambda s: s.Box(-np.inf, np.inf, (1,)))
with_spaces("actions_not_normalised", action=lambda s: s.Box(-2, 2, (1,)))
with_spaces("actions_not_symmetric", action=lambda s: s.Box(np.float32([-1, 0]), np.float32([0.5, 1])))
with_spaces("actions_of_a_matrix", action=lambda s: s.Box(-3, 2, (2, 2)))
with_spaces("empty_tuple", observation=lambda s: s.Tuple(()))
with_spaces("empty_dict_inside", action=lambda s: s.Tuple((s.Discrete(2), s.Dict({}))))
with_spaces(
    "bounds_inside_a_dict",
    lambda s: s.Dict({"a": s.Box(-np.inf, 1, (1,)), "b": s.Tuple((s.Box(0, np.inf, (1,)),))}),
    observe=lambda self: {"a": np.zeros(1, np.float32), "b": (np.zeros(1, np.float32),)},
)


@broken
def bounds_of_another_shape(p, base):
    class Broken(base):
        def __init__(self, render_mode=None):
            super().__init__(render_mode)
            self.observation_space.low = np.zeros(3, np.float32)

    return Broken


@broken
def low_above_high(p, base):
    class Broken(base):
        def __init__(self, render_mode=None):
            super().__init__(render_mode)
            self.observation_space.low, self.observation_space.high = np.full((2, 2), [[1.0], [-1.0]])

    return Broken


# reset

with_members("reset_is_missing", reset=lambda self, *, seed=None, options=None: None)
with_members("reset_without_seed", reset=lambda self, *, options=None: (self.observe(), {}))
with_members("reset_without_options", reset=lambda self, *, seed=None: (self.observe(), {}))
with_members("reset_without_arguments", reset=lambda self: (self.observe(), {}))
with_members("reset_ignores_the_seed", reset=lambda self, *, seed=None, options=None: (zeros(self), {}))
with_members("reset_takes_no_keywords_in_truth", reset=lambda self, *, seed=None, **kwargs: {}[seed])
with_members("reset_returns_a_list", reset=lambda self, *, seed=None, options=None: [zeros(self), {}])
with_members("reset_returns_three", reset=lambda self, *, seed=None, options=None: (zeros(self), {}, 0))
with_members(
    "reset_info_is_no_dict", reset=lambda self, *, seed=None, options=None: (zeros(self), [("a", 1)])
)
with_members("seed_and_return_info", seed=lambda self, seed=None: [seed])
with_members("metadata_of_jax", metadata={"render_modes": [], "jax": True})
with_members("metadata_of_jax_is_false", metadata={"render_modes": [], "jax": False})


@broken
def seeded_by_default(p, base):
    class Broken(base):
        def reset(self, *, seed=42, options=None):
            return super().reset(seed=seed)

    return Broken


@broken
def return_info(p, base):
    class Broken(base):
        def reset(self, *, seed=None, return_info=True, options=None):
            return super().reset(seed=seed)

    return Broken


@broken
def options_raise_a_type_error(p, base):
    class Broken(base):
        def reset(self, *, seed=None, options=None):
            if options is not None:
                raise TypeError("options must be None")
            return super().reset(seed=seed)

    return Broken


@broken
def reset_draws_from_elsewhere(p, base):
    class Broken(base):
        count = 0

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.count += 1
            return np.full(2, 1 / self.count, np.float32), {}

    return Broken


@broken
def reset_is_nearly_deterministic(p, base):
    class Broken(base):
        count = 0

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.count += 1
            return np.full(2, self.count * 1e-7, np.float32), {}

    return Broken


@broken
def every_seed_is_the_same(p, base):
    class Broken(base):
        def reset(self, *, seed=None, options=None):
            super().reset(seed=None if seed is None else 7)
            return self.observe(), {}

    return Broken


# Observations

with_members("observation_is_a_list", observe=lambda self: [0.0, 0.0])
with_members("observation_of_float64", observe=lambda self: np.zeros(2))
with_members("observation_of_another_shape", observe=lambda self: np.zeros(3, np.float32))
with_members("observation_out_of_bounds", observe=lambda self: np.full(2, 2, np.float32))
with_members("observation_is_none", observe=lambda self: None)
with_members("observation_is_nan", observe=lambda self: np.full(2, np.nan, np.float32))
with_spaces("discrete_observation_is_float", lambda s: s.Discrete(3), observe=lambda self: 1.0)
with_spaces("multi_binary_observation_is_a_list", lambda s: s.MultiBinary(2), observe=lambda self: [0, 1])
with_spaces(
    "tuple_observation_is_too_short",
    lambda s: s.Tuple((s.Discrete(2), s.Discrete(2))),
    observe=lambda self: (1,),
)
with_spaces(
    "dict_observation_has_other_keys", lambda s: s.Dict({"a": s.Discrete(2)}), observe=lambda self: {"b": 1}
)


@broken
def only_steps_leave_the_space(p, base):
    class Broken(base):
        def step(self, action):
            return np.full(2, 5, np.float64), 1.0, False, False, {}

    return Broken


# step

with_members("step_is_missing", step=lambda self, action: None)
with_members("step_raises", step=lambda self, action: {}["no such key"])
with_members("step_returns_four", step=lambda self, action: (self.observe(), 1.0, False, {}))
with_members("step_returns_six", step=lambda self, action: (self.observe(), 1.0, False, False, {}, 0))
with_members("step_returns_a_list", step=lambda self, action: [self.observe(), 1.0, False, False, {}])
with_members("reward_is_nan", step=lambda self, action: (self.observe(), float("nan"), False, False, {}))
with_members("reward_is_infinite", step=lambda self, action: (self.observe(), -np.inf, False, False, {}))
with_members("reward_is_text", step=lambda self, action: (self.observe(), "much", False, False, {}))
with_members("reward_is_an_array", step=lambda self, action: (self.observe(), np.ones(1), False, False, {}))
with_members("flags_are_integers", step=lambda self, action: (self.observe(), 1.0, 0, 0, {}))
with_members("flags_are_text", step=lambda self, action: (self.observe(), 1.0, "no", False, {}))
with_members("info_is_a_list", step=lambda self, action: (self.observe(), 1.0, False, False, []))
with_members("truncates_at_once", step=lambda self, action: (self.observe(), 1.0, False, True, {}))
with_members("terminates_at_once", step=lambda self, action: (self.observe(), 1.0, True, False, {}))


@broken
def steps_differ(p, base):
    class Broken(base):
        count = 0

        def step(self, action):
            self.count += 1
            small = np.full(2, self.count / 1000, np.float32)
            return small, 1.0, False, False, {}

    return Broken


def differing(name: str, make_step: Callable[[Any, int], Any]) -> None:
    """Adds a class whose steps depend on how many there were."""

    def make(p: Any, base: type) -> type:
        class Broken(base):
            count = 0

            def step(self, action):
                self.count += 1
                return make_step(self, self.count)

        return Broken

    BROKEN[name] = make


differing("rewards_differ", lambda self, n: (zeros(self), float(n), False, False, {}))
differing("rewards_nearly_differ", lambda self, n: (zeros(self), np.full(1, n * 1e-9), False, False, {}))
differing("terminations_differ", lambda self, n: (zeros(self), 1.0, n % 2 == 0, False, {}))
differing("infos_differ", lambda self, n: (zeros(self), 1.0, False, False, {"n": n}))
differing(
    "infos_nearly_differ", lambda self, n: (zeros(self), 1.0, False, False, {"n": np.full(2, n * 1e-9)})
)


@broken
def step_draws_by_a_count(p, base):
    class Broken(base):
        count = 0

        def step(self, action):
            self.count += 1
            self.np_random.random(self.count)
            return zeros(self), 1.0, False, False, {}

    return Broken


# Data that is handed out twice


@broken
def one_observation_buffer(p, base):
    class Broken(base):
        def observe(self):
            if not hasattr(self, "buffer"):
                self.buffer = np.zeros(2, np.float32)
            self.buffer[:] = self.np_random.uniform(-1, 1, 2)
            return self.buffer

    return Broken


@broken
def views_of_one_buffer(p, base):
    class Broken(base):
        buffer = np.zeros(2, np.float32)

        def observe(self):
            return self.buffer[:]

    return Broken


@broken
def one_info(p, base):
    class Broken(base):
        info: ClassVar = {}

        def reset(self, *, seed=None, options=None):
            return super().reset(seed=seed)[0], self.info

        def step(self, action):
            return self.observe(), 1.0, False, False, self.info

    return Broken


@broken
def one_array_in_all_infos(p, base):
    class Broken(base):
        table = np.zeros(3)

        def step(self, action):
            return self.observe(), 1.0, False, False, {"deep": ({"table": self.table},)}

    return Broken


# Rendering

with_members("render_modes_missing", metadata={})
with_members("render_modes_none", metadata={"render_modes": None})
with_members("render_modes_are_no_list", metadata={"render_modes": {"ansi": 1}, "render_fps": 3})
with_members("render_modes_are_no_text", metadata={"render_modes": [1], "render_fps": 3})
with_members("render_fps_missing", metadata={"render_modes": ["ansi"]})
with_members("render_fps_is_text", metadata={"render_modes": ["ansi"], "render_fps": "fast"})
with_members("render_fps_is_zero", metadata={"render_modes": ["ansi"], "render_fps": 0})


def drawing(name: str, mode: str, picture: Any) -> None:
    """Adds a class that draws the wrong thing in a render mode."""
    metadata = {"render_modes": [mode], "render_fps": 30}
    BROKEN[name] = lambda p, base: type(
        "Broken", (base,), {"metadata": metadata, "render": lambda self: picture}
    )


drawing("human_returns_something", "human", 3)
drawing("rgb_is_a_list", "rgb_array", [[1]])
drawing("rgb_of_float", "rgb_array", np.zeros((2, 2, 3)))
drawing("rgb_is_flat", "rgb_array", np.zeros((2, 2), np.uint8))
drawing("rgb_has_four_channels", "rgb_array", np.zeros((2, 2, 4), np.uint8))
drawing("depth_is_none", "depth_array", None)
drawing("depth_has_three_axes", "depth_array", np.zeros((2, 2, 1)))
drawing("ansi_is_bytes", "ansi", b"text")
drawing("list_is_a_tuple", "ansi_list", ("text",))
drawing("list_of_the_wrong_thing", "rgb_array_list", [np.zeros((2, 2, 3), np.uint8), None])
with_members(
    "render_raises", metadata={"render_modes": ["ansi"], "render_fps": 3}, render=lambda self: 1 // 0
)


@broken
def ignores_the_render_mode(p, base):
    class Broken(base):
        metadata: ClassVar = {"render_modes": ["ansi"], "render_fps": 3}

        def __init__(self, render_mode=None):
            super().__init__(render_mode and "something else")

    return Broken


# Making and closing

with_members("constructor_raises_when_made", __init__=lambda self, render_mode=None: {}["no such key"])


@broken
def closing_twice_raises(p, base):
    class Broken(base):
        closed = False

        def close(self):
            if self.closed:
                raise RuntimeError("it is closed already")
            self.closed = True

    return Broken


@broken
def wrapped(p, base):
    class Sound(base):
        pass

    return lambda render_mode=None: p.Wrapper(Sound(render_mode))


@broken
def no_environment_at_all(p, base):
    class Broken:
        metadata: ClassVar = {"render_modes": []}
        spec = None

        def __init__(self, render_mode=None):
            pass

    return Broken
