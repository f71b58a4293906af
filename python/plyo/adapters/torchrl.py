"""Plyo's batches for TorchRL: an ``EnvBase`` that is stepped natively.

    from plyo.adapters.torchrl import make_env
    from torchrl.collectors import Collector

    collector = Collector(make_env("CartPole-v1", 64), policy, frames_per_batch=8192, total_frames=-1)

docs/guide/trainers.md has more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from plyo import spaces
from plyo.adapters._extras import not_installed
from plyo.adapters._making import make_batch
from plyo.vector import AutoresetMode, NativeVectorEnv, VectorEnv
from plyo.vector._rows import rows

try:
    import torch
    from tensordict import TensorDict
    from torchrl.data import (
        Binary,
        Bounded,
        Categorical,
        Composite,
        MultiCategorical,
        MultiOneHot,
        OneHot,
        Unbounded,
    )
    from torchrl.envs import EnvBase
except ImportError as e:
    raise not_installed("torchrl", "torchrl") from e

__all__ = ["PlyoEnv", "make_env"]

_FLAGS = ("done", "terminated", "truncated")
#: What a step writes at the root of a tensordict, or reads there alone.
_NOT_CARRIED = frozenset({"next", "reward", "_reset", *_FLAGS})


def make_env(id: Any, num_envs: int = 1, *, categorical_actions: bool = True, **kwargs: Any) -> PlyoEnv:
    """Makes environments for TorchRL.

    Args:
        id: The id of a registered environment, or a spec.
        num_envs: The number of environments, at least 1: ``env.batch_size`` is ``[num_envs]``.
        categorical_actions: As :class:`PlyoEnv` takes it.
        **kwargs: The other arguments of :func:`plyo.make_vec`.

    Raises:
        plyo.error.Error, TypeError, ValueError: :func:`plyo.make_vec` or :class:`PlyoEnv` does not take the arguments.
    """
    envs = make_batch(id, num_envs, AutoresetMode.DISABLED, kwargs)
    return PlyoEnv(envs, categorical_actions=categorical_actions)


class PlyoEnv(EnvBase):  # type: ignore[misc]  # TorchRL is not installed where types are checked
    """A batch of Plyo's as an ``EnvBase`` of TorchRL, with the batch size ``[num_envs]`` and no device.

    Actions are at ``"action"``, observations at ``"observation"``, those of a Dict space at its keys. The parts of a
    Tuple space are at ``("observation", "0")`` and so on; parts of actions, of a Dict too, are below ``"action"``.

    A step ends with the true last observation of an episode; ``reset`` with a mask at ``"_reset"`` resets those
    environments alone. The tensors of a step share the memory of its fresh arrays.

    Attributes:
        envs: The batch.
    """

    def __init__(self, envs: VectorEnv, *, categorical_actions: bool = True) -> None:
        """Takes a batch.

        Args:
            envs: A batch that does not reset by itself, wrapped or not.
            categorical_actions: Whether discrete actions are integers, ``(num_envs,)``; otherwise they are one-hot.

        Raises:
            TypeError: ``envs`` is no batch, or has a space that TorchRL does not know.
            ValueError: It resets by itself.
        """
        if not isinstance(envs, VectorEnv):
            raise TypeError(f"expected a plyo.vector.VectorEnv, got {envs!r}")
        mode = envs.metadata.get("autoreset_mode")
        if mode != AutoresetMode.DISABLED:
            raise ValueError(
                f"TorchRL resets the environments, but the batch resets by itself, with autoreset_mode {mode}; "
                'make it with autoreset_mode="disabled"'
            )
        n = envs.num_envs
        super().__init__(batch_size=torch.Size([n]))
        self.envs = envs
        self._categorical = categorical_actions
        self._pending_seeds: list[int | None] | None = None
        self._action_layout = envs.single_action_space
        observation = _spec_of(envs.single_observation_space, n, True)
        if not isinstance(envs.single_observation_space, spaces.Dict):
            observation = Composite(observation=observation, shape=(n,))
        self.observation_spec = observation
        action = _spec_of(self._action_layout, n, categorical_actions)
        self.full_action_spec = Composite(action=action, shape=(n,))
        self.reward_spec = Unbounded(shape=(n, 1), dtype=torch.float32)
        self.done_spec = Composite(
            {flag: Categorical(2, shape=(n, 1), dtype=torch.bool) for flag in _FLAGS}, shape=(n,)
        )
        self.is_closed = False

    # What TorchRL calls.

    def _set_seed(self, seed: int | None) -> None:
        """Environment i starts its random stream from ``seed + i`` at its next reset."""
        self._pending_seeds = None if seed is None else [seed + i for i in range(self.envs.num_envs)]

    def _reset(self, tensordict: Any = None, **kwargs: Any) -> Any:
        """Resets the environments of the mask at ``"_reset"``, or all; ``options`` are those of the batch."""
        mask = None if tensordict is None else tensordict.get("_reset", None)
        return self._tensordict(
            self._reset_values(None if mask is None else mask.reshape(-1).numpy(), **kwargs)
        )

    def _step(self, tensordict: Any) -> Any:
        """Steps the environments, or those of the mask at ``"_step"``; the others stay."""
        mask = tensordict.get("_step", None)
        if mask is not None and not bool(mask.all()):
            return self._step_some(tensordict, mask.reshape(-1).numpy())
        return self._tensordict(self._step_values(tensordict.get("action"))[0])

    def _step_and_maybe_reset(self, tensordict: Any) -> tuple[Any, Any]:
        """Steps, and resets the environments that have ended: what the base class does, with fewer tensordicts."""
        entries = dict(tensordict.items()) if type(tensordict) is TensorDict else {}
        if self._post_step_mdp_hooks is not None or not entries or "next" in entries or "_step" in entries:
            return super()._step_and_maybe_reset(tensordict)  # type: ignore[no-any-return]
        values, dones = self._step_values(entries["action"])
        tensordict.set("next", self._tensordict(values))
        del values["reward"]
        if dones.any():
            values = self._reset_values(dones)
        root = {
            key: value.copy() if isinstance(value, TensorDict) else value
            for key, value in entries.items()
            if key not in _NOT_CARRIED
        }
        return tensordict, self._tensordict(root | values)

    def close(self, *, raise_if_closed: bool = True) -> None:
        """Frees the environments.

        Raises:
            RuntimeError: They have been freed already, unless ``raise_if_closed`` is False.
        """
        if self.is_closed and raise_if_closed:
            raise RuntimeError("the environments are closed already")
        self.envs.close()
        super().close(raise_if_closed=raise_if_closed)

    # What these are made of.

    def _reset_values(
        self, mask: Any, seed: Any = None, options: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Resets the environments of a bool array, or all for None; returns the entries of all."""
        options = dict(options or {})
        if mask is not None and not mask.all():
            options["reset_mask"] = mask
        else:
            mask = None
        seeds = self._take_seeds(mask) if seed is None else seed
        observations, _ = self.envs.reset(seed=seeds, options=options or None)
        return self._observed(observations) | _flags(np.zeros((3, self.envs.num_envs), dtype=np.bool_))

    def _step_values(self, action: Any, ids: Any = None) -> tuple[dict[str, Any], Any]:
        """Steps all environments, or some; returns the entries of a step, and where it ended episodes."""
        actions = _to_actions(self._action_layout, action, self._categorical)
        if ids is None:
            observations, rewards, terminated, truncated, _ = self.envs.step(actions)
        else:
            batch: Any = self.envs  # a native one
            observations, rewards, terminated, truncated, _ = batch.step_lanes(rows(actions, ids), ids)
        dones = terminated | truncated
        values = self._observed(observations) | _flags((dones, terminated, truncated))
        values["reward"] = torch.from_numpy(rewards.astype(np.float32, copy=False).reshape(-1, 1))
        return values, dones

    def _take_seeds(self, mask: Any) -> list[int | None] | None:
        """The seeds that wait for the reset of these environments, which is now."""
        waiting = self._pending_seeds
        if waiting is None or mask is None:
            self._pending_seeds = None
            return waiting
        self._pending_seeds = [None if now else seed for seed, now in zip(waiting, mask, strict=True)]
        return [seed if now else None for seed, now in zip(waiting, mask, strict=True)]

    def _step_some(self, tensordict: Any, mask: Any) -> Any:
        """Steps the environments of a bool array; the others keep what the tensordict says, with a reward of 0."""
        if not isinstance(self.envs, NativeVectorEnv):
            raise NotImplementedError(f"only native batches step some of their environments, got {self.envs}")
        ids = np.flatnonzero(mask)
        values, _ = self._step_values(tensordict.get("action"), ids)
        kept = {key: tensordict.get(key).clone() for key in values if key != "reward"}
        kept["reward"] = torch.zeros(self.envs.num_envs, 1)
        result = self._tensordict(kept)
        result[torch.from_numpy(ids)] = TensorDict(values, batch_size=[len(ids)])
        return result

    def _observed(self, observations: Any) -> dict[str, Any]:
        values = _to_tensors(observations)
        is_dict = isinstance(self.envs.single_observation_space, spaces.Dict)
        return values if is_dict else {"observation": values}

    def _tensordict(self, values: dict[str, Any]) -> Any:
        """A tensordict of values that are known to fit, which TorchRL's own environments make in this way too."""
        return TensorDict._new_unsafe(values, batch_size=self.batch_size)


