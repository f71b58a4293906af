"""Linear policies and multi-layer perceptrons, with a value network or without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import NetworkPolicy
from plyo._native import Policy as NativePolicy
from plyo.policies.about import to_arrays
from plyo.policies.base import Drawing
from plyo.policies.layers import Layers, RawLayers, check_chain, check_layers, check_log_std
from plyo.policies.torch_modules import read_modules, to_array

__all__ = ["ACTIVATIONS", "DRAWING_HEADS", "HEADS", "MLP", "PARTS", "Linear"]

HEADS = ("argmax", "categorical", "mean", "gaussian", "squashed_mean", "squashed_gaussian")
ACTIVATIONS = ("tanh", "relu", "silu")
#: Heads that draw normals, which need ``log_std``.
DRAWING_HEADS = ("gaussian", "squashed_gaussian")
#: The attributes of a network that are layers, each with the prefix of its arrays in files.
PARTS = (("layers", ""), ("trunk", "trunk_"), ("value", "value_"))


def _check_choice(name: str, choice: Any, choices: tuple[str, ...]) -> None:
    if choice not in choices:
        raise ValueError(
            f"{name} must be {', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}, got {choice!r}"
        )


class _Network(Drawing):
    """The base of Linear and MLP."""

    def __init__(
        self,
        layers: RawLayers,
        value: RawLayers | None,
        trunk: RawLayers | None,
        activation: str,
        value_activation: str | None,
        head: str | None,
        log_std: npt.ArrayLike | None,
        clip_actions: bool,
        seed: int | None,
    ) -> None:
        _check_choice("activation", activation, ACTIVATIONS)
        if value_activation is not None:
            _check_choice("value_activation", value_activation, ACTIVATIONS)
        if head is not None and head not in HEADS:
            raise ValueError(f"head must be one of {HEADS} or None, got {head!r}")
        if (log_std is not None) != (head in DRAWING_HEADS):
            raise ValueError(
                "log_std belongs to head='gaussian' and head='squashed_gaussian', which need it; "
                f"got head={head!r}, log_std={log_std!r}"
            )
        self.layers: Layers = []
        self.value: Layers = []
        self.trunk: Layers = []
        self.log_std: npt.NDArray[np.float32] | None = None
        self.activation = activation
        self.value_activation = activation if value_activation is None else value_activation
        self.head = head
        self.clip_actions = clip_actions
        self._set_arrays(layers, value or (), trunk or (), log_std)
        super().__init__(seed)

    def _set_arrays(
        self, layers: RawLayers, value: RawLayers, trunk: RawLayers, log_std: npt.ArrayLike | None
    ) -> None:
        """Takes all arrays, or raises and takes none."""
        checked, values, trunks = (
            check_layers(layers),
            check_layers(value, "value "),
            check_layers(trunk, "trunk "),
        )
        check_chain(checked, trunks, values)
        self.log_std = None if log_std is None else check_log_std(log_std, checked[-1][1].shape)
        self.layers, self.value, self.trunk = checked, values, trunks

    @property
    def population(self) -> int:
        """The number of networks."""
        return int(self.layers[0][0].shape[0])

    def update(
        self,
        layers: RawLayers,
        value: RawLayers | None = None,
        trunk: RawLayers | None = None,
        *,
        log_std: npt.ArrayLike | None = None,
    ) -> None:
        """Takes other weights; parts that are None stay as they are. The random streams go on.

        Args:
            layers: As for :class:`MLP`.
            value: Likewise.
            trunk: Likewise.
            log_std: Likewise.

        Raises:
            ValueError: A shape does not fit, or a value is not finite; nothing has changed.
        """
        if log_std is not None and self.head not in DRAWING_HEADS:
            raise ValueError(
                f"log_std belongs to heads that draw normals, this policy has head={self.head!r}"
            )
        self._set_arrays(
            layers,
            self.value if value is None else value,
            self.trunk if trunk is None else trunk,
            self.log_std if log_std is None else log_std,
        )

    def update_from_torch(self, actor: Any, critic: Any = None, *, log_std: Any = None) -> None:
        """Takes the present weights of torch modules, once an iteration of training.

        Args:
            actor: The module of the policy, or a pair ``(actor, critic)``; see :func:`from_torch`.
            critic: The module of the value network. None leaves the value network as it is.
            log_std: A tensor or array of the logarithms of the standard deviations; None leaves them as they are.

        Raises:
            TypeError: A module is of a kind that no native network computes.
            ValueError: The modules have other activations than this policy, or shapes that do not fit; nothing has
                changed.
        """
        parts = read_modules(actor, critic)
        parts.check_end(self.head)
        for name, given, own in (
            ("activation", parts.activation, self.activation),
            ("value_activation", parts.value_activation, self.value_activation if parts.value else None),
        ):
            if given is not None and given != own:
                raise ValueError(f"this policy has {name}={own!r}, the module has {given!r}")
        if self.trunk and not parts.trunk:
            # an actor alone: its first layers are those of the trunk
            count = len(self.trunk)
            parts.trunk, parts.layers = parts.layers[:count], parts.layers[count:]
            if parts.value:
                raise ValueError("this policy has a trunk, which these modules do not share")
        if parts.trunk and not self.trunk:
            raise ValueError("these modules share their first layers, this policy has no trunk")
        self.update(
            parts.layers,
            parts.value or None,
            parts.trunk or None,
            log_std=None if log_std is None else to_array(log_std),
        )

    def _config(self, task: Mapping[str, Any]) -> tuple[Any, ...]:
        """The arguments of the native policy; a head that is not named is that of the task."""
        head = self.head or ("argmax" if task["action"]["kind"] == "discrete" else "mean")
        log_std = np.zeros(0, np.float32) if self.log_std is None else self.log_std
        parts = (self.layers, self.trunk, self.value)
        return *parts, self.activation, self.value_activation, head, log_std, self.clip_actions, self.seed

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
        layers, trunk, value = (
            [(weights[i], bias[i]) for weights, bias in part]
            for part in (self.layers, self.trunk, self.value)
        )
        return MLP(
            layers,
            value=value,
            trunk=trunk,
            activation=self.activation,
            value_activation=self.value_activation,
            head=self.head,
            log_std=None if self.log_std is None else self.log_std[i],
            clip_actions=self.clip_actions,
            seed=self.seed,
        )

    def save(self, path: str | Path) -> None:
        """Writes the policy to an ``.npz`` file, which :func:`load` reads."""
        arrays: dict[str, Any] = {
            "activation": np.array(self.activation),
            "value_activation": np.array(self.value_activation),
            "head": np.array(self.head or ""),
            "clip_actions": np.array(self.clip_actions),
        }
        for part, prefix in PARTS:
            for i, (weights, bias) in enumerate(getattr(self, part)):
                arrays[f"{prefix}weights_{i}"] = weights
                arrays[f"{prefix}bias_{i}"] = bias
        if self.log_std is not None:
            arrays["log_std"] = self.log_std
        with Path(path).open("wb") as file:
            np.savez(file, **arrays, **to_arrays(self.about))


class Linear(_Network):
    """A linear function of the observation.

    Args:
        weights: float32 ``(outputs, inputs)``, or ``(P, outputs, inputs)`` for a population. Inputs and outputs are one
            for each choice of a Discrete or each element of a Box of floating-point numbers of one dimension.
        bias: ``(outputs,)`` or ``(P, outputs)``; None for zeros.
        head: How outputs become actions. Discrete: ``"argmax"``, or ``"categorical"``, which draws from their softmax.
            Box: ``"mean"``, the outputs themselves, or ``"gaussian"``, which adds normals of the standard deviation
            ``exp(log_std)``;
    ``"squashed_mean"`` and ``"squashed_gaussian"`` take the tanh of these and scale it to the bounds of the
        space.None is the one of ``"argmax"`` and ``"mean"`` that fits the task.log_std
        : For heads that draw normals : the logarithm of the standard deviations,
        a number, ``(outputs, )`` or
            ``(P, outputs)``.clip_actions : Whether Box actions are clipped to their space.seed
        : The seed of the streams of heads that draw; None for one from the operating system.

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
        super().__init__([(weights, bias)], None, None, "tanh", None, head, log_std, clip_actions, seed)


