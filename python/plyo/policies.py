"""Policies for native rollouts.

    envs.rollout(plyo.policies.Random(seed=0), 1000)
    envs.rollout(plyo.policies.MLP([(w1, b1), (w2, b2)], head="categorical", seed=0), 1000)

A policy that draws random numbers gives lane i a stream of its own, started from ``seed + i`` at its first rollout and
continued by later ones; its results do not depend on threads or on the other lanes.

``Tabular`` looks actions up. ``Linear`` and ``MLP`` also hold *populations*: arrays with a leading dimension P are P
networks, and the lanes of a batch are shared out in P consecutive groups of equal size.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import ConstantPolicy, Engine, NetworkPolicy, RandomPolicy, SequencePolicy, TabularPolicy
from plyo._native import Policy as NativePolicy
from plyo.basics.array_file import naming_file, read_arrays

__all__ = ["MLP", "Constant", "Linear", "Policy", "Random", "Sequence", "Tabular", "load"]

_Sequence = Sequence
_HEADS = ("argmax", "categorical", "mean", "gaussian")
_ACTIVATIONS = ("tanh", "relu")


class Policy:
    """A native policy, which :meth:`plyo.vector.NativeVectorEnv.rollout` follows without Python."""

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        """The native policy for a rollout; raises if it does not fit."""
        raise NotImplementedError(f"{type(self).__name__} is not a policy for native rollouts")


class _Drawing(Policy):
    """A policy that may draw random numbers.

    A rollout uses the attributes at its start; a new ``seed`` begins new streams.
    """

    def __init__(self, seed: int | None) -> None:
        self.seed: int = secrets.randbits(128) if seed is None else seed
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


class Random(_Drawing):
    """Uniform over the action space.

    Lane i draws as ``single_action_space.sample()`` after ``single_action_space.seed(seed + i)``. Boxes must be
    bounded.

    Args:
        seed: A non-negative integer; None for one from the operating system.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self._native, self._native_seed = self._make({}), self.seed  # raises at once for an illegal seed

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        return RandomPolicy(self.seed)


class Constant(Policy):
    """The same action for every lane at every step.

    Args:
        action: An action of one environment.
    """

    def __init__(self, action: Any) -> None:
        self.action = action

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        return ConstantPolicy(engine, self.action)


class Sequence(Policy):  # type: ignore[no-redef]
    """Given actions.

    Args:
        actions: ``(T, N)`` integers for Discrete, ``(T, N, ...)`` numbers for Box, a tuple or dict of such arrays for
            Tuple or Dict. A rollout takes its first steps, so T must be at least its length.
    """

    def __init__(
        self, actions: npt.ArrayLike | tuple[npt.ArrayLike, ...] | Mapping[str, npt.ArrayLike]
    ) -> None:
        self.actions: Any = _map_parts(np.asarray, actions)
        parts = _parts_of(self.actions)
        for part in parts:
            if part.ndim < 2 or len(part) != len(parts[0]):
                raise ValueError(
                    f"actions must have the shape (steps, environments, ...), got shape {part.shape}"
                )

    def _prepare(self, engine: Engine, task: Mapping[str, Any], num_steps: int) -> NativePolicy:
        held = min((len(part) for part in _parts_of(self.actions)), default=0)
        if held < num_steps:
            raise ValueError(f"Sequence holds actions for {held} steps, the rollout takes {num_steps}")
        return SequencePolicy(engine, _map_parts(lambda part: part[:num_steps], self.actions), num_steps)


def _parts_of(actions: Any) -> _Sequence[Any]:
    """The arrays of actions: one, or those of a tuple or dict."""
    if isinstance(actions, Mapping):
        return list(actions.values())
    return actions if isinstance(actions, tuple) else (actions,)


def _map_parts(change: Callable[[Any], Any], actions: Any) -> Any:
    """The same actions with each of their arrays changed."""
    if isinstance(actions, Mapping):
        return {key: change(part) for key, part in actions.items()}
    return tuple(map(change, actions)) if isinstance(actions, tuple) else change(actions)


class Tabular(_Drawing):
    """The best action of a table, one entry for every observation.

    For Discrete observations and actions. An observation of a Tuple of Discrete is the entry that
    ``np.ravel_multi_index`` gives it.

    Args:
        table: ``(S,)`` integers: the action of each entry, counted from the first action. Or ``(S, A)`` numbers: the
            value of each action; the first of the greatest is taken.
        epsilon: From 0 to 1: the probability of an action that is drawn evenly from all instead.
        seed: The seed of these draws; None for one from the operating system.

    Raises:
        ValueError: The table's shape or type is another, a value is not a number, or epsilon is out of range.
    """

    def __init__(self, table: npt.ArrayLike, *, epsilon: float = 0.0, seed: int | None = None) -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon must be from 0 to 1, got {epsilon}")
        super().__init__(seed)
        self.actions = _to_choices(np.asarray(table))
        self.epsilon = float(epsilon)

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        return TabularPolicy(self.actions, self.epsilon, self.seed)

    def _configure(self, task: Mapping[str, Any]) -> None:
        self._native.configure(self.actions, self.epsilon)

    def save(self, path: str | Path) -> None:
        """Writes the policy to an ``.npz`` file, which :func:`load` reads."""
        with Path(path).open("wb") as file:
            np.savez(file, table=self.actions, epsilon=np.array(self.epsilon))


