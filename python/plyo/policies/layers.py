"""Layers of dense networks as arrays, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Layers", "RawLayers", "check_chain", "check_layers", "check_log_std"]

#: As a user gives them: weights ``(outputs, inputs)`` or ``(P, outputs, inputs)``, and a bias or None.
RawLayers = Sequence[tuple[npt.ArrayLike, npt.ArrayLike | None]]
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
    for i, (raw_weights, raw_bias) in enumerate(layers):
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


def check_chain(layers: Layers, trunk: Layers, value: Layers) -> None:
    """Raises ``ValueError`` unless policy and value network fit the trunk, or else each other's inputs."""
    if not layers:
        raise ValueError("a network needs at least one layer")
    population, inputs = layers[0][0].shape[0], layers[0][0].shape[2]
    if trunk and (trunk[-1][1].shape[1] != inputs or trunk[-1][0].shape[0] != population):
        raise ValueError(
            f"layer 0 is of {population} networks with {inputs} inputs, the trunk of {trunk[-1][0].shape[0]} "
            f"networks with {trunk[-1][1].shape[1]} outputs"
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


def check_log_std(log_std: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Logarithms of standard deviations, one for each output of each network."""
    array = _finite(log_std, "log_std")
    if array.ndim <= 1 and array.shape in ((), (1,), shape[1:]):
        array = np.broadcast_to(array, shape)
    if array.shape != shape:
        raise ValueError(
            f"log_std must have the shape {shape} that the last layer asks for, got {array.shape}"
        )
    return np.ascontiguousarray(array)


def _finite(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):  # large numbers become infinite
        array = np.asarray(values, dtype=np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array
