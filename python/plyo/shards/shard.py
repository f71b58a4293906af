"""Some lanes of a batch, with rollouts that can be taken back and repeated elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plyo import error
from plyo.envs.making_vec import make_vec
from plyo.envs.registration import EnvSpec
from plyo.policies import GRU, Policy
from plyo.shards.lanes import Lanes
from plyo.shards.policies import share_policy
from plyo.spaces import Space
from plyo.trajectory import Trajectory


class ShardState(NamedTuple):
    """A snapshot of a shard.

    Attributes:
        lanes: That of the batch.
        hidden: The hidden states of its lanes under the last recurrent policy, float32 ``(layers, lanes, units)``; None
            before the first.
    """

    lanes: bytes
    hidden: NDArray[np.float32] | None


class Shard:
    """Some lanes of a batch of a native task.

    Lane i of the whole has the seed ``seed + i``, its row of every array, and its own stream of a policy, so the
    episodes of all shards together are those of the whole batch, however it is split. The lanes keep their hidden
    states under recurrent policies: they go on in the next rollout under a policy with as many of them.

    Args:
        id: The task, as for :func:`plyo.make_vec`.
        lanes: The lanes.
        make_kwargs: Arguments of :func:`plyo.make_vec` for the whole batch.
        seed: The seed of the whole batch.
        state: A result of :meth:`get_state` to start from, in place of the seed.

    Raises:
        Exception: As from :func:`plyo.make_vec`.
    """

    def __init__(
        self,
        id: str | EnvSpec,
        lanes: Lanes,
        make_kwargs: Mapping[str, Any],
        *,
        seed: int,
        state: ShardState | None = None,
    ) -> None:
        self._lanes = lanes
        arguments = lanes.share_arguments(make_kwargs)
        envs: Any = make_vec(id, lanes.count, vectorization_mode="native", **arguments)
        self._envs = envs
        self._hidden: NDArray[np.float32] | None = None
        if state is None:
            envs.reset(seed=seed + lanes.first)
        else:
            self._set_state(state)
        self._state: ShardState | None = None
        self._call: int | None = None
        self._before: ShardState | None = None

    @property
    def spaces(self) -> tuple[Space[Any], Space[Any]]:
        """The observation and the action space of one environment."""
        return self._envs.single_observation_space, self._envs.single_action_space

    def get_state(self) -> ShardState:
        """A snapshot of the lanes."""
        if self._state is None:
            self._state = ShardState(self._envs.get_state(), self._hidden)
        return self._state

    def _set_state(self, state: ShardState) -> None:
        self._envs.set_state(state.lanes)
        self._hidden = state.hidden

    def reset(self, call: int, *, seed: int | None, options: Mapping[str, Any] | None) -> None:
        """Begins new episodes; see :meth:`plyo.vector.NativeVectorEnv.reset`.

        Args:
            call: The number of this call, which :meth:`undo` takes back.
            seed: The seed of the whole batch.
            options: For all lanes of the whole.
        """
        share = None if options is None else self._lanes.share_arguments(options)
        own_seed = None if seed is None else seed + self._lanes.first
        with self._begin(call), self._naming_lanes():
            # a batch refuses a mask that is False everywhere, which the share of a mask may be
            if share is None or "reset_mask" not in share or share["reset_mask"].any():
                self._envs.reset(seed=own_seed, options=share)

    def rollout(
        self,
        call: int,
        number: int,
        policy: Policy | Callable[[Any], Any],
        num_steps: int,
        **arguments: Any,
    ) -> Trajectory:
        """Steps the lanes under their share of a policy; see :func:`share_policy`.

        Args:
            call: The number of this call, which :meth:`undo` takes back.
            number: The rollouts since the lanes were seeded.
            policy: The policy of the whole batch, or any function from observations to actions, which gets those of
                these lanes.
            num_steps: The number of steps.
            **arguments: More for :meth:`plyo.vector.NativeVectorEnv.rollout`.
        """
        with self._begin(call), self._naming_lanes(isinstance(policy, Policy)):
            share = share_policy(policy, self._lanes, number)
            if isinstance(share, GRU):
                share.hidden = self._hidden if _fits(share, self._hidden) else None
            trajectory: Trajectory = self._envs.rollout(share, num_steps, **arguments)
            if isinstance(share, GRU):
                self._hidden = share.hidden
            return trajectory

    def undo(self, call: int) -> None:
        """Takes back a call, if it is the last one that changed the lanes."""
        if self._call == call and self._before is not None:
            self._set_state(self._before)
            self._state, self._before = self._before, None

    @contextmanager
    def _begin(self, call: int) -> Iterator[None]:
        """Keeps the state before a call, which becomes the last one if it succeeds."""
        before = self.get_state()
        yield
        self._call, self._before, self._state = call, before, None

    @contextmanager
    def _naming_lanes(self, all_errors: bool = True) -> Iterator[None]:
        """Errors name environments by their numbers in the whole batch.

        Args:
            all_errors: Whether every error is Plyo's own; False where a function of the user's may raise others.
        """
        try:
            yield
        except Exception as e:
            if not all_errors and not isinstance(e, (error.InvalidAction, error.ResetNeeded)):
                raise
            text = re.sub(r"\benvironment (\d+)\b", self._name_lane, str(e))
            if text == str(e):
                raise
            raise type(e)(text) from e

    def _name_lane(self, match: re.Match[str]) -> str:
        return f"environment {self._lanes.first + int(match[1])}"


def _fits(policy: GRU, hidden: NDArray[np.float32] | None) -> bool:
    """Whether hidden states are as many in an environment as those of a policy."""
    assert policy.initial_hidden is not None
    return hidden is not None and hidden.shape[::2] == policy.initial_hidden.shape[1:]
