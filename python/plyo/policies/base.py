"""What all native policies have in common."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from plyo._native import Engine
from plyo._native import Policy as NativePolicy

__all__ = ["Drawing", "Policy"]


class Policy:
    """A native policy, which :meth:`plyo.vector.NativeVectorEnv.rollout` follows without Python."""

    def __repr__(self) -> str:
        """The class with its facts, without arrays."""
        facts = ", ".join(
            f"{name}={'x'.join(map(str, value.shape)) if hasattr(value, 'shape') and value.shape else repr(value)}"
            for name, value in vars(self).items()
            if not name.startswith("_") and value is not None and not isinstance(value, (list, dict, tuple))
        )
        return f"{type(self).__name__}({facts})"

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        """The native policy for a rollout; raises if it does not fit."""
        raise NotImplementedError(f"{type(self).__name__} is not a policy for native rollouts")


class Drawing(Policy):
    """A policy that may draw random numbers.

    A rollout uses the attributes at its start; a new ``seed`` begins new streams.

    Attributes:
        about: What is known of the policy's origin, such as the task that it was learnt on; plain values by name, which
            ``save`` keeps in the file. Empty at first. ``plyo train`` gives ``task``, ``method``, ``seed``, ``plyo``,
            ``date``, ``mean_return`` and ``env_steps``.
    """

    about: dict[str, Any]

    def __init__(self, seed: int | None) -> None:
        self.seed: int = secrets.randbits(128) if seed is None else seed
        self.about = {}
        self._native: Any = None
        self._native_seed: int | None = None

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        if self._native is None or self._native_seed != self.seed:
            self._native, self._native_seed = self._make(task), self.seed
        else:
            self._configure(task)
        return self._native  # type: ignore[no-any-return]

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        """The native policy, with fresh streams."""
        raise NotImplementedError

    def _configure(self, task: Mapping[str, Any]) -> None:
        """Gives the native policy the present attributes; its streams continue."""

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying; a copy begins its random streams anew."""
        return {**self.__dict__, "_native": None}
