"""A pool of environments: EnvPool's calls over one of Plyo's batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from plyo.adapters.envpool.atari import AtariLanes
from plyo.adapters.envpool.spec import EnvSpec, to_info, to_observations
from plyo.basics.integers import check_integer
from plyo.vector.task_batch import NativeVectorEnv

if TYPE_CHECKING:
    from plyo.vector import AutoresetMode
    from plyo.vector import VectorEnv as _Base
else:
    # EnvPool's pools are environments and batches of Gymnasium
    try:
        from gymnasium import Env
        from gymnasium.vector import AutoresetMode, VectorEnv

        class _Base(VectorEnv, Env):
            """The base where Gymnasium is installed."""

    except ImportError:
        from plyo.vector import AutoresetMode
        from plyo.vector import VectorEnv as _Base

Ids = npt.NDArray[np.int32]


class _Rows(NamedTuple):
    """The results of some environments."""

    ids: Ids
    observations: Any
    rewards: npt.NDArray[np.float32]
    terminated: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]
    elapsed: npt.NDArray[np.int32]
    infos: dict[str, Any]


class EnvPool(_Base):
    """A pool of environments, of which each call steps some: :func:`plyo.adapters.envpool.make` makes one.

    :meth:`send` steps at once. Results wait in the order in which they were sent for; :meth:`recv` returns the oldest
    ``batch_size`` of them. So the order of results is the same in every run, and the same on any number of threads.

    Args:
        task_id: EnvPool's name of the task.
        envs: A batch in the mode ``"next_step"``.
        config: The configuration by name.
        seeds: The seed of each environment.
        render_mode: None or ``"rgb_array"``.
        render_size: The height and width of pictures, None for the task's own.
        render_env_id: The environment that is drawn if none is named.

    Attributes:
        spec: The :class:`EnvSpec`.
        num_envs: The number of environments.
        observation_space: That of one environment, as in EnvPool.
        action_space: Likewise.
        all_env_ids: int32, the numbers of all environments.
    """

    metadata = {  # noqa: RUF012 - a class attribute of Gymnasium's API
        "render_modes": ["rgb_array"],
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }
    is_vector_env = True

    def __init__(
        self,
        task_id: str,
        envs: NativeVectorEnv | AtariLanes,
        config: Mapping[str, Any],
        seeds: list[int],
        *,
        render_mode: str | None = None,
        render_size: tuple[int, int] | None = None,
        render_env_id: int = 0,
    ) -> None:
        self._envs = envs
        self._config = dict(config)
        self._infos = envs._engine.infos()
        self.spec: Any = EnvSpec(
            task_id, config, envs.single_observation_space, envs.single_action_space, self._infos
        )
        self.num_envs = envs.num_envs
        self.observation_space = self.single_observation_space = self.spec.observation_space
        self.action_space = self.single_action_space = self.spec.action_space
        self.render_mode = render_mode
        self._render_size, self._render_env_id = render_size, render_env_id
        self.all_env_ids: Ids = np.arange(self.num_envs, dtype=np.int32)
        self._batch_size: int = config["batch_size"]
        self._seeds: list[int] = seeds
        self._takes_seed = np.ones(self.num_envs, bool)  # whether the next reset starts the stream
        self._ready: deque[_Rows] = deque()
        self._waits = np.zeros(self.num_envs, bool)  # whether a result has not been received

    def __len__(self) -> int:
        """The number of environments."""
        return self.num_envs

    @property
    def config(self) -> dict[str, Any]:
        """The configuration by name."""
        return dict(self._config)

    @property
    def is_async(self) -> bool:
        """Whether a call of :meth:`recv` returns the results of fewer than all environments."""
        return self._batch_size != self.num_envs

    # Stepping.

    def send(self, action: Any, env_id: Any = None) -> None:
        """Steps some environments; :meth:`recv` returns the results.

        An environment that was never reset, or whose episode has ended, is reset instead: its action is ignored and its
        reward is 0.

        Args:
            action: An action for each of ``env_id``, or a dict with the keys ``"action"`` and ``"env_id"``.
            env_id: The environments; None for all.

        Raises:
            plyo.error.InvalidAction: An action is not in its space; nothing has changed.
            TypeError, ValueError, IndexError: The environments or actions do not fit, or the last result of one of
                these environments was not received yet; nothing has changed.
            plyo.error.ClosedEnvironmentError: The pool is closed.
        """
        if isinstance(action, dict) and "action" in action:
            env_id = action.get("env_id") if env_id is None else env_id
            action = action["action"]
        ids = self._to_ids(env_id)
        never = self._elapsed()[ids] < 0
        if not never.any():
            self._put(self._step(action, ids))
        elif never.all():
            self._put(self._reset(ids))
        else:
            # the actions of the others are checked before a reset changes anything
            stepped = self._step(np.asarray(action)[~never], ids[~never])
            self._put(_in_order(ids, [stepped, self._reset(ids[never])]))

    def recv(self, reset: bool = False, return_info: bool = True) -> tuple[Any, ...]:
        """Returns the oldest results: ``batch_size`` of them, or all there are if that is ``num_envs``.

        Args:
            reset: Whether to return observations and info alone.
            return_info: True; EnvPool has nothing else any more.

        Returns:
            observations, rewards (float32), terminated, truncated, info. ``info["env_id"]`` are the environments of the
            rows, int32.

        Raises:
            RuntimeError: Fewer results are waiting; EnvPool would wait for ever.
        """
        if not return_info:
            raise ValueError("a pool returns its info always: return_info must be True, got False")
        waiting = sum(len(rows.ids) for rows in self._ready)
        wanted = self._batch_size if self.is_async else min(max(waiting, 1), self._batch_size)
        if waiting < wanted:
            raise RuntimeError(
                f"recv() returns the results of {wanted} environments, and {waiting} were sent an action or a reset "
                "since their last results: call async_reset() or send() first"
            )
        return self._take(wanted, reset)

    def step(self, action: Any, env_id: Any = None) -> tuple[Any, ...]:
        """Steps some environments and returns the oldest results: :meth:`send` and :meth:`recv`."""
        self.send(action, env_id)
        return self.recv()

    def async_reset(self) -> None:
        """Resets all environments; :meth:`recv` returns the results."""
        self._ready.clear()
        self._waits[:] = False
        self._put(self._reset(self.all_env_ids))

    def reset(
        self,
        env_id: Any = None,
        *,
        seed: int | list[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Resets some environments and returns their observations and info; results of theirs that wait are dropped.

        Args:
            env_id: The environments; None for all, or those of ``options["reset_mask"]``.
            seed: With an integer, environment i starts its random stream from ``seed + i``; a list has one for each of
                the environments. (EnvPool ignores it.)
            options: ``"reset_mask"`` only.

        Raises:
            ValueError, TypeError, IndexError: An argument does not fit; nothing has changed.
            plyo.error.ClosedEnvironmentError: The pool is closed.
        """
        masked = self._masked_ids(options)
        if env_id is not None and masked is not None:
            raise ValueError("pass either env_id or options['reset_mask'], not both")
        ids = self._to_ids(masked if env_id is None else env_id, may_wait=True)
        rows = self._reset(ids, seed)
        self._drop(ids)
        return to_observations(rows.observations, np), to_info(rows.ids, rows.elapsed, rows.infos)

    def seed(self, seed: int | list[int] | None = None) -> None:
        """Sets the seeds that the next reset of each environment starts its random stream from; EnvPool ignores them.

        Args:
            seed: Environment i gets ``seed + i``, or its own of a list; None changes nothing.

        Raises:
            TypeError, ValueError: A seed is not a non-negative integer, or a list has too few or many.
        """
        if seed is None:
            return
        self._seeds = to_seeds(seed, self.num_envs)
        self._takes_seed[:] = True

    def xla(self) -> tuple[Any, Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
        """The pool inside compiled programs of JAX: ``handle, recv, send, step``.

        Raises:
            plyo.error.DependencyNotInstalled: JAX is not installed.
            NotImplementedError: The task is an Atari game.
        """
        if isinstance(self._envs, AtariLanes):
            raise NotImplementedError(
                "Atari games run in Python's processes, which compiled programs cannot call"
            )
        from plyo.adapters.envpool.xla import make_functions

        return make_functions(self)

    # Pictures, closing.

    def render(self, env_ids: Any = None, camera_id: int | None = None) -> Any:
        """Pictures of some environments, uint8 of shape ``(n, height, width, 3)``.

        Args:
            env_ids: The environments, one or several; None for ``render_env_id``.
            camera_id: None or -1: the task's own.

        Raises:
            RuntimeError: The pool was made without a render mode, as in EnvPool.
            NotImplementedError: Another camera is asked for, or the task has no pictures.
        """
        if self.render_mode is None:
            raise RuntimeError("render_mode must be set to 'rgb_array' when creating this env")
        if camera_id not in (None, -1):
            raise NotImplementedError(
                f"a batch draws with the task's own camera: camera_id must be -1, got {camera_id}"
            )
        ids = self._render_env_id if env_ids is None else env_ids
        lanes = [int(lane) for lane in np.atleast_1d(np.asarray(ids))]
        return self._envs.render(ids=lanes, size=self._render_size)

    def close(self, **kwargs: Any) -> None:
        """Closes the pool."""
        self._envs.close()
        self.closed = True

    def __repr__(self) -> str:
        return f"EnvPool({', '.join(f'{name}={value!r}' for name, value in self._config.items())})"

    __str__ = __repr__

    # The environments by number.

    def _elapsed(self) -> npt.NDArray[np.int32]:
        """The steps since the last reset of each, -1 for those never reset."""
        return self._envs._engine.all_elapsed_steps()

    def _to_ids(self, env_id: Any, may_wait: bool = False) -> Ids:
        if env_id is None:
            ids = self.all_env_ids
        else:
            given = np.atleast_1d(np.asarray(env_id))
            if given.dtype.kind not in "iu" or given.ndim != 1:
                raise TypeError(f"env_id must be a one-dimensional array of integers, got {env_id!r}")
            ids = given.astype(np.int32)
        if ids.size and (ids.min() < 0 or ids.max() >= self.num_envs):
            raise IndexError(f"env_id must be from 0 to {self.num_envs - 1}, got {env_id!r}")
        if not may_wait and self._waits[ids].any():
            lane = ids[self._waits[ids]][0]
            raise ValueError(
                f"the last result of environment {lane} has not been received: call recv() before"
            )
        return ids

    def _masked_ids(self, options: Mapping[str, Any] | None) -> Ids | None:
        if not options:
            return None
        if set(options) != {"reset_mask"}:
            raise ValueError(f"the only reset option of a pool is 'reset_mask', got {sorted(options)}")
        mask = np.asarray(options["reset_mask"])
        if mask.dtype != bool or mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(
                f"reset_mask must be a bool array of shape ({self.num_envs},) that is somewhere True, got {mask!r}"
            )
        return np.flatnonzero(mask).astype(np.int32)

    def _step(self, action: Any, ids: Ids) -> _Rows:
        is_whole = ids is self.all_env_ids
        results = self._envs.step(action) if is_whole else self._envs.step_lanes(action, ids)
        observations, rewards, terminated, truncated, info = results
        return _Rows(
            ids,
            observations,
            rewards.astype(np.float32),
            terminated,
            truncated,
            self._elapsed()[ids],
            self._all_infos(info, len(ids)),
        )

    def _reset(self, ids: Ids, seed: Any = None) -> _Rows:
        if seed is None and self._takes_seed[ids].any():
            seed = [self._seeds[i] if self._takes_seed[i] else None for i in ids]
        observations, info = self._envs.reset_lanes(ids, seed)
        self._takes_seed[ids] = False
        count = len(ids)
        flags = np.zeros(count, bool)
        elapsed = np.zeros(count, np.int32)
        infos = self._all_infos(info, count)
        return _Rows(ids, observations, np.zeros(count, np.float32), flags, flags.copy(), elapsed, infos)

    def _all_infos(self, info: Mapping[str, Any], count: int) -> dict[str, Any]:
        """Every info of the task, zeros for those that a reset does not report."""
        return {
            entry["name"]: np.asarray(info[entry["name"]], entry["dtype"])
            if entry["name"] in info
            else np.zeros((count, *entry["shape"]), entry["dtype"])
            for entry in self._infos
        }

    # Results that wait.

    def _put(self, rows: _Rows) -> None:
        self._waits[rows.ids] = True
        if len(rows.ids):
            self._ready.append(rows)

    def _drop(self, ids: Ids) -> None:
        if not self._waits[ids].any():
            return
        kept = [_pick(rows, ~np.isin(rows.ids, ids)) for rows in self._ready]
        self._ready = deque(rows for rows in kept if len(rows.ids))
        self._waits[ids] = False

    def _take(self, count: int, reset: bool) -> tuple[Any, ...]:
        parts = []
        while count > 0:
            rows = self._ready.popleft()
            if len(rows.ids) > count:
                self._ready.appendleft(_pick(rows, slice(count, None)))
                rows = _pick(rows, slice(count))
            parts.append(rows)
            count -= len(rows.ids)
        rows = parts[0] if len(parts) == 1 else _join(parts)
        self._waits[rows.ids] = False
        observations = to_observations(rows.observations, np)
        info = to_info(rows.ids, rows.elapsed, rows.infos)
        if reset:
            return observations, info
        return observations, rows.rewards, rows.terminated, rows.truncated, info


def _map(function: Callable[..., Any], *trees: Any) -> Any:
    """A function over arrays in tuples and dicts of the same form."""
    first = trees[0]
    if isinstance(first, dict):
        return {key: _map(function, *(tree[key] for tree in trees)) for key in first}
    if isinstance(first, tuple):
        return tuple(_map(function, *parts) for parts in zip(*trees, strict=True))
    return function(*trees)


def _pick(rows: _Rows, which: Any) -> _Rows:
    return _Rows(*_map(lambda array: array[which], tuple(rows)))


def _join(parts: list[_Rows]) -> _Rows:
    return _Rows(*_map(lambda *arrays: np.concatenate(arrays), *(tuple(part) for part in parts)))


def _in_order(ids: Ids, parts: list[_Rows]) -> _Rows:
    """Rows in the order of these environments."""
    rows = _join(parts)
    sorted_places = np.argsort(rows.ids)
    return _pick(rows, sorted_places[np.searchsorted(rows.ids, ids, sorter=sorted_places)])


def to_seeds(seed: Any, num_envs: int) -> list[int]:
    """The seed of each environment.

    Args:
        seed: That of the first, the next for the second and so on, or a list of all.
        num_envs: How many there are.

    Raises:
        TypeError, ValueError: A seed is not a non-negative integer, or a list has too few or many.
    """
    if not isinstance(seed, (Sequence, np.ndarray)):
        first = check_integer("seed", seed, 0)
        return [first + i for i in range(num_envs)]
    seeds = [check_integer("a seed", one, 0) for one in seed]
    if len(seeds) != num_envs:
        raise ValueError(f"a list of seeds must have num_envs={num_envs} of them, got {len(seeds)}")
    return seeds
