"""Comparing two environments by running them side by side."""

from __future__ import annotations

from typing import Any

import numpy as np

from plyo.core import Env
from plyo.utils.env_checker import data_equivalence

_COMPARISONS = ("equivalence", "superset", "skip", "keys-equivalence", "keys-superset")


def check_environments_match(
    env_a: Env[Any, Any],
    env_b: Env[Any, Any],
    num_steps: int,
    seed: int = 0,
    skip_obs: bool = False,
    skip_rew: bool = False,
    skip_terminal: bool = False,
    skip_truncated: bool = False,
    skip_render: bool = False,
    info_comparison: str = "equivalence",
) -> None:
    """Checks that two environments behave the same under the same seed and actions.

    Args:
        env_a: One environment; its action space gives the actions.
        env_b: The other.
        num_steps: The number of steps; 0 compares only the spaces and a reset.
        seed: The seed of the resets and of the actions.
        skip_obs: Whether to leave out observations and their spaces.
        skip_rew: Whether to leave out rewards.
        skip_terminal: Whether to leave out ``terminated``.
        skip_truncated: Whether to leave out ``truncated``.
        skip_render: Whether to leave out pictures; they are always left out if one of the render modes is ``None``
            or ``"human"``.
        info_comparison: ``"equivalence"``: infos are equal; ``"superset"``: infos of ``env_b`` contain infos of
            ``env_a``; ``"keys-equivalence"`` and ``"keys-superset"``: the same of their keys; ``"skip"``.

    Raises:
        AssertionError: They differ.
    """
    no_pictures = any(env.unwrapped.render_mode in (None, "human") for env in (env_a, env_b))
    skip_render = skip_render or no_pictures
    assert info_comparison in _COMPARISONS
    assert env_a.action_space == env_b.action_space
    assert skip_obs or env_a.observation_space == env_b.observation_space

    def reset(where: str) -> None:
        obs_a, info_a = env_a.reset(seed=seed)
        obs_b, info_b = env_b.reset(seed=seed)
        assert skip_obs or data_equivalence(obs_a, obs_b), (
            f"resetting observation is not equivalent{where}, observation_a = {obs_a}, observation_b = {obs_b}"
        )
        _compare_infos(info_comparison, info_a, info_b, "resetting", where)
        render("resetting", where)

    def render(verb: str, where: str) -> None:
        if not skip_render:
            same = np.all(env_a.render() == env_b.render())
            assert same, f"{verb} render is not equivalent{where}"

    def step(where: str) -> bool:
        action = env_a.action_space.sample()
        obs_a, reward_a, terminal_a, truncated_a, info_a = env_a.step(action)
        obs_b, reward_b, terminal_b, truncated_b, info_b = env_b.step(action)
        assert skip_obs or data_equivalence(obs_a, obs_b), (
            f"stepping observation is not equivalent{where}, observation_a = {obs_a}, observation_b = {obs_b}"
        )
        assert skip_rew or data_equivalence(reward_a, reward_b), (
            f"stepping reward is not equivalent{where}, reward_a = {reward_a}, reward_b = {reward_b}"
        )
        assert skip_terminal or terminal_a == terminal_b, (
            f"stepping terminal is not equivalent{where}, terminal_a = {terminal_a}, terminal_b = {terminal_b}"
        )
        assert skip_truncated or truncated_a == truncated_b, (
            f"stepping truncated is not equivalent{where}, truncated_a = {truncated_a}, truncated_b = {truncated_b}"
        )
        _compare_infos(info_comparison, info_a, info_b, "stepping", where)
        render("stepping", where)
        return terminal_a or truncated_a or terminal_b or truncated_b

    env_a.action_space.seed(seed)
    reset("")
    for index in range(num_steps):
        if step(f" in step = {index}"):
            reset(f" in step = {index}")


def _compare_infos(
    comparison: str, info_a: dict[str, Any], info_b: dict[str, Any], verb: str, where: str
) -> None:
    """Compares two infos by ``info_comparison``."""
    if comparison == "equivalence":
        assert data_equivalence(info_a, info_b), (
            f"{verb} info is not equivalent{where}, info_a = {info_a}, info_b = {info_b}"
        )
    elif comparison == "superset":
        for key in info_a:
            assert data_equivalence(info_a[key], info_b[key]), (
                f"{verb} info is not a superset{where}, key {key} present in info_a with value = {info_a[key]}, "
                f"in info_b with value = {info_b[key]}"
            )
    elif comparison == "keys-equivalence":
        assert info_a.keys() == info_b.keys(), (
            f"{verb} info keys are not equivalent{where}, info_a's keys are {info_a.keys()}, "
            f"info_b's keys are {info_b.keys()}"
        )
    elif comparison == "keys-superset":
        assert info_b.keys() >= info_a.keys(), (
            f"{verb} info keys are not a superset{where}, keys not present in info_b are: "
            f"{info_b.keys() - info_a.keys()}"
        )
