"""The messages of the checkers about broken environments, against Gymnasium's; Plyo's tasks give none."""

from __future__ import annotations

import importlib
import inspect
import sys
from typing import ClassVar

import gymnasium
import gymnasium.utils.env_checker
import gymnasium.utils.passive_env_checker
import numpy as np
import pytest
from broken_environments import BROKEN, sound
from contract_helpers import task_of
from differential import assert_same, assert_same_outcome, outcome

import plyo
import plyo.utils.env_checker
import plyo.utils.passive_env_checker

PACKAGES = (plyo, gymnasium)


#: Odd-looking but right: only environments without a spec get a message.
ALLOWED = ("metadata_of_jax_is_false", "actions_of_a_matrix", "terminates_at_once")


def check_all(p, name, with_spec):
    """Checks an environment; its spec makes others like it."""
    env_class = BROKEN[name](p, sound(p))
    env = env_class()
    if with_spec and hasattr(env, "unwrapped"):
        env.unwrapped.spec = p.envs.registration.EnvSpec("Broken-v0", entry_point=env_class)
    return p.utils.env_checker.check_env(env)


def use_made(p, name):
    """Uses an environment that `make` has put its checks around."""
    spec = p.envs.registration.EnvSpec(
        "Broken-v0", entry_point=BROKEN[name](p, sound(p)), max_episode_steps=4
    )
    env = p.make(spec)
    env.action_space.seed(0)
    env.reset(seed=0)
    for _ in range(3):
        env.step(env.action_space.sample())
    env.reset()
    if spec.entry_point.metadata.get("render_modes"):
        env.render()
    env.close()
    env.close()


def test_there_are_thirty():
    assert len(BROKEN) >= 30


@pytest.mark.parametrize("with_spec", [False, True], ids=["alone", "with_spec"])
@pytest.mark.parametrize("name", BROKEN)
def test_check_env_says_the_same(name, with_spec):
    ours = outcome(lambda: check_all(plyo, name, with_spec))
    assert ours[0][0] == "raised" or ours[1] or name in ALLOWED, "nothing was found"
    assert_same(ours, outcome(lambda: check_all(gymnasium, name, with_spec)))


@pytest.mark.parametrize("name", BROKEN)
def test_the_passive_checker_says_the_same(name):
    if name == "wrapped":
        pytest.skip("functions name no render modes")
    if name == "reset_is_missing":  # Gymnasium's wrapper fails at its own comparison after the warning
        result, warned = outcome(lambda: use_made(plyo, name))
        assert result == ("returned", None)
        assert warned == outcome(lambda: use_made(gymnasium, name))[1]
        return
    assert_same_outcome(lambda p: use_made(p, name), plyo, gymnasium)


@pytest.mark.parametrize("mode", ["ansi", "human", "rgb_array", "depth_array", "ansi_list", "rgb_array_list"])
@pytest.mark.parametrize(
    "name", [name for name in BROKEN if "render" in name or "rgb" in name or "_is_" in name]
)
def test_rendering_is_checked(name, mode):
    def call(p):
        try:
            env = BROKEN[name](p, sound(p))(render_mode=mode)
        except Exception:
            return None
        return p.utils.passive_env_checker.env_render_passive_checker(env)

    assert_same_outcome(call, plyo, gymnasium)


def test_a_sound_environment_passes():
    for p in PACKAGES:
        env = sound(p)()
        env.spec = p.envs.registration.EnvSpec("Sound-v0", entry_point=sound(p))
        assert outcome(lambda p=p, env=env: p.utils.env_checker.check_env(env)) == (("returned", None), [])


@pytest.mark.parametrize(
    "arguments", [{"warn": True}, {"skip_render_check": True}, {"skip_close_check": True}], ids=str
)
def test_arguments_of_check_env(arguments):
    for name in ("render_fps_missing", "closing_twice_raises", "ansi_is_bytes"):

        def call(p, name=name):
            env = BROKEN[name](p, sound(p))()
            env.spec = p.envs.registration.EnvSpec("Broken-v0", entry_point=BROKEN[name](p, sound(p)))
            return p.utils.env_checker.check_env(env, **arguments)

        assert_same_outcome(call, plyo, gymnasium)