class MLP(_Network):
    """A multi-layer perceptron, with a value network or without.

    Numbers are float32. The same bits come out of every instruction set, number of environments and of threads.

    Args:
        layers: ``(weights, bias)`` of each layer, from the observation (or the trunk) on; shapes as for
            :class:`Linear`.
        value: The layers of a network with one output, the value of an observation, from which a rollout records
            ``"values"``, ``"last_values"``, ``"advantages"`` and ``"returns"``. None for none.
        trunk: Layers that both networks share, each followed by the activation. None for none.
        activation: ``"tanh"``, ``"relu"`` or ``"silu"``, after every layer of the trunk and of ``layers`` except the
            last.
        value_activation: That of the value network, after every layer except its last; None for the same.
        head: As for :class:`Linear`.
        log_std: As for :class:`Linear`.
        clip_actions: As for :class:`Linear`.
        seed: As for :class:`Linear`.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.
    """

    def __init__(
        self,
        layers: RawLayers,
        *,
        value: RawLayers | None = None,
        trunk: RawLayers | None = None,
        activation: str = "tanh",
        value_activation: str | None = None,
        head: str | None = None,
        log_std: npt.ArrayLike | None = None,
        clip_actions: bool = True,
        seed: int | None = None,
    ) -> None:
        super().__init__(
            layers, value, trunk, activation, value_activation, head, log_std, clip_actions, seed
        )