def _flags(flags: Any) -> dict[str, Any]:
    """``done``, ``terminated`` and ``truncated`` from arrays (num_envs,)."""
    return {name: torch.from_numpy(array.reshape(-1, 1)) for name, array in zip(_FLAGS, flags, strict=True)}


def _spec_of(space: Any, n: int, categorical: bool) -> Any:
    """The spec of ``n`` elements of a space.

    Raises:
        TypeError: TorchRL has no such spec.
    """
    if isinstance(space, spaces.Box):
        return _box_spec(space, n)
    if isinstance(space, spaces.Discrete) and space.start == 0:
        count = int(space.n)
        if categorical:
            return Categorical(count, shape=(n,), dtype=torch.int64)
        return OneHot(count, shape=(n, count), dtype=torch.int64)
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1 and not space.start.any():
        counts = torch.from_numpy(space.nvec.astype(np.int64))
        if categorical:
            return MultiCategorical(counts, shape=(n, len(counts)), dtype=torch.int64)
        return MultiOneHot(counts, shape=(n, int(counts.sum())), dtype=torch.int64)
    if isinstance(space, spaces.MultiBinary):
        return Binary(shape=(n, *space.shape), dtype=torch.int8)
    if isinstance(space, spaces.Dict):
        parts = dict(space.spaces)
    elif isinstance(space, spaces.Tuple):
        parts = {str(i): part for i, part in enumerate(space.spaces)}
    else:
        raise TypeError(f"TorchRL has no spec like {space}")
    return Composite({key: _spec_of(part, n, categorical) for key, part in parts.items()}, shape=(n,))