def test_old_gym_is_named():
    class OldEnv:
        __module__, __qualname__ = "gym.core", "Env"

    class OldSpace:
        __module__, __qualname__ = "gym.spaces.space", "Space"

    def call(p, space):
        env = sound(p)()
        setattr(env, space, type("OldDiscrete", (OldSpace,), {})())
        return p.utils.env_checker.check_env(env)

    assert_same_outcome(
        lambda p: p.utils.env_checker.check_env(type("Old", (OldEnv,), {})()), plyo, gymnasium
    )
    for space in ("action_space", "observation_space"):
        ours, theirs = (outcome(lambda p=p, space=space: call(p, space))[0][1:] for p in PACKAGES)
        assert ours == theirs


def test_environments_of_torch_are_checked_as_numpy(monkeypatch):
    """Gymnasium looks for a wrapper that it does not have."""
    torch = pytest.importorskip("array_api_strict")
    monkeypatch.setitem(sys.modules, "torch", torch)

    class Tensors(sound(plyo)):
        metadata: ClassVar = {"render_modes": [], "torch": True}

        def observe(self):
            return torch.asarray(super().observe())

        def step(self, action):
            return self.observe(), 1.0, False, False, {}

    assert outcome(lambda: plyo.utils.env_checker.check_env(Tensors(), skip_render_check=True)) == (
        ("returned", None),
        [],
    )


# Plyo's own environments


def test_native_tasks_pass_in_silence(task_id, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = plyo.make(plyo.spec(task_id))  # by its spec: ids that have a successor warn
    # a window of MuJoCo needs a display
    windows = task_of(task_id)["needs"] == "mujoco"
    check = plyo.utils.env_checker.check_env
    assert outcome(lambda: check(env, skip_render_check=windows)) == (("returned", None), [])


def test_native_tasks_pass_the_passive_checker(task_id):
    def use():
        env = plyo.wrappers.PassiveEnvChecker(plyo.make(task_id))
        env.reset(seed=1)
        for _ in range(3):
            if env.step(env.action_space.sample())[2]:  # some tasks may end at once
                env.reset()
        env.close()
        env.close()

    _, warned = outcome(use)
    assert [w for w in warned if w[0] != "DeprecationWarning"] == []


# The parts


VALUES = [
    None, 1, 1.0, True, "a", np.int8(1), np.zeros(2), np.ones(2), np.full(2, 1e-7), np.zeros(2, np.float32),
    np.zeros((2, 1)), np.array([1, None], dtype=object), np.array([1, "a"], dtype=object), [], [1], (1,), (1, [2]), {},
    {"a": np.zeros(2)}, {"a": np.full(2, 1e-7)}, {"b": 1}, [np.zeros(2)], [np.full(2, 1e-9)],
]  # fmt: skip


def test_data_equivalence():
    for exact in (False, True):
        for first in VALUES:
            for second in VALUES:
                assert_same_outcome(
                    lambda p, a=first, b=second, exact=exact: p.utils.env_checker.data_equivalence(
                        a, b, exact
                    ),
                    plyo,
                    gymnasium,
                )


def test_data_shares_objects():
    buffer, objects = np.arange(6.0), np.array([{}, np.zeros(2)], dtype=object)
    values = [
        *VALUES, buffer, buffer[:3], buffer[3:], buffer[::2], {"a": buffer}, {"a": buffer[2:4], "c": 1}, (buffer[1:2],),
        (1, buffer), objects, objects[:1], objects.copy(), {"a": {"b": (objects,)}}, {"a": {"b": (buffer,)}},
    ]  # fmt: skip
    shared = 0
    for first in values:
        for second in values:
            results = [p.utils.passive_env_checker.data_shares_objects(first, second) for p in PACKAGES]
            assert results[0] is results[1]
            shared += results[0]
    assert shared > len(values)


@pytest.mark.parametrize("module", ["env_checker", "passive_env_checker", "env_match", "performance"])
def test_signatures(module):
    ours, theirs = (importlib.import_module(f"{p.__name__}.utils.{module}") for p in PACKAGES)
    compared = 0
    for name, value in vars(theirs).items():
        if inspect.isfunction(value) and value.__module__ == theirs.__name__ and not name.startswith("_"):
            parameters = [inspect.signature(f).parameters.values() for f in (getattr(ours, name), value)]
            facts = [[(p.name, p.kind, p.default) for p in of_one] for of_one in parameters]
            assert facts[0] == facts[1], name
            compared += 1
    assert compared
