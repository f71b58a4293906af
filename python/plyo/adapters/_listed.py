"""Steps with the infos of a batch in a list, a dictionary for each environment."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

from plyo._native import Engine
from plyo.adapters._steps import WatchedSteps
from plyo.vector import NativeVectorEnv, VectorEnv
from plyo.vector._infos import split_infos
from plyo.vector._rows import rows
from plyo.vector.step_result import EndedEpisodes

Infos = list[dict[str, Any]]
Step = tuple[Any, Any, Any, Infos]

_FLOAT32 = np.dtype(np.float32)


def has_listed_steps(envs: VectorEnv) -> bool:
    """Whether the engine of a batch has these steps, as ``step_listed``: that of a native batch without wrappers."""
    engine = getattr(envs, "_engine", None) if isinstance(envs, NativeVectorEnv) else None
    return isinstance(engine, Engine) and type(engine).step_compact is Engine.step_compact


class ListedSteps:
    """The same steps for batches whose engine has them not: wrapped ones, those in Python, pictures of MuJoCo."""

    def __init__(self, envs: VectorEnv) -> None:
        """Looks at a batch that resets in the same step."""
        steps = envs if isinstance(envs, NativeVectorEnv) else WatchedSteps(envs)
        self._lanes = range(envs.num_envs)
        self._reset: Any = steps.reset
        self._step: Any = steps.step_compact
        # a native batch has an info for every key, so what only steps report has to be known
        self._reset_keys: set[str] | None = None
        if isinstance(envs, NativeVectorEnv):
            self._step, self._reset_keys = partial(envs.step_compact, next_observations=False), set()

    def reset(
        self, *, seed: list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """As that of the batch."""
        observations, infos = self._reset(seed=seed, options=options)
        if self._reset_keys is not None:
            self._reset_keys |= infos.keys()
        return observations, infos

    def step_listed(self, actions: Any, start: float, reset_infos: Infos) -> Step:
        """Steps every environment.

        Args:
            actions: As the batch takes them.
            start: The time, as of :func:`time.time`, that the times of episodes are counted from.
            reset_infos: Gets the infos of the environments that the step has reset.

        Returns:
            observations ``(num_envs, ...)``, rewards float32 and dones bool ``(num_envs,)``, the infos.
        """
        observations, rewards, _, _, dones, _, ended, batch_infos = self._step(actions)
        if rewards.dtype is not _FLOAT32:
            rewards = rewards.astype(_FLOAT32)
        infos = split_infos(batch_infos, len(self._lanes)) if batch_infos else [{} for _ in self._lanes]
        if len(ended[0]):
            self._report(ended, infos, time.time() - start, reset_infos)
        return observations, rewards, dones, infos

    def _report(self, ended: EndedEpisodes, infos: Infos, seconds: float, reset_infos: Infos) -> None:
        """Puts what is known of the episodes that ended into their infos."""
        last = split_infos(ended.infos, len(ended.ids)) if ended.infos else None
        for k, lane in enumerate(ended.ids.tolist()):
            reset_infos[lane] = self._of_reset(infos[lane])
            infos[lane] = {
                **({} if last is None else last[k]),
                "episode": {"r": float(ended.returns[k]), "l": int(ended.lengths[k]), "t": seconds},
                "TimeLimit.truncated": bool(ended.truncated[k]),
                "terminal_observation": rows(ended.final_observations, k),
            }

    def _of_reset(self, info: dict[str, Any]) -> dict[str, Any]:
        """The part of the info of a native environment that has just been reset; the rest is that of steps, zeros."""
        if self._reset_keys is None:
            return info
        return {key: value for key, value in info.items() if key in self._reset_keys}
