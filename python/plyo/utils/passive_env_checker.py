"""Checks of what an environment returns: the public address of ``plyo.checks.passive_env_checker``."""

from plyo.checks.passive_env_checker import check_action_space as check_action_space
from plyo.checks.passive_env_checker import check_observation_space as check_observation_space
from plyo.checks.passive_env_checker import data_shares_objects as data_shares_objects
from plyo.checks.passive_env_checker import env_data_reuse_passive_checker as env_data_reuse_passive_checker
from plyo.checks.passive_env_checker import env_render_passive_checker as env_render_passive_checker
from plyo.checks.passive_env_checker import env_reset_passive_checker as env_reset_passive_checker
from plyo.checks.passive_env_checker import env_step_passive_checker as env_step_passive_checker
from plyo.checks.space_checks import check_obs as check_obs
from plyo.checks.space_checks import check_space as check_space

__all__ = [
    "check_action_space",
    "check_observation_space",
    "env_render_passive_checker",
    "env_reset_passive_checker",
    "env_step_passive_checker",
]
