"""An EnvRunner that takes whole episodes from native rollouts."""

from __future__ import annotations

import copy
import time
from typing import Any

import numpy as np
from gymnasium import VectorizeMode
from ray.rllib.callbacks.callbacks import RLlibCallback
from ray.rllib.connectors import env_to_module, module_to_env
from ray.rllib.env.single_agent_env_runner import SingleAgentEnvRunner
from ray.rllib.utils.metrics import ENV_STEP_TIMER, WEIGHTS_SEQ_NO
from ray.tune.registry import ENV_CREATOR, _global_registry

from plyo.adapters.rllib.episodes import Block, EpisodeCutter, join_blocks, to_block
from plyo.adapters.rllib.modules import ModuleRollouts
from plyo.gymnasium import from_gymnasium
from plyo.vector import AutoresetMode
from plyo.vector.native import NativeVectorEnv

#: The connectors whose work the runner does itself.
_DEFAULT_CONNECTORS = (
    env_to_module.AddObservationsFromEpisodesToBatch,
    env_to_module.AddTimeDimToBatchAndZeroPad,
    env_to_module.AddStatesFromEpisodesToBatch,
    env_to_module.BatchIndividualItems,
    env_to_module.NumpyToTensor,
    module_to_env.GetActions,
    module_to_env.TensorToNumpy,
    module_to_env.UnBatchToIndividualItems,
    module_to_env.RemoveSingleTsTimeRankFromBatch,
    module_to_env.NormalizeAndClipActions,
    module_to_env.ListifyDataForVectorEnv,
)

_REGISTER = "; name the environment with plyo.adapters.rllib.register(id)"

#: The steps of a rollout that goes on until enough episodes have ended.
_PIECE = 64


