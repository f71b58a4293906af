"""The options that native tasks share: declared once, with their documentation, and kept by copies."""

from __future__ import annotations

import inspect
import pickle
from copy import deepcopy
from dataclasses import fields
from typing import Any

import pytest

import plyo
from plyo._native import Engine
from plyo.envs.classic_control import CartPoleEnv, CartPoleVectorEnv
from plyo.tasks.options import EngineOptions
from plyo.vector import AutoresetMode
from plyo.vector._batch_options import BatchOptions

PIXELS = {"observation": "pixels", "size": (20, 30), "gray": False, "stack": 2, "channels": "last"}
SHARED: list[dict[str, Any]] = [
    {"max_episode_steps": 7},
    {"math": "reference"},
    {"record_episode_statistics": True},
    {"render_style": "smooth"},
    PIXELS,
]
OF_BATCHES: list[dict[str, Any]] = [
    {"num_threads": 2},
    {"autoreset_mode": AutoresetMode.SAME_STEP},
    {"num_buffers": 2},
    {"reward_dtype": "float32"},
]


def test_the_cases_name_every_option() -> None:
    assert {name for case in SHARED for name in case} == EngineOptions.defaults().keys()
    assert {name for case in SHARED + OF_BATCHES for name in case} == BatchOptions.defaults().keys()


@pytest.mark.parametrize("options", [EngineOptions, BatchOptions])
def test_every_option_is_documented_and_in_the_signatures(options: type[EngineOptions]) -> None:
    cls = CartPoleEnv if options is EngineOptions else CartPoleVectorEnv
    parameters = inspect.signature(cls).parameters
    for field in fields(options):
        assert f"        {field.name}: " in cls.__doc__
        assert parameters[field.name].default == field.default


def test_the_engine_refuses_options_that_it_lacks_or_does_not_know() -> None:
    options = EngineOptions().to_engine()
    for name in options:
        with pytest.raises(TypeError, match=f"an engine needs the option {name}"):
            Engine(task="CartPole", num_envs=1, params={}, **{n: v for n, v in options.items() if n != name})
    with pytest.raises(TypeError, match="an engine knows no option speed"):
        Engine(task="CartPole", num_envs=1, params={}, **options, speed=2)


def test_options_are_taken_out_of_arguments() -> None:
    arguments = {"math": "reference", "is_slippery": False, "num_threads": 3, "stack": None}
    options = EngineOptions.take(arguments)
    assert arguments == {"is_slippery": False, "num_threads": 3}
    assert vars(options) == EngineOptions.defaults() | {"math": "reference"}


@pytest.mark.parametrize("case", SHARED + OF_BATCHES, ids=lambda case: next(iter(case)))
@pytest.mark.parametrize("again", [deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_have_the_options(case: dict[str, Any], again: Any) -> None:
    envs = [plyo.make_vec("CartPole-v1", 3, **case)]
    if case in SHARED:
        envs.append(plyo.make("CartPole-v1", **case).unwrapped)
    for env in envs:
        env.reset(seed=1)
        copied = again(env)
        assert copied._arguments == env._arguments
        assert copied._arguments.items() >= case.items()
        assert copied.get_state() == env.get_state()
        assert copied.observation_space == env.observation_space


@pytest.mark.parametrize("again", [deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_of_closed_ones_are_closed(again: Any) -> None:
    for env in (plyo.make_vec("CartPole-v1", 3), plyo.make("CartPole-v1").unwrapped):
        env.reset(seed=1)
        env.close()
        with pytest.raises(plyo.error.ClosedEnvironmentError):
            again(env).step(env.action_space.sample())
