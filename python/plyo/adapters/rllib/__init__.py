"""RLlib (its new API stack) on native batches.

    from ray.rllib.algorithms.ppo import PPOConfig
    from plyo.adapters.rllib import PlyoEnvRunner, register

    config = PPOConfig().environment(register("CartPole-v1")).env_runners(
        env_runner_cls=PlyoEnvRunner, num_envs_per_env_runner=64
    )

:func:`register` serves RLlib's own runners too, with ``gym_env_vectorize_mode="vector_entry_point"``.
docs/guide/rllib.md is the guide. Needs ``pip install "ray[rllib]" torch``.
"""

from plyo.adapters._extras import not_installed

try:
    import gymnasium  # noqa: F401  # only to say which extra is missing
    import torch  # noqa: F401  # as above
    from ray.rllib.env.single_agent_env_runner import SingleAgentEnvRunner  # noqa: F401  # as above
except ImportError as e:
    raise not_installed("RLlib", "rllib") from e

from plyo.adapters.rllib.env_runner import PlyoEnvRunner
from plyo.adapters.rllib.registration import register

__all__ = ["PlyoEnvRunner", "register"]
