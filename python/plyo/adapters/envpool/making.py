"""Making pools by EnvPool's names of tasks and arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import plyo
from plyo.adapters.envpool import atari
from plyo.adapters.envpool.pool import EnvPool, to_seeds
from plyo.adapters.envpool.spec import EnvSpec
from plyo.basics.integers import check_integer
from plyo.envs.creators import Creator
from plyo.vector.task_batch import NativeVectorEnv

#: EnvPool's further names of tasks that Plyo has under another.
ALIASES = {
    "Taxi-v3": "Taxi-v4",
    "CliffWalking-v0": "CliffWalking-v1",
    "phys2d/CartPole-v0": "CartPole-v0",
    "phys2d/CartPole-v1": "CartPole-v1",
    "tabular/Blackjack-v0": "Blackjack-v1",
    "tabular/CliffWalking-v0": "CliffWalking-v1",
}
#: EnvPool's default, the same in every run.
DEFAULT_SEED = 42


def list_all_envs() -> list[str]:
    """The ids that :func:`make` takes: Plyo's native tasks, EnvPool's further names of them, and Atari games."""
    own = [id for id, spec in plyo.registry.items() if Creator(spec.vector_entry_point).is_native]
    return own + [alias for alias, id in ALIASES.items() if id in own] + list(atari.IDS)


def make(task_id: str, env_type: str, **kwargs: Any) -> EnvPool:
    """Makes a pool of environments.

    Args:
        task_id: An id of :func:`list_all_envs`.
        env_type: ``"gym"`` or ``"gymnasium"``, which are the same, as in EnvPool.
        **kwargs: EnvPool's ``num_envs`` (1), ``batch_size`` (0 for ``num_envs``), ``num_threads`` (0 for all),
            ``seed`` (42; environment i has ``seed + i``, a list gives each its own), ``max_episode_steps``,
            ``reward_threshold``, ``render_mode`` (None or ``"rgb_array"``), ``render_width``, ``render_height``,
            ``render_env_id``; and the arguments of :func:`plyo.make_vec` and of the task. Those of Atari games are
            EnvPool's, with its defaults; ``num_threads`` is the number of processes that play them.

    Raises:
        AssertionError: There is no such task or type, as in EnvPool.
        NotImplementedError: ``env_type`` is ``"dm"``, or an argument asks for what Plyo's pools have not.
        TypeError, ValueError: Another argument does not fit.
    """
    if env_type == "dm":
        raise NotImplementedError(
            "Plyo's pools have no dm_env interface; env_type must be 'gym' or 'gymnasium', got 'dm'"
        )
    if env_type not in ("gym", "gymnasium"):
        raise AssertionError(f"env_type must be 'gym' or 'gymnasium', got {env_type!r}")
    return _make_pool(task_id, kwargs)


def make_gym(task_id: str, **kwargs: Any) -> EnvPool:
    """The same as :func:`make_gymnasium`, as in EnvPool."""
    return _make_pool(task_id, kwargs)


def make_gymnasium(task_id: str, **kwargs: Any) -> EnvPool:
    """Makes a pool with the interface of Gymnasium: ``make(task_id, "gymnasium", ...)``."""
    return _make_pool(task_id, kwargs)


def make_dm(task_id: str, **kwargs: Any) -> EnvPool:
    """Raises NotImplementedError: see :func:`make`."""
    return make(task_id, "dm", **kwargs)


def make_spec(task_id: str, **kwargs: Any) -> EnvSpec:
    """The description of the pool that :func:`make` would make."""
    pool = _make_pool(task_id, kwargs)
    pool.close()
    spec: EnvSpec = pool.spec
    return spec


def _make_pool(task_id: str, kwargs: dict[str, Any]) -> EnvPool:
    if task_id in atari.IDS:
        return _make_atari_pool(task_id, kwargs)
    id = ALIASES.get(task_id, task_id)
    known = plyo.registry.get(id)
    if known is None or not Creator(known.vector_entry_point).is_native:
        raise AssertionError(
            f"{task_id} is not a native task of Plyo, list_all_envs() lists those there are.{_guess_at(task_id)}"
        )
    left = dict(kwargs)
    config = _take_config(left)
    pictures = _take_pictures(left)
    config["max_episode_steps"] = left.pop("max_episode_steps", known.max_episode_steps)
    threshold = left.pop("reward_threshold", known.reward_threshold)
    if threshold is not None:
        config["reward_threshold"] = threshold
    seeds = to_seeds(config["env_seed"] or config["seed"], config["num_envs"])
    envs = plyo.make_vec(
        id,
        config["num_envs"],
        vectorization_mode="native",
        num_threads=config["num_threads"] or None,
        max_episode_steps=config["max_episode_steps"],
        autoreset_mode="next_step",
        **left,
    )
    assert isinstance(envs, NativeVectorEnv), "the mode asks for one"
    return EnvPool(task_id, envs, {**config, **left}, seeds, **pictures)


def _guess_at(task_id: str) -> str:
    """A sentence that names what an unknown id may have meant, after a space; empty where nothing is near."""
    from plyo.basics.guesses import did_you_mean  # only an error needs it

    game = task_id.removeprefix("ALE/")
    if game in atari.IDS:
        return f" EnvPool's name of this game is {game!r}"
    return did_you_mean(task_id, list_all_envs())


def _make_atari_pool(task_id: str, kwargs: dict[str, Any]) -> EnvPool:
    left = dict(kwargs)
    config = _take_config(left)
    pictures = _take_pictures(left)
    if pictures["render_size"] is not None:
        raise NotImplementedError(
            "the screens of Atari games have one size: pass no render_width and render_height"
        )
    threshold = left.pop("reward_threshold", None)
    if threshold is not None:
        config["reward_threshold"] = threshold
    arguments = atari.DEFAULTS | left
    seeds = to_seeds(config["env_seed"] or config["seed"], config["num_envs"])
    envs = atari.make_lanes(
        task_id, config["num_envs"], config["num_threads"], pictures["render_mode"], arguments
    )
    return EnvPool(task_id, envs, {**config, **arguments}, seeds, **pictures)


def _take_config(left: dict[str, Any]) -> dict[str, Any]:
    """Takes EnvPool's own arguments out."""
    num_envs = check_integer("num_envs", left.pop("num_envs", 1), 1)
    batch_size = check_integer("batch_size", left.pop("batch_size", 0), 0)
    if batch_size > num_envs:
        raise ValueError(f"batch_size must be at most num_envs={num_envs}, got {batch_size}")
    _refuse_other(left, "max_num_players", 1, "Plyo's tasks have one player")
    _refuse_other(left, "thread_affinity_offset", -1, "Plyo's threads are not pinned")
    _refuse_other(left, "gym_reset_return_info", True, "a reset returns its info always")
    _refuse_other(left, "from_pixels", False, "pass observation='pixels' to observe pictures")
    seed, env_seed = left.pop("seed", DEFAULT_SEED), left.pop("env_seed", [])
    if isinstance(seed, (Sequence, np.ndarray)):
        if len(env_seed) > 0:
            raise ValueError("pass seeds as seed or as env_seed, not as both")
        seed, env_seed = 0, seed
    return {
        "num_envs": num_envs,
        "batch_size": batch_size or num_envs,
        "num_threads": check_integer("num_threads", left.pop("num_threads", 0), 0),
        "max_num_players": 1,
        "thread_affinity_offset": -1,
        "seed": check_integer("seed", seed, 0),
        "env_seed": to_seeds(env_seed, num_envs) if len(env_seed) > 0 else [],
        "gym_reset_return_info": True,
    }


def _take_pictures(left: dict[str, Any]) -> dict[str, Any]:
    """Takes the arguments about pictures out."""
    mode = left.pop("render_mode", None)
    if mode == "human":
        raise NotImplementedError("Plyo's pools open no windows; render_mode must be None or 'rgb_array'")
    if mode not in (None, "rgb_array"):
        raise ValueError(f"render_mode must be None or 'rgb_array', got {mode!r}")
    _refuse_other(left, "render_camera_id", -1, "a batch draws with the task's own camera")
    size = [left.pop(name, 0) for name in ("render_height", "render_width")]
    if (size[0] == 0) != (size[1] == 0):
        raise ValueError(f"render_height and render_width belong together, got {size[0]} and {size[1]}")
    return {
        "render_mode": mode,
        "render_size": None if size[0] == 0 else (size[0], size[1]),
        "render_env_id": left.pop("render_env_id", 0),
    }


def _refuse_other(left: dict[str, Any], name: str, only: Any, reason: str) -> None:
    """Takes an argument out that has only one legal value here."""
    if (value := left.pop(name, only)) != only:
        raise NotImplementedError(f"{reason}: {name} must be {only!r}, got {value!r}")