def _box_spec(space: spaces.Box[Any], n: int) -> Any:
    """``Unbounded`` if no element has a finite bound, else ``Bounded``."""
    shape = (n, *space.shape)
    low, high = (torch.from_numpy(np.broadcast_to(bound, shape).copy()) for bound in (space.low, space.high))
    if space.dtype.kind == "f" and bool(low.isinf().all()) and bool(high.isinf().all()):
        return Unbounded(shape=shape, dtype=low.dtype)
    return Bounded(low, high, shape=shape, dtype=low.dtype)


def _to_tensors(observations: Any) -> Any:
    """Arrays as tensors that share their memory; those of a Tuple or Dict by their keys."""
    if isinstance(observations, np.ndarray):
        return torch.from_numpy(observations)
    if isinstance(observations, tuple):
        return {str(i): _to_tensors(part) for i, part in enumerate(observations)}
    return {key: _to_tensors(part) for key, part in observations.items()}


def _to_actions(space: Any, actions: Any, categorical: bool) -> Any:
    """Actions as the batch takes them, from tensors or, for a Tuple or Dict, tensordicts."""
    if isinstance(space, spaces.Tuple):
        parts = enumerate(space.spaces)
        return tuple(_to_actions(part, actions.get(str(i)), categorical) for i, part in parts)
    if isinstance(space, spaces.Dict):
        return {key: _to_actions(part, actions.get(key), categorical) for key, part in space.spaces.items()}
    if not categorical and isinstance(space, spaces.Discrete):
        actions = actions.argmax(-1)
    if not categorical and isinstance(space, spaces.MultiDiscrete):
        each = actions.split([int(count) for count in space.nvec], dim=-1)
        actions = torch.stack([one.argmax(-1) for one in each], dim=-1)
    return actions.detach().numpy()
