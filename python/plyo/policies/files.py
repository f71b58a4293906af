"""Policies in ``.npz`` files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt

from plyo.basics.array_file import naming_file, read_arrays
from plyo.policies.about import from_arrays
from plyo.policies.layers import OF_OUTPUTS
from plyo.policies.networks import GRU, MLP, PARTS, make_network
from plyo.policies.tables import Tabular

__all__ = ["load"]


def load(path: str | Path) -> MLP | GRU | Tabular:
    """Reads a policy that :meth:`Linear.save`, :meth:`MLP.save`, :meth:`GRU.save` or :meth:`Tabular.save` wrote.

    Its ``about`` says what the file says of its origin.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file holds no policy.
    """
    name, fault = str(path), "holds no policy that Plyo saved"
    arrays = read_arrays(name, fault)
    with naming_file(name, fault):
        about = from_arrays(arrays)
        policy = _to_tabular(arrays) if "table" in arrays else _to_network(arrays)
    policy.about = about
    return policy


def _to_tabular(arrays: Mapping[str, npt.NDArray[Any]]) -> Tabular:
    """A table from the arrays of a file."""
    _check_names(arrays, ["table", "epsilon"])
    return Tabular(arrays["table"], epsilon=_scalar(arrays, "epsilon", "f"))


def _to_network(arrays: Mapping[str, npt.NDArray[Any]]) -> MLP | GRU:
    """A network from the arrays of a file."""
    counts = {part: sum(name.startswith(f"{prefix}weights_") for name in arrays) for part, prefix in PARTS}
    counts["layers"] = max(1, counts["layers"])
    names = {
        part: [(f"{prefix}weights_{i}", f"{prefix}bias_{i}") for i in range(counts[part])]
        for part, prefix in PARTS
    }
    parts = [name for pairs in names.values() for pair in pairs for name in pair]
    has_cells = counts["gru_inputs"] > 0
    needed = [*parts, "activation", "head", "clip_actions", *(["initial_hidden"] if has_cells else [])]
    _check_names(arrays, needed, ["log_std", "log_std_range", "value_activation"])
    for name in (*parts, "log_std", "log_std_range", "initial_hidden"):
        if name in arrays and arrays[name].dtype.kind not in "iuf":
            raise ValueError(f"{name} must be numbers, got {arrays[name].dtype}")
    layers = {part: [(arrays[w], arrays[b]) for w, b in pairs] for part, pairs in names.items()}
    limits = tuple(arrays["log_std_range"].ravel()) if "log_std_range" in arrays else None
    if limits is not None and ("log_std" in arrays or len(limits) != 2):
        raise ValueError(f"log_std_range must be two numbers without log_std, got {limits}")
    pairs_of_cells = zip(layers["gru_inputs"], layers["gru_states"], strict=True)
    return make_network(
        [(given[0], kept[0], given[1], kept[1]) for given, kept in pairs_of_cells],
        arrays.get("initial_hidden"),
        layers["layers"],
        value=layers["value"] or None,
        trunk=layers["trunk"] or None,
        activation=_scalar(arrays, "activation", "U"),
        value_activation=_scalar(arrays, "value_activation", "U") if "value_activation" in arrays else None,
        head=_scalar(arrays, "head", "U") or None,
        log_std=OF_OUTPUTS if limits is not None else arrays.get("log_std"),
        log_std_range=limits,
        clip_actions=_scalar(arrays, "clip_actions", "b"),
    )


def _check_names(arrays: Mapping[str, Any], needed: Sequence[str], optional: Sequence[str] = ()) -> None:
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
