"""Torch modules as layers. Torch is imported when a module is given, never before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.policies.layers import OF_OUTPUTS

__all__ = ["TorchParts", "is_module", "read_modules", "to_array", "to_log_std"]

_KNOWN = "Linear, Tanh, ReLU, SiLU, Identity and Sequential of these"
_Array = npt.NDArray[np.float32]


@dataclass
class _Chain:
    """A module as layers, and what follows each of them."""

    modules: list[Any] = field(default_factory=list)  # of the layers
    activations: list[str | None] = field(default_factory=list)  # after each layer

    def layers(self, first: int = 0, end: int | None = None) -> list[tuple[_Array, _Array | None]]:
        return [
            (to_array(m.weight), None if m.bias is None else to_array(m.bias))
            for m in self.modules[first:end]
        ]


@dataclass
class TorchParts:
    """The arrays of an actor and a critic, copied.

    Attributes:
        layers: ``(weights, bias)`` of the actor's layers, after the trunk.
        value: Likewise of the critic's; empty without one.
        trunk: Likewise of the layers that both begin with, or that come before the GRU.
        cells: ``(weight_ih, weight_hh, bias_ih, bias_hh)`` of the layers of the GRU; empty without one.
        activation: The activation between the layers of the actor and of the trunk; None without any.
        value_activation: Likewise of the critic.
        ends_with_tanh: Whether a Tanh follows the last layer of the actor.
    """

    layers: list[tuple[_Array, _Array | None]]
    value: list[tuple[_Array, _Array | None]]
    trunk: list[tuple[_Array, _Array | None]]
    cells: list[tuple[_Array, _Array, _Array | None, _Array | None]]
    activation: str | None
    value_activation: str | None
    ends_with_tanh: bool

    def check_end(self, head: str | None) -> None:
        """Raises ``ValueError`` if what follows the actor's last layer does not fit a head."""
        if self.ends_with_tanh and head != "squashed_mean":
            raise ValueError(
                f"an actor that ends with Tanh belongs to head='squashed_mean', got head={head!r}; heads that draw "
                "take the tanh after the draw, so their actors end with a Linear"
            )


def is_module(value: Any) -> bool:
    """Whether a value is a torch module. Torch is not imported to know."""
    return hasattr(value, "state_dict") and hasattr(value, "forward")


def read_modules(
    actor: Any, critic: Any, trunk: Any = None, gru: Any = None, log_std: Any = None
) -> TorchParts:
    """Walks an actor and a critic, or a pair of them, and a GRU with what comes before it.

    ``log_std``, a Linear that takes what the last layer of the actor takes, gives that more outputs.

    Raises:
        TypeError: A module is of a kind that no native network computes.
        ValueError: The activations are not those of a native network.
    """
    if isinstance(actor, (tuple, list)):
        if critic is not None or len(actor) != 2:
            raise TypeError(
                "give an actor and a critic: from_torch(actor, critic) or from_torch((actor, critic))"
            )
        actor, critic = actor
    policy = _walk(actor, "actor")
    value = _Chain() if critic is None else _walk(critic, "critic")
    before = _Chain() if trunk is None else _walk(trunk, "trunk")
    cells = [] if gru is None else _read_cells(gru)
    if trunk is not None and gru is None:
        raise TypeError(
            "trunk is the module before a GRU; layers that actor and critic both begin with are shared by themselves"
        )
    shared = 0 if cells else _count_shared(policy, value)
    if policy.activations[:shared] != value.activations[:shared]:
        raise ValueError("the layers that actor and critic share are followed by different activations")
    last = policy.layers(len(policy.modules) - 1)
    if is_module(log_std):
        last = [_join(last[0], log_std)]
    end = policy.activations[-1]
    if end not in (None, "tanh"):
        raise ValueError(
            f"the actor ends with the activation {end!r}; it must end with a Linear, or with Tanh"
        )
    if value.modules and value.activations[-1] is not None:
        raise ValueError(f"the critic ends with the activation {value.activations[-1]!r}, not with a Linear")
    return TorchParts(
        layers=[*policy.layers(shared, -1), *last],
        value=value.layers(shared),
        trunk=before.layers() if cells else policy.layers(0, shared),
        cells=cells,
        activation=_one_activation(
            [*before.activations, *policy.activations[:-1]],
            "trunk and of the actor" if before.modules else "actor",
        ),
        value_activation=_one_activation(value.activations[shared:-1], "critic"),
        ends_with_tanh=end == "tanh",
    )