class PlyoEnvRunner(SingleAgentEnvRunner):  # type: ignore[misc]  # RLlib is not installed for the check
    """RLlib's runner for one agent, with native rollouts in place of its loop over steps and environments.

    ``config.environment(...)`` must name a native task that :func:`plyo.adapters.rllib.register` has registered. The
    batch resets in the same step, so that every row is a step; ``gym_env_vectorize_mode`` need not be set.

    Episodes have no infos. ``on_episode_created``, ``on_episode_start`` and ``on_episode_end`` are called after a
    rollout, with the episode as it is then.

    Raises:
        ValueError: The environment is not a native batch; the module has states; there are connectors besides RLlib's
            own between environment and module; callbacks want every step; or episodes are to stay lists.
    """

    _needs_initial_reset: bool

    def __init__(self, *, config: Any, **kwargs: Any) -> None:
        self._ended: list[tuple[int, float, float]] = []  # length, return and seconds
        super().__init__(config=config, **kwargs)
        if self.env is not None:
            self._check_support()

    def make_env(self) -> None:
        """Makes the native batch."""
        self._check_env(self.config.env)
        self.config.gym_env_vectorize_mode = VectorizeMode.VECTOR_ENTRY_POINT
        self.config.env_config = copy.copy(self.config.env_config)
        self.config.env_config["autoreset_mode"] = "same_step"
        super().make_env()
        self._rollouts: ModuleRollouts | None = None
        envs = from_gymnasium(self.env.unwrapped)
        if (
            not isinstance(envs, NativeVectorEnv)
            or envs.autoreset_mode.value != AutoresetMode.SAME_STEP.value
        ):
            raise ValueError(
                f"PlyoEnvRunner needs a native batch in same_step mode, got {envs}; name the environment with "
                "plyo.adapters.rllib.register(id)"
            )
        self._envs = envs
        self._cutter = EpisodeCutter(
            self.num_envs,
            self.env.single_observation_space,
            self.env.single_action_space,
            self.config.episode_lookback_horizon,
        )

    def make_module(self) -> None:
        """Makes the module."""
        super().make_module()
        self._rollouts = None

    @staticmethod
    def _check_env(env: Any) -> None:
        """Raises for a name that RLlib would look up in Gymnasium's own registry."""
        if isinstance(env, str) and not _global_registry.contains(ENV_CREATOR, env):
            raise ValueError(
                f"PlyoEnvRunner needs a native batch, got the id {env!r} of Gymnasium{_REGISTER}"
            )

    def _check_support(self) -> None:
        """Raises for what native rollouts cannot do."""
        instead = "use RLlib's SingleAgentEnvRunner with gym_env_vectorize_mode='vector_entry_point'"
        for pipeline in (self._env_to_module, self._module_to_env):
            for connector in pipeline.connectors:
                if type(connector) not in _DEFAULT_CONNECTORS:
                    raise ValueError(
                        f"PlyoEnvRunner runs no connectors besides RLlib's own, got {connector}; {instead}"
                    )
        if self.module is not None and self.module.is_stateful():
            raise ValueError(f"PlyoEnvRunner has no states for the module {type(self.module)}; {instead}")
        wants_steps = self.config.callbacks_on_episode_step is not None or any(
            type(each).on_episode_step is not RLlibCallback.on_episode_step for each in self._callbacks
        )
        if wants_steps:
            raise ValueError(f"PlyoEnvRunner does not call on_episode_step; {instead}")
        if not self.episodes_to_numpy:
            raise ValueError(f"PlyoEnvRunner makes episodes of arrays, not of lists; {instead}")

    def _sample(
        self,
        *,
        num_timesteps: int | None = None,
        num_episodes: int | None = None,
        explore: bool,
        random_actions: bool = False,
        force_reset: bool = False,
    ) -> list[Any]:
        """Samples steps or whole episodes; see RLlib's method."""
        if force_reset or num_episodes is not None or self._needs_initial_reset:
            self._begin_anew()
        if num_timesteps is not None:
            blocks = []
            if num_timesteps > 0:
                blocks = [self._roll(-(-num_timesteps // self.num_envs), explore, random_actions, 0)]
        else:
            self._needs_initial_reset = True
            blocks = self._roll_episodes(num_episodes or 0, explore, random_actions)
        if not blocks:
            return []
        block = join_blocks(blocks)
        ended, chunks = self._cutter.cut(block)
        if num_timesteps is None:
            ended, chunks = ended[:num_episodes], []
        return self._count(block, ended, chunks)

    def _begin_anew(self) -> None:
        """Resets all environments; chunks of their episodes that were returned are forgotten."""
        self._envs.reset(seed=self._seed if self._needs_initial_reset else None)
        self._cutter.reset()
        self._ongoing_episodes_for_metrics.clear()
        self._shared_data: dict[str, Any] = {}
        self._needs_initial_reset = False

    def _roll_episodes(self, num_episodes: int, explore: bool, random_actions: bool) -> list[Block]:
        """Rollouts until so many episodes have ended."""
        blocks: list[Block] = []
        while sum(len(block.times) for block in blocks) < num_episodes:
            steps = sum(block.num_steps for block in blocks) * self.num_envs
            blocks.append(self._roll(_PIECE, explore, random_actions, steps))
        return blocks

    def _roll(self, num_steps: int, explore: bool, random_actions: bool, steps: int) -> Block:
        """One rollout of the batch.

        Args:
            num_steps: The number of steps.
            explore: Whether the module explores.
            random_actions: Whether actions are drawn from their space instead.
            steps: The steps of all environments since the last count of them.
        """
        begin = time.perf_counter()
        with self.metrics.log_time(ENV_STEP_TIMER):
            if random_actions:
                space = self.env.action_space
                trajectory: Any = self._envs.rollout(lambda _: space.sample(), num_steps)
                actions: Any = trajectory.actions
                outputs: dict[str, Any] = {}
            else:
                runners = self.config.num_env_runners or 1
                before = (self.num_env_steps_sampled_lifetime // runners + steps) * runners
                trajectory, actions, outputs = self._get_rollouts().roll(num_steps, explore, before)
        number = np.full(trajectory.rewards.shape, self._weights_seq_no)
        seconds = time.perf_counter() - begin
        return to_block(trajectory, actions, {**outputs, WEIGHTS_SEQ_NO: number}, seconds)

    def _get_rollouts(self) -> ModuleRollouts:
        if self._rollouts is None:
            self._rollouts = ModuleRollouts(
                self.module,
                self._envs,
                action_space=self.env.single_action_space,
                normalize_actions=self.config.normalize_actions,
                clip_actions=self.config.clip_actions,
                device=self._device,
                seed=self._seed,
            )
        return self._rollouts

    def _count(self, block: Block, ended: list[tuple[int, Any]], chunks: list[tuple[int, Any]]) -> list[Any]:
        """Counts what was sampled, as RLlib's runner does, and returns the episodes."""
        for lane, episode in (*ended, *chunks):
            episodes = {lane: episode}
            if episode.t_started == 0:
                self._make_on_episode_callback("on_episode_created", lane, episodes)
                self._make_on_episode_callback("on_episode_start", lane, episodes)
            if episode.is_done:
                self._make_on_episode_callback("on_episode_end", lane, episodes)
                self._ongoing_episodes_for_metrics.pop(episode.id_, None)
            else:
                self._ongoing_episodes_for_metrics[episode.id_].append(episode)
        for length, total in zip(block.lengths[: len(ended)], block.returns[: len(ended)], strict=True):
            self._ended.append((int(length), float(total), float(length * block.seconds_per_step)))
        steps = block.num_steps * self.num_envs
        self._log_env_steps(metric=self._metrics_num_env_steps_sampled, num_steps=steps)
        self._increase_sampled_metrics(steps, len(ended))
        return [episode for _, episode in (*ended, *chunks)]

    def get_metrics(self) -> Any:
        """The metrics since the last call.

        Lengths and returns are counted when episodes end: RLlib's runner counts them here, after a learner in the same
        process may have made chunks longer by a step.
        """
        for length, total, seconds in self._ended:
            self._log_episode_metrics(length, total, seconds)
        self._ended.clear()
        return self.metrics.reduce()
