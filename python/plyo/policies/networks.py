"""Linear policies, multi-layer perceptrons and recurrent networks, with a value network or without."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo._native import NetworkConfig, NetworkPolicy
from plyo._native import Policy as NativePolicy
from plyo.policies.about import to_arrays
from plyo.policies.base import Drawing
from plyo.policies.layers import (
    Layers,
    RawCells,
    RawLayers,
    check_cells,
    check_chain,
    check_initial_hidden,
    check_layers,
    check_log_std,
    check_log_std_range,
    is_of_outputs,
)
from plyo.policies.torch_modules import read_modules, to_log_std

__all__ = ["ACTIVATIONS", "DRAWING_HEADS", "GRU", "HEADS", "MLP", "PARTS", "Linear"]

HEADS = ("argmax", "categorical", "mean", "gaussian", "squashed_mean", "squashed_gaussian")
ACTIVATIONS = ("tanh", "relu", "silu")
#: Heads that draw normals, which need ``log_std``.
DRAWING_HEADS = ("gaussian", "squashed_gaussian")
#: Heads whose networks may give ``log_std`` themselves.
BOX_HEADS = ("mean", "gaussian", "squashed_mean", "squashed_gaussian")
#: The attributes of a network that are layers, each with the prefix of its arrays in files.
PARTS = (
    ("layers", ""),
    ("trunk", "trunk_"),
    ("value", "value_"),
    ("gru_inputs", "gru_input_"),
    ("gru_states", "gru_state_"),
)


def _check_choice(name: str, choice: Any, choices: tuple[str, ...]) -> None:
    if choice not in choices:
        raise ValueError(
            f"{name} must be {', '.join(map(repr, choices[:-1]))} or {choices[-1]!r}, got {choice!r}"
        )


class _Network(Drawing):
    """The base of Linear, MLP and GRU."""

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
        cells: RawCells = (),
        initial_hidden: npt.ArrayLike | None = None,
        log_std_range: tuple[float, float] | None = None,
    ) -> None:
        _check_choice("activation", activation, ACTIVATIONS)
        if value_activation is not None:
            _check_choice("value_activation", value_activation, ACTIVATIONS)
        if head is not None and head not in HEADS:
            raise ValueError(f"head must be one of {HEADS} or None, got {head!r}")
        fits = (
            head in BOX_HEADS if is_of_outputs(log_std) else (log_std is not None) == (head in DRAWING_HEADS)
        )
        if not fits:
            raise ValueError(
                "log_std belongs to head='gaussian' and head='squashed_gaussian', which need it, 'outputs' to those of "
                "Box; "
                f"got head={head!r}, log_std={log_std!r}"
            )
        self.layers: Layers = []
        self.value: Layers = []
        self.trunk: Layers = []
        self.gru_inputs: Layers = []
        self.gru_states: Layers = []
        self.initial_hidden: npt.NDArray[np.float32] | None = None
        self.log_std: npt.NDArray[np.float32] | str | None = None
        self.log_std_range: tuple[float, float] | None = None
        self.activation = activation
        self.value_activation = activation if value_activation is None else value_activation
        self.head = head
        self.clip_actions = clip_actions
        self._set_arrays(layers, value or (), trunk or (), log_std, cells, initial_hidden, log_std_range)
        super().__init__(seed)

    def _set_arrays(
        self,
        layers: RawLayers,
        value: RawLayers,
        trunk: RawLayers,
        log_std: npt.ArrayLike | None,
        cells: RawCells,
        initial_hidden: npt.ArrayLike | None,
        log_std_range: tuple[float, float] | None,
    ) -> None:
        """Takes all arrays, or raises and takes none."""
        checked, values, trunks = (
            check_layers(layers),
            check_layers(value, "value "),
            check_layers(trunk, "trunk "),
        )
        gru = check_cells(cells)
        check_chain(checked, trunks, values, gru)
        hidden = None
        if gru[1]:
            population, _, units = gru[1][0][0].shape
            shape = (population, len(gru[1]), units)
            if self.initial_hidden is not None and self.initial_hidden.shape != shape:
                raise ValueError(
                    f"this policy has hidden states of the shape {self.initial_hidden.shape} (population, layers, "
                    f"units), the new GRU has {shape}; make another policy"
                )
            hidden = check_initial_hidden(initial_hidden, shape)
        shape_of_outputs = checked[-1][1].shape
        limits = check_log_std_range(log_std_range, log_std, shape_of_outputs[1])
        if limits is None and log_std is not None:
            log_std = check_log_std(log_std, shape_of_outputs)
        self.log_std, self.log_std_range = log_std, limits  # type: ignore[assignment]  # an array or "outputs"
        self.layers, self.value, self.trunk = checked, values, trunks
        self.gru_inputs, self.gru_states = gru
        self.initial_hidden = hidden

    @property
    def _cells(self) -> list[tuple[Any, Any, Any, Any]]:
        """The layers of the GRU as they are given."""
        pairs = zip(self.gru_inputs, self.gru_states, strict=True)
        return [(given[0], kept[0], given[1], kept[1]) for given, kept in pairs]

    def __repr__(self) -> str:
        """The sizes of the layers and the options, without arrays."""
        chains = [
            f"{name}: {' -> '.join(str(size) for size in (part[0][0].shape[2], *(b.shape[1] for _, b in part)))}"
            for name, part in (("trunk", self.trunk), ("layers", self.layers), ("value", self.value))
            if part
        ]
        return (
            f"<{type(self).__name__} {'; '.join(chains)}; head={self.head!r}, activation={self.activation!r}>"
        )

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
        self._update(layers, value, trunk, log_std, None, None)

    def _update(
        self,
        layers: RawLayers,
        value: RawLayers | None,
        trunk: RawLayers | None,
        log_std: npt.ArrayLike | None,
        cells: RawCells | None,
        initial_hidden: npt.ArrayLike | None,
    ) -> None:
        if log_std is not None and self.head not in DRAWING_HEADS:
            raise ValueError(
                f"log_std belongs to heads that draw normals, this policy has head={self.head!r}"
            )
        if log_std is not None and (self.log_std_range is not None) != is_of_outputs(log_std):
            raise ValueError(
                "log_std is among the outputs of a policy from its beginning, or never; "
                f"this policy has log_std={self.log_std!r}, got {log_std!r}"
            )
        self._set_arrays(
            layers,
            self.value if value is None else value,
            self.trunk if trunk is None else trunk,
            self.log_std if log_std is None else log_std,
            self._cells if cells is None else cells,
            self.initial_hidden if initial_hidden is None else initial_hidden,
            self.log_std_range,
        )

    def update_from_torch(
        self, actor: Any, critic: Any = None, *, trunk: Any = None, gru: Any = None, log_std: Any = None
    ) -> None:
        """Takes the present weights of torch modules, once an iteration of training.

        Args:
            actor: The module of the policy, or a pair ``(actor, critic)``; see :func:`from_torch`.
            critic: The module of the value network. None leaves the value network as it is.
            trunk: The module before a GRU. None leaves it as it is.
            gru: The module of a GRU. None leaves it as it is.
            log_std: A tensor or array of the logarithms of the standard deviations, or their ``Linear``; None leaves
                them as they are.

        Raises:
            TypeError: A module is of a kind that no native network computes.
            ValueError: The modules have other activations than this policy, or shapes that do not fit; nothing has
                changed.
        """
        parts = read_modules(actor, critic, trunk, gru, log_std)
        parts.check_end(self.head)
        for name, given, own in (
            ("activation", parts.activation, self.activation),
            ("value_activation", parts.value_activation, self.value_activation if parts.value else None),
        ):
            if given is not None and given != own:
                raise ValueError(f"this policy has {name}={own!r}, the module has {given!r}")
        if bool(parts.cells) and not self.gru_states:
            raise ValueError("these modules have a GRU, this policy has none")
        if self.trunk and not parts.trunk and not self.gru_states:
            # an actor alone: its first layers are those of the trunk
            count = len(self.trunk)
            parts.trunk, parts.layers = parts.layers[:count], parts.layers[count:]
            if parts.value:
                raise ValueError("this policy has a trunk, which these modules do not share")
        if parts.trunk and not self.trunk:
            raise ValueError("these modules share their first layers, this policy has no trunk")
        self._update(
            parts.layers,
            parts.value or None,
            parts.trunk or None,
            to_log_std(log_std),
            parts.cells or None,
            None,
        )

    def _config(self, task: Mapping[str, Any]) -> NetworkConfig:
        """What the native policy computes; a head that is not named is that of the task."""
        head = self.head or ("argmax" if task["action"]["kind"] == "discrete" else "mean")
        nothing = np.zeros(0, np.float32)
        return NetworkConfig(
            layers=self.layers,
            trunk=self.trunk,
            value=self.value,
            gru_inputs=self.gru_inputs,
            gru_states=self.gru_states,
            initial_hidden=nothing if self.initial_hidden is None else self.initial_hidden,
            activation=self.activation,
            value_activation=self.value_activation,
            head=head,
            log_std=nothing if self.log_std is None or self.log_std_range is not None else self.log_std,
            log_std_range=self.log_std_range,
            clip_actions=self.clip_actions,
            seed=self.seed,
        )

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        return NetworkPolicy(self._config(task))

    def _configure(self, task: Mapping[str, Any]) -> None:
        self._native.configure(self._config(task))

    def member(self, i: int) -> MLP | GRU:
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
        cells = [(a[i], b[i], c[i], d[i]) for a, b, c, d in self._cells]
        hidden = None if self.initial_hidden is None else self.initial_hidden[i]
        return make_network(
            cells,
            hidden,
            layers,
            value=value,
            trunk=trunk,
            activation=self.activation,
            value_activation=self.value_activation,
            head=self.head,
            log_std=self.log_std[i] if isinstance(self.log_std, np.ndarray) else self.log_std,
            log_std_range=self.log_std_range,
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
        if self.log_std_range is not None:
            arrays["log_std_range"] = np.array(self.log_std_range)
        elif self.log_std is not None:
            arrays["log_std"] = self.log_std
        if self.initial_hidden is not None:
            arrays["initial_hidden"] = self.initial_hidden
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
            ``exp(log_std)``; ``"squashed_mean"`` and ``"squashed_gaussian"`` take the tanh of these and scale it to the
            bounds of the space. None is the one of ``"argmax"`` and ``"mean"`` that fits the task.
        log_std: For heads that draw normals: the logarithm of the standard deviations, a number, ``(outputs,)`` or
            ``(P, outputs)``.
        clip_actions: Whether Box actions are clipped to their space.
        seed: The seed of the streams of heads that draw; None for one from the operating system.

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
        log_std: As for :class:`Linear`; or ``"outputs"``: the last layer's outputs are as many numbers as the action
            has, and then the log_std of each, so that the standard deviations depend on the observation. Then ``head``
            may also be ``"mean"`` or ``"squashed_mean"``, which leave them out.
        log_std_range: To which a log_std among the outputs is clipped; None for (-20, 2).
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
        log_std_range: tuple[float, float] | None = None,
        clip_actions: bool = True,
        seed: int | None = None,
    ) -> None:
        super().__init__(
            layers,
            value,
            trunk,
            activation,
            value_activation,
            head,
            log_std,
            clip_actions,
            seed,
            log_std_range=log_std_range,
        )


class GRU(_Network):
    """A recurrent network: gated recurrent units in the equations of ``torch.nn.GRU``, and dense layers.

    Every environment has hidden states of its own. They are ``initial_hidden`` in the first step of each episode, in
    all modes of autoreset, and go on from rollout to rollout: a rollout of 2 T steps is two rollouts of T steps. Steps
    that others take, by ``step``, do not move them; see :attr:`hidden`.

    Args:
        cells: ``(weight_ih, weight_hh, bias_ih, bias_hh)`` of each layer, of the shapes ``(3 units, inputs)``,
            ``(3 units, units)`` and ``(3 units,)``, as in torch: the gates reset, update and new. Biases may be None.
            With a leading dimension P, a population. All layers have as many units.
        layers: The layers from the hidden states of the last cell to the outputs; as for :class:`MLP`.
        value: Likewise to the value.
        trunk: The layers before the cells, each followed by the activation. None for none.
        initial_hidden: ``(layers, units)`` or ``(P, layers, units)``, the hidden states where an episode begins; None
            for zeros.
        activation: As for :class:`MLP`.
        value_activation: As for :class:`MLP`.
        head: As for :class:`Linear`.
        log_std: As for :class:`MLP`.
        log_std_range: As for :class:`MLP`.
        clip_actions: As for :class:`Linear`.
        seed: As for :class:`Linear`. A new one begins new streams, and the hidden states anew.

    Raises:
        ValueError: A shape does not fit, or a value is not finite.
    """

    _own_hidden: npt.NDArray[np.float32] | None = None  # while there is no native policy

    def __init__(
        self,
        cells: RawCells,
        layers: RawLayers,
        *,
        value: RawLayers | None = None,
        trunk: RawLayers | None = None,
        initial_hidden: npt.ArrayLike | None = None,
        activation: str = "tanh",
        value_activation: str | None = None,
        head: str | None = None,
        log_std: npt.ArrayLike | None = None,
        log_std_range: tuple[float, float] | None = None,
        clip_actions: bool = True,
        seed: int | None = None,
    ) -> None:
        if not len(cells):
            raise ValueError("a GRU needs at least one layer of cells")
        super().__init__(
            layers,
            value,
            trunk,
            activation,
            value_activation,
            head,
            log_std,
            clip_actions,
            seed,
            cells,
            initial_hidden,
            log_std_range,
        )

    def update(
        self,
        layers: RawLayers,
        value: RawLayers | None = None,
        trunk: RawLayers | None = None,
        *,
        log_std: npt.ArrayLike | None = None,
        cells: RawCells | None = None,
        initial_hidden: npt.ArrayLike | None = None,
    ) -> None:
        """Takes other weights; parts that are None stay as they are. Random streams and hidden states go on.

        Args:
            layers: As for :class:`GRU`.
            value: Likewise.
            trunk: Likewise.
            log_std: Likewise.
            cells: Likewise, with as many layers and units as before.
            initial_hidden: Likewise.

        Raises:
            ValueError: A shape does not fit, or a value is not finite; nothing has changed.
        """
        self._update(layers, value, trunk, log_std, cells, initial_hidden)

    @property
    def hidden(self) -> npt.NDArray[np.float32] | None:
        """A copy of the hidden states, float32 ``(layers, num_envs, units)``; None before the first rollout.

        Those of an environment that begins an episode are the initial ones. Assign an array to go on from others, as
        beside ``envs.set_state(...)``, or None to begin with the initial ones.
        """
        hidden = self._own_hidden if self._native is None else self._native.hidden()
        return None if hidden is None else np.array(hidden)

    @hidden.setter
    def hidden(self, hidden: npt.ArrayLike | None) -> None:
        if hidden is not None:
            hidden = np.array(hidden, dtype=np.float32)
            _, layers, units = self.initial_hidden.shape  # type: ignore[union-attr]  # a GRU has them
            if hidden.ndim != 3 or hidden.shape[::2] != (layers, units) or not hidden.size:
                raise ValueError(
                    f"hidden must have the shape ({layers}, num_envs, {units}), got {hidden.shape}"
                )
            if not np.isfinite(hidden).all():
                raise ValueError("hidden must be finite")
        if self._native is None:
            self._own_hidden = hidden
        else:
            self._native.set_hidden(hidden)

    def _make(self, task: Mapping[str, Any]) -> NativePolicy:
        native = NetworkPolicy(self._config(task))
        native.set_hidden(self._own_hidden)
        self._own_hidden = None
        return native

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying; a copy begins its random streams anew, and has the same hidden states."""
        return {**super().__getstate__(), "_own_hidden": self.hidden}


def make_network(
    cells: RawCells, initial_hidden: npt.ArrayLike | None, layers: RawLayers, **kwargs: Any
) -> MLP | GRU:
    """A network with cells or without."""
    return (
        GRU(cells, layers, initial_hidden=initial_hidden, **kwargs) if len(cells) else MLP(layers, **kwargs)
    )