def _to_choices(table: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The actions of a table of actions or of values."""
    if table.ndim == 2 and table.size > 0 and table.dtype.kind in "iuf":
        if np.isnan(table).any():
            raise ValueError(
                f"the values of entry {int(np.isnan(table).any(axis=1).argmax())} must be numbers"
            )
        return np.asarray(table.argmax(axis=1), dtype=np.int64)
    if table.ndim != 1 or table.size == 0 or table.dtype.kind not in "iu":
        raise ValueError(
            "a table is integers of the shape (entries,), or numbers of the shape (entries, actions), "
            f"got {table.dtype} of shape {table.shape}"
        )
    return table.astype(np.int64)


class _Network(_Drawing):
    """The base of Linear and MLP."""

    def __init__(
        self,
        layers: _Sequence[tuple[npt.ArrayLike, npt.ArrayLike | None]],
        activation: str,
        head: str | None,
        log_std: npt.ArrayLike | None,
        clip_actions: bool,
        seed: int | None,
    ) -> None:
        if activation not in _ACTIVATIONS:
            raise ValueError(f"activation must be 'tanh' or 'relu', got {activation!r}")
        if head is not None and head not in _HEADS:
            raise ValueError(f"head must be one of {_HEADS} or None, got {head!r}")
        if (log_std is not None) != (head == "gaussian"):
            raise ValueError(
                f"log_std belongs to head='gaussian', which needs it; got head={head!r}, log_std={log_std!r}"
            )
        self.layers = _check_layers(layers)
        self.activation = activation
        self.head = head
        outputs = self.layers[-1][1].shape
        self.log_std = None if log_std is None else _check_log_std(log_std, outputs)
        self.clip_actions = clip_actions
        super().__init__(seed)

    @property
    def population(self) -> int:
        """The number of networks."""
        return int(self.layers[0][0].shape[0])

    def _config(self, task: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments of the native policy; a head that is not named is that of the task."""
        head = self.head or ("argmax" if task["action"]["kind"] == "discrete" else "mean")
        log_std = np.zeros(0, np.float32) if self.log_std is None else self.log_std
        return self.layers, self.activation, head, log_std, self.clip_actions, self.seed

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        return NetworkPolicy(*self._config(task))

    def _configure(self, task: Mapping[str, Any]) -> None:
        self._native.configure(*self._config(task))

    def member(self, i: int) -> MLP:
        """Network ``i`` of the population, as a policy of its own.

        Raises:
            IndexError: There is no such network.
        """
        if not 0 <= i < self.population:
            raise IndexError(f"the population has members 0 to {self.population - 1}, got {i}")
        layers = [(weights[i], bias[i]) for weights, bias in self.layers]
        log_std = None if self.log_std is None else self.log_std[i]
        return MLP(
            layers,
            activation=self.activation,
            head=self.head,
            log_std=log_std,
            clip_actions=self.clip_actions,
            seed=self.seed,
        )

    def save(self, path: str | Path) -> None:
        """Writes the policy to an ``.npz`` file, which :func:`load` reads."""
        arrays: dict[str, Any] = {
            "activation": np.array(self.activation),
            "head": np.array(self.head or ""),
            "clip_actions": np.array(self.clip_actions),
        }
        for i, (weights, bias) in enumerate(self.layers):
            arrays[f"weights_{i}"] = weights
            arrays[f"bias_{i}"] = bias
        if self.log_std is not None:
            arrays["log_std"] = self.log_std
        with Path(path).open("wb") as file:
            np.savez(file, **arrays)


class Linear(_Network):
    """A linear function of the observation.

    Args:
        weights: float32 ``(outputs, inputs)``, or ``(P, outputs, inputs)`` for a population. Inputs and outputs are one
            for each choice of a Discrete or each element of a Box of floating-point numbers of one dimension.
        bias: ``(outputs,)`` or ``(P, outputs)``; None for zeros.
        head: How outputs become actions. Discrete: ``"argmax"`` or ``"categorical"`` (softmax). Box: ``"mean"`` or
            ``"gaussian"``. None is the one of these without randomness.
        log_std: For ``"gaussian"``: the logarithm of the standard deviations, ``(outputs,)`` or ``(P, outputs)``.
        clip_actions: Whether Box actions are clipped to their space.
        seed: The seed of the streams of ``"categorical"`` and ``"gaussian"``; None for one from the operating system.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.
    """

    def __init__(
        self,
        weights: npt.ArrayLike,
        bias: npt.ArrayLike | None = None,
        *,
        head: str | None = None,
        log_std: npt.ArrayLike | None = None,
        clip_actions: bool = True,
        seed: int | None = None,
    ) -> None:
        super().__init__([(weights, bias)], "tanh", head, log_std, clip_actions, seed)


class MLP(_Network):
    """A multi-layer perceptron.

    Args:
        layers: ``(weights, bias)`` of each layer, from the observation on; shapes as for :class:`Linear`.
        activation: ``"tanh"`` or ``"relu"``, after every layer except the last.
        head: As for :class:`Linear`.
        log_std: As for :class:`Linear`.
        clip_actions: As for :class:`Linear`.
        seed: As for :class:`Linear`.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.
    """

    def __init__(
        self,
        layers: _Sequence[tuple[npt.ArrayLike, npt.ArrayLike | None]],
        *,
        activation: str = "tanh",
        head: str | None = None,
        log_std: npt.ArrayLike | None = None,
        clip_actions: bool = True,
        seed: int | None = None,
    ) -> None:
        super().__init__(layers, activation, head, log_std, clip_actions, seed)


def load(path: str | Path) -> MLP | Tabular:
    """Reads a policy that :meth:`Linear.save`, :meth:`MLP.save` or :meth:`Tabular.save` wrote.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file holds no policy.
    """
    name, fault = str(path), "holds no policy that Plyo saved"
    arrays = read_arrays(name, fault)
    with naming_file(name, fault):
        return _to_tabular(arrays) if "table" in arrays else _to_network(arrays)


def _to_tabular(arrays: Mapping[str, npt.NDArray[Any]]) -> Tabular:
    """A table from the arrays of a file."""
    _check_names(arrays, ["table", "epsilon"])
    return Tabular(arrays["table"], epsilon=_scalar(arrays, "epsilon", "f"))


def _to_network(arrays: Mapping[str, npt.NDArray[Any]]) -> MLP:
    """A network from the arrays of a file."""
    count = max(1, sum(name.startswith("weights_") for name in arrays))
    parts = [f"{part}_{i}" for i in range(count) for part in ("weights", "bias")]
    _check_names(arrays, [*parts, "activation", "head", "clip_actions"], ["log_std"])
    for name in (*parts, "log_std"):
        if name in arrays and arrays[name].dtype.kind not in "iuf":
            raise ValueError(f"{name} must be numbers, got {arrays[name].dtype}")
    return MLP(
        [(arrays[f"weights_{i}"], arrays[f"bias_{i}"]) for i in range(count)],
        activation=_scalar(arrays, "activation", "U"),
        head=_scalar(arrays, "head", "U") or None,
        log_std=arrays.get("log_std"),
        clip_actions=_scalar(arrays, "clip_actions", "b"),
    )


def _check_names(arrays: Mapping[str, Any], needed: _Sequence[str], optional: _Sequence[str] = ()) -> None:
    """Raises unless a file has exactly the required arrays, and perhaps optional ones."""
    missing = [name for name in needed if name not in arrays]
    unknown = [name for name in arrays if name not in needed and name not in optional]
    if missing or unknown:
        raise ValueError(f"it lacks the arrays {missing} and has the unknown ones {unknown[:8]}")


def _scalar(arrays: Mapping[str, npt.NDArray[Any]], name: str, kinds: str) -> Any:
    """The single value of an array of a kind."""
    array = arrays[name]
    if array.shape != () or array.dtype.kind not in kinds:
        raise ValueError(f"{name} cannot be an array of {array.dtype} of the shape {array.shape}")
    return array.item()


def _check_layers(
    layers: _Sequence[tuple[npt.ArrayLike, npt.ArrayLike | None]],
) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """Layers as (P, outputs, inputs) and (P, outputs) arrays that fit together."""
    if not layers:
        raise ValueError("a network needs at least one layer")
    checked: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]] = []
    for i, (raw_weights, raw_bias) in enumerate(layers):
        weights = _finite(raw_weights, f"the weights of layer {i}")
        if weights.ndim == 2:
            weights = weights[np.newaxis]
        if weights.ndim != 3 or weights.size == 0:
            raise ValueError(
                f"the weights of layer {i} must have the shape (outputs, inputs) or (population, outputs, inputs), "
                f"got {np.shape(raw_weights)}"
            )
        population, outputs, inputs = weights.shape
        bias = _finite(
            np.zeros((population, outputs)) if raw_bias is None else raw_bias, f"the bias of layer {i}"
        )
        if bias.ndim == 1:
            bias = bias[np.newaxis]
        if bias.shape != (population, outputs):
            raise ValueError(
                f"the bias of layer {i} must have the shape {(population, outputs)} that its weights ask for, "
                f"got {bias.shape}"
            )
        if checked and (checked[-1][1].shape[1] != inputs or checked[-1][0].shape[0] != population):
            raise ValueError(
                f"layer {i} is of {population} networks with {inputs} inputs, the layer before it of "
                f"{checked[-1][0].shape[0]} networks with {checked[-1][1].shape[1]} outputs"
            )
        checked.append((np.ascontiguousarray(weights), np.ascontiguousarray(bias)))
    return checked


def _check_log_std(log_std: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    array = _finite(log_std, "log_std")
    if array.ndim <= 1:
        array = np.broadcast_to(array, shape)
    if array.shape != shape:
        raise ValueError(
            f"log_std must have the shape {shape} that the last layer asks for, got {array.shape}"
        )
    return np.ascontiguousarray(array)


def _finite(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):  # large numbers become infinite
        array = np.asarray(values, dtype=np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array