def _join(layer: tuple[_Array, _Array | None], log_std: Any) -> tuple[_Array, _Array]:
    """The last layer of an actor with the outputs of a Linear behind its own."""
    import torch

    if type(log_std) is not torch.nn.Linear:
        kind = f"{type(log_std).__module__}.{type(log_std).__qualname__}"
        raise TypeError(f"log_std is a tensor, an array, a torch.nn.Linear or 'outputs', got {kind}")
    weights, bias = layer
    more = to_array(log_std.weight)
    if more.shape != weights.shape:
        raise ValueError(
            f"log_std must have the shape {weights.shape} (outputs, inputs) of the actor's last layer, got {more.shape}"
        )
    biases = (
        np.zeros(len(weights), np.float32) if bias is None else bias,
        np.zeros(len(more), np.float32) if log_std.bias is None else to_array(log_std.bias),
    )
    return np.concatenate([weights, more]), np.concatenate(biases)


def _count_shared(policy: _Chain, value: _Chain) -> int:
    """The layers that actor and critic begin with."""
    shared = 0
    for ours, theirs in zip(policy.modules, value.modules, strict=False):
        if ours is not theirs:
            break
        shared += 1
    # the last layer of each is its own: an actor cannot end within the trunk
    return min(shared, len(policy.modules) - 1, max(0, len(value.modules) - 1))


def _read_cells(gru: Any) -> list[tuple[_Array, _Array, _Array | None, _Array | None]]:
    """The layers of a ``GRU``, a ``GRUCell`` or several of these."""
    import torch

    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    if type(gru) is torch.nn.GRU:
        if gru.bidirectional or gru.dropout:
            raise ValueError(
                f"a native GRU looks back only and drops nothing out, got bidirectional={gru.bidirectional}, "
                f"dropout={gru.dropout}"
            )
        found = [[getattr(gru, f"{name}_l{i}", None) for name in names] for i in range(gru.num_layers)]
    else:
        modules = list(gru) if isinstance(gru, (list, tuple, torch.nn.ModuleList)) else [gru]
        for module in modules:
            if type(module) is not torch.nn.GRUCell:
                kind = f"{type(module).__module__}.{type(module).__qualname__}"
                raise TypeError(f"gru is a torch.nn.GRU, a GRUCell or a list of GRUCell, got {kind}")
        found = [[getattr(module, name) for name in names] for module in modules]
    if not found:
        raise TypeError("gru has no GRUCell")
    cells = [[None if array is None else to_array(array) for array in layer] for layer in found]
    return [(w_ih, w_hh, b_ih, b_hh) for w_ih, w_hh, b_ih, b_hh in cells]  # type: ignore[misc]  # weights are never None


def _walk(module: Any, name: str) -> _Chain:
    """The layers of a module in their order."""
    import torch

    kinds = {torch.nn.Tanh: "tanh", torch.nn.ReLU: "relu", torch.nn.SiLU: "silu"}
    chain = _Chain()

    def visit(part: Any, place: str) -> None:
        # exactly these classes: a subclass may compute something else
        if type(part) is torch.nn.Sequential:
            for key, child in part.named_children():
                visit(child, f"{place}.{key}")
        elif type(part) is torch.nn.Linear:
            chain.modules.append(part)
            chain.activations.append(None)
        elif type(part) in kinds:
            if not chain.modules or chain.activations[-1] is not None:
                raise TypeError(f"{place} is {type(part).__name__} without a Linear before it")
            chain.activations[-1] = kinds[type(part)]
        elif type(part) is not torch.nn.Identity:
            kind = f"{type(part).__module__}.{type(part).__qualname__}"
            raise TypeError(f"{place} is {kind}; native networks are made of {_KNOWN}")

    visit(module, name)
    if not chain.modules:
        raise TypeError(f"the {name} has no Linear layer")
    return chain


def _one_activation(activations: list[str | None], name: str) -> str | None:
    """The activation between the layers of a chain, None without any."""
    if len(set(activations)) > 1 or None in activations:
        found = ", ".join(str(activation) for activation in activations)
        raise ValueError(
            f"the layers of the {name} must be followed by one and the same activation, except the last one; "
            f"got {found}"
        )
    return activations[0] if activations else None


def to_array(tensor: Any) -> _Array:
    """A copy in float32."""
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu().float().numpy()
    return np.array(tensor, dtype=np.float32)


def to_log_std(log_std: Any) -> Any:
    """A log_std as networks take it: an array, ``"outputs"`` or None."""
    if log_std is None or isinstance(log_std, str):
        return log_std
    return OF_OUTPUTS if is_module(log_std) else to_array(log_std)
