"""EnvPool's Atari games over Plyo's lanes: ``envpool.make("Pong-v5", env_type="gymnasium", num_envs=8)``."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

import plyo
from plyo.envs.atari.games import GAMES, name_of
from plyo.envs.atari.vector_env import AtariVectorEnv

#: EnvPool's names of the games, and Plyo's ids of them.
IDS = {f"{name_of(game)}-v5": f"ALE/{name_of(game)}-v5" for game in GAMES}
#: EnvPool's arguments of the games and their defaults.
DEFAULTS: dict[str, Any] = {
    "max_episode_steps": 27_000,
    "stack_num": 4,
    "frame_skip": 4,
    "noop_max": 30,
    "zero_discount_on_life_loss": False,
    "episodic_life": False,
    "reward_clip": False,
    "use_fire_reset": True,
    "img_height": 84,
    "img_width": 84,
    "mode": -1,
    "difficulty": -1,
    "full_action_space": False,
    "repeat_action_probability": 0.0,
    "use_inter_area_resize": True,
    "gray_scale": True,
}
#: Those that have one value here, and why.
_FIXED = {
    "zero_discount_on_life_loss": "only dm_env has discounts",
    "use_inter_area_resize": "pictures are averaged over areas",
}


def make_lanes(
    task_id: str, num_envs: int, num_threads: int, render_mode: str | None, arguments: dict[str, Any]
) -> AtariLanes:
    """Makes the environments of a pool.

    Args:
        task_id: One of :data:`IDS`.
        num_envs: The number of environments.
        num_threads: The number of processes that play them, 0 for as many as there are cores; one is this process.
        render_mode: None or ``"rgb_array"``.
        arguments: EnvPool's, those of :data:`DEFAULTS` and others that :func:`plyo.make_vec` takes.

    Raises:
        NotImplementedError: An argument has a value that there is not here.
        TypeError, ValueError, plyo.error.Error: Another argument does not fit.
        plyo.error.DependencyNotInstalled: ale-py is not installed.
    """
    given = dict(arguments)
    for name, reason in _FIXED.items():
        if (value := given.pop(name)) != DEFAULTS[name]:
            raise NotImplementedError(f"{reason}: {name} must be {DEFAULTS[name]!r}, got {value!r}")
    for name in ("mode", "difficulty"):
        if given[name] == -1:
            given[name] = None
    if isinstance(given["episodic_life"], (bool, np.bool_)) and given["episodic_life"]:
        given["episodic_life"] = "continue"
    workers = min(num_threads or len(os.sched_getaffinity(0)), num_envs)
    envs = plyo.make_vec(
        IDS[task_id],
        num_envs,
        engine="lanes",
        num_workers=None if workers == 1 else workers,
        render_mode=render_mode,
        autoreset_mode="next_step",
        **given,
    )
    assert isinstance(envs, AtariVectorEnv), "the id stands for one"
    return AtariLanes(envs)


class AtariLanes:
    """A batch of Atari games in the form that a pool takes its environments in, which is that of native batches.

    Attributes:
        num_envs: The number of environments.
        single_observation_space: The observation space of one.
        single_action_space: Its action space.
    """

    def __init__(self, envs: AtariVectorEnv) -> None:
        self._envs = envs
        self.num_envs = envs.num_envs
        self.single_observation_space = envs.single_observation_space
        self.single_action_space = envs.single_action_space
        self._elapsed: npt.NDArray[np.int32] = np.full(self.num_envs, -1, dtype=np.int32)
        self._ended = np.zeros(self.num_envs, dtype=np.bool_)

    @property
    def _engine(self) -> AtariLanes:
        """What tells of infos and steps, which native batches leave to their engine."""
        return self

    def infos(self) -> list[dict[str, Any]]:
        """The infos of a step: lives, the reward before it is clipped, and whether the game is over."""
        kinds = {"lives": np.int32, "reward": np.float32, "terminated": np.int32}
        return [{"name": name, "dtype": np.dtype(kind), "shape": ()} for name, kind in kinds.items()]

    def all_elapsed_steps(self) -> npt.NDArray[np.int32]:
        """The steps since the last reset of each, -1 for those never reset."""
        return np.array(self._elapsed)

    def step(self, action: Any) -> tuple[Any, ...]:
        """Steps all environments."""
        return self._count(np.arange(self.num_envs), self._envs.step(action))

    def step_lanes(self, action: Any, ids: Any) -> tuple[Any, ...]:
        """Steps some: see :meth:`AtariVectorEnv.step_lanes`."""
        return self._count(ids, self._envs.step_lanes(action, ids))

    def _count(self, ids: Any, results: tuple[Any, ...]) -> tuple[Any, ...]:
        """Counts the steps, and makes the infos those of :meth:`infos`."""
        observations, rewards, terminated, truncated, infos = results
        self._elapsed[ids] = np.where(self._ended[ids], 0, self._elapsed[ids] + 1)
        self._ended[ids] = terminated | truncated
        own = {
            "lives": infos["lives"],
            "reward": infos.get("reward", rewards),
            "terminated": infos.get("_score", np.zeros(len(rewards), dtype=np.bool_)),
        }
        return observations, rewards, terminated, truncated, own

    def reset_lanes(self, ids: Any, seed: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begins games in some: see :meth:`AtariVectorEnv.reset_lanes`. The first call begins all."""
        if (self._elapsed < 0).all() and len(ids) < self.num_envs:
            # those that are not asked for begin with their own seeds when they are
            self._envs.reset()
        observations, infos = self._envs.reset_lanes(ids, seed)
        self._elapsed[ids], self._ended[ids] = 0, False
        return observations, {"lives": infos["lives"]}

    def render(self, ids: list[int], size: tuple[int, int] | None) -> npt.NDArray[np.uint8]:
        """The screens of some environments, uint8 ``(n, height, 160, 3)``.

        Raises:
            NotImplementedError: They are to have another size.
            IndexError: There is no such environment.
        """
        if size is not None:
            raise NotImplementedError("the screens of Atari games have the size that they have")
        pictures = self._envs.render()
        assert pictures is not None, "a pool without a render mode does not ask"
        return np.stack([pictures[lane] for lane in ids])

    def close(self) -> None:
        """Frees the emulators."""
        self._envs.close()
