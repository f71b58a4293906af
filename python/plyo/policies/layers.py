"""Layers of dense networks as arrays, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "OF_OUTPUTS",
    "Layers",
    "RawCells",
    "RawLayers",
    "check_cells",
    "check_chain",
    "check_initial_hidden",
    "check_layers",
    "check_log_std",
    "check_log_std_range",
    "is_of_outputs",
]

#: The log_std that is the second half of the last layer's outputs.
OF_OUTPUTS = "outputs"
#: As a user gives them: weights ``(outputs, inputs)`` or ``(P, outputs, inputs)``, and a bias or None.
RawLayers = Sequence[tuple[npt.ArrayLike, npt.ArrayLike | None]]
#: The layers of a GRU as torch has them: ``(weight_ih, weight_hh, bias_ih, bias_hh)`` of ``(3 units, inputs)``,
#: ``(3 units, units)`` and ``(3 units,)``, each with a population before it or not, and the biases or None.
RawCells = Sequence[tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike | None, npt.ArrayLike | None]]
#: Checked: weights ``(P, outputs, inputs)`` and biases ``(P, outputs)``.
Layers = list[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]]


def check_layers(layers: RawLayers, name: str = "") -> Layers:
    """Layers as (P, outputs, inputs) and (P, outputs) arrays that fit together.

    Args:
        layers: The layers.
        name: A word before ``"layer"`` in errors, such as ``"value "``.

    Raises:
        ValueError: A shape does not fit, or a number is not finite.
    """
    checked: Layers = []
    for i, (raw_weights, raw_bias) in enumerate(_pairs(layers, name)):
        weights = _finite(raw_weights, f"the weights of {name}layer {i}")
        if weights.ndim == 2:
            weights = weights[np.newaxis]
        if weights.ndim != 3 or weights.size == 0:
            raise ValueError(
                f"the weights of {name}layer {i} must have the shape (outputs, inputs) or "
                f"(population, outputs, inputs), got {np.shape(raw_weights)}"
            )
        population, outputs, inputs = weights.shape
        bias = _finite(
            np.zeros((population, outputs)) if raw_bias is None else raw_bias, f"the bias of {name}layer {i}"
        )
        if bias.ndim == 1:
            bias = bias[np.newaxis]
        if bias.shape != (population, outputs):
            raise ValueError(
                f"the bias of {name}layer {i} must have the shape {(population, outputs)} that its weights ask "
                f"for, got {bias.shape}"
            )
        if checked and (checked[-1][1].shape[1] != inputs or checked[-1][0].shape[0] != population):
            raise ValueError(
                f"{name}layer {i} is of {population} networks with {inputs} inputs, the layer before it of "
                f"{checked[-1][0].shape[0]} networks with {checked[-1][1].shape[1]} outputs"
            )
        checked.append((np.ascontiguousarray(weights), np.ascontiguousarray(bias)))
    return checked


def _pairs(layers: Any, name: str) -> list[tuple[Any, Any]]:
    """The layers as pairs.

    Raises:
        TypeError: They are no list of pairs of weights and bias.
    """
    if hasattr(layers, "parameters") and callable(layers.parameters):
        raise TypeError(
            f"{name}layers must be a list of pairs (weights, bias), got a module: plyo.policies.from_torch takes it"
        )
    wanted = (
        f"{name}layers must be a list of pairs (weights, bias), one for each layer, where bias may be None"
    )
    if isinstance(layers, (str, bytes)) or not isinstance(layers, Iterable):
        raise TypeError(f"{wanted}; got {layers!r:.80}")
    listed = list(layers)
    for i, pair in enumerate(listed):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            what = f"an array of shape {np.shape(pair)}" if isinstance(pair, np.ndarray) else f"{pair!r:.80}"
            raise TypeError(f"{wanted}; {name}layer {i} is {what}")
    return listed


def check_cells(cells: RawCells) -> tuple[Layers, Layers]:
    """The layers of a GRU: their products with what they are given, and with their hidden states.

    Raises:
        ValueError: A shape does not fit, or a number is not finite.
    """
    inputs: Layers = []
    states: Layers = []
    for i, cell in enumerate(cells):
        if len(cell) != 4:
            raise ValueError(
                f"layer {i} of the GRU must be (weight_ih, weight_hh, bias_ih, bias_hh), got {len(cell)} arrays"
            )
        weight_ih, weight_hh, bias_ih, bias_hh = cell
        (given,) = check_layers([(weight_ih, bias_ih)], f"GRU input {i}, ")
        (kept,) = check_layers([(weight_hh, bias_hh)], f"GRU state {i}, ")
        population, gates, units = kept[0].shape
        if gates != 3 * units or given[0].shape[:2] != (population, gates):
            raise ValueError(
                f"layer {i} of the GRU must have weight_ih (3 units, inputs) and weight_hh (3 units, units), got "
                f"{np.shape(weight_ih)} and {np.shape(weight_hh)}"
            )
        if inputs and (given[0].shape[2] != units or states[0][0].shape != kept[0].shape):
            raise ValueError(
                f"layer {i} of the GRU must have {states[0][0].shape[2]} inputs and units, as the first has, got "
                f"{given[0].shape[2]} and {units}"
            )
        inputs.append(given)
        states.append(kept)
    return inputs, states


def check_initial_hidden(
    hidden: npt.ArrayLike | None, shape: tuple[int, int, int]
) -> npt.NDArray[np.float32]:
    """Hidden states at the beginning of episodes, ``(P, layers, units)``."""
    array = _finite(np.zeros(shape) if hidden is None else hidden, "initial_hidden")
    if array.shape == shape[1:]:
        array = np.broadcast_to(array, shape)
    if array.shape != shape:
        raise ValueError(f"initial_hidden must have the shape {shape[1:]} or {shape}, got {array.shape}")
    return np.array(array)  # a view of one for all networks could not be written


def check_chain(layers: Layers, trunk: Layers, value: Layers, gru: tuple[Layers, Layers] = ([], [])) -> None:
    """Raises ``ValueError`` unless the parts of a network fit each other.

    ``gru``, from :func:`check_cells`, is between the trunk and the rest.
    """
    if not layers:
        raise ValueError("a network needs at least one layer")
    population, inputs = layers[0][0].shape[0], layers[0][0].shape[2]
    before = "the trunk", trunk[-1][1].shape if trunk else None
    if gru[0]:
        given = gru[0][0][0].shape[::2]
        if trunk and trunk[-1][1].shape != given:
            raise ValueError(
                f"the GRU is of {given[0]} networks with {given[1]} inputs, the trunk of {trunk[-1][1].shape[0]} "
                f"networks with {trunk[-1][1].shape[1]} outputs"
            )
        before = "the GRU", gru[1][-1][0].shape[::2]
    if before[1] is not None and before[1] != (population, inputs):
        raise ValueError(
            f"layer 0 is of {population} networks with {inputs} inputs, {before[0]} of {before[1][0]} "
            f"networks with {before[1][1]} outputs"
        )
    if not value:
        return
    if value[0][0].shape[2] != inputs or value[0][0].shape[0] != population:
        raise ValueError(
            f"value layer 0 is of {value[0][0].shape[0]} networks with {value[0][0].shape[2]} inputs, layer 0 of "
            f"the policy of {population} networks with {inputs} inputs"
        )
    if value[-1][1].shape[1] != 1:
        raise ValueError(f"a value network has one output, got {value[-1][1].shape[1]}")


def check_log_std_range(
    given: tuple[float, float] | None, log_std: Any, outputs: int
) -> tuple[float, float] | None:
    """The range of a log_std that is among the outputs; None for one that is not."""
    if not is_of_outputs(log_std):
        if given is not None:
            raise ValueError(
                f"log_std_range limits log_std='outputs', got log_std={log_std!r}, log_std_range={given!r}"
            )
        return None
    if outputs % 2:
        raise ValueError(
            f"the outputs must be an action and a log_std for each of its elements, got {outputs}, which is odd"
        )
    low, high = (-20.0, 2.0) if given is None else map(float, given)
    if not -math.inf < low <= high < math.inf:
        raise ValueError(f"log_std_range must be two finite numbers, the lower one first, got {given!r}")
    return low, high


def is_of_outputs(log_std: Any) -> bool:
    """Whether log_std is ``"outputs"``; raises ``ValueError`` for another text."""
    if isinstance(log_std, str) and log_std != OF_OUTPUTS:
        raise ValueError(f"log_std must be an array or {OF_OUTPUTS!r}, got {log_std!r}")
    return isinstance(log_std, str)


def check_log_std(log_std: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Logarithms of standard deviations, one for each output of each network."""
    array = _finite(log_std, "log_std")
    if array.ndim <= 1 and array.shape in ((), (1,), shape[1:]):
        array = np.broadcast_to(array, shape)
    if array.shape != shape:
        raise ValueError(
            f"log_std must have the shape {shape} that the last layer asks for, got {array.shape}"
        )
    return np.array(array)  # a view of one for all networks could not be written


def _finite(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):  # large numbers become infinite
        array = np.asarray(values, dtype=np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array
