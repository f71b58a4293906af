"""Native policies from torch modules."""

from __future__ import annotations

from typing import Any, overload

from plyo.policies.networks import GRU, MLP, make_network
from plyo.policies.torch_modules import read_modules, to_array, to_log_std

__all__ = ["from_torch"]


@overload
def from_torch(
    actor: Any,
    critic: Any = None,
    *,
    trunk: None = None,
    gru: None = None,
    head: str | None = None,
    log_std: Any = None,
    log_std_range: tuple[float, float] | None = None,
    initial_hidden: None = None,
    clip_actions: bool = True,
    seed: int | None = None,
) -> MLP: ...
@overload
def from_torch(
    actor: Any,
    critic: Any = None,
    *,
    trunk: Any = None,
    gru: Any,
    head: str | None = None,
    log_std: Any = None,
    log_std_range: tuple[float, float] | None = None,
    initial_hidden: Any = None,
    clip_actions: bool = True,
    seed: int | None = None,
) -> GRU: ...
def from_torch(
    actor: Any,
    critic: Any = None,
    *,
    trunk: Any = None,
    gru: Any = None,
    head: str | None = None,
    log_std: Any = None,
    log_std_range: tuple[float, float] | None = None,
    initial_hidden: Any = None,
    clip_actions: bool = True,
    seed: int | None = None,
) -> MLP | GRU:
    """A native policy with the present weights of torch modules.

    The modules are chains of ``Linear`` and activations (``Tanh``, ``ReLU``, ``SiLU``), in ``Sequential`` of any depth.
    An activation is the same after every layer of a chain except the last one. If the chains begin with the same module
    objects, these are a trunk, which is computed once. Weights are copied: after a step of an optimiser, hand them over
    again by :meth:`MLP.update_from_torch`.

    Args:
        actor: The module from observations to the outputs of the policy, or a pair ``(actor, critic)``. An actor for
            ``"squashed_mean"`` may end with ``Tanh``, which then belongs to the head.
        critic: The module from observations to one number, their value. None for none.
        trunk: With ``gru``: the module before it, a chain that ends with an activation. None for none.
        gru: A ``torch.nn.GRU``, a ``GRUCell`` or a list of these, over the observations or the outputs of ``trunk``.
            Then ``actor`` and ``critic`` take its hidden states. None for none.
        head: As for :class:`MLP`. None is ``"gaussian"`` with ``log_std``, ``"squashed_mean"`` for an actor that ends
            with ``Tanh``, and otherwise the head of the task that draws nothing.
        log_std: For heads that draw normals: a tensor or array; or a ``Linear`` that takes what the last ``Linear`` of
            the actor takes, or ``"outputs"`` where it is the second half of the actor's outputs, see :class:`MLP`.
        log_std_range: With these: as for :class:`MLP`.
        initial_hidden: With ``gru``: a tensor or array ``(layers, units)``, see :class:`GRU`.
        clip_actions: As for :class:`MLP`.
        seed: As for :class:`MLP`.

    Raises:
        TypeError: A module is of a kind that no native network computes.
        ValueError: The layers, the head or ``log_std`` do not fit.
        ImportError: Torch is not installed.
    """
    parts = read_modules(actor, critic, trunk, gru, log_std)
    if initial_hidden is not None and gru is None:
        raise ValueError("initial_hidden belongs to a GRU; give one: from_torch(..., gru=module)")
    if head is None and log_std is not None:
        head = "gaussian"
    if head is None and parts.ends_with_tanh:
        head = "squashed_mean"
    parts.check_end(head)
    return make_network(
        parts.cells,
        None if initial_hidden is None else to_array(initial_hidden),
        parts.layers,
        value=parts.value or None,
        trunk=parts.trunk or None,
        activation=parts.activation or "tanh",
        value_activation=parts.value_activation,
        head=head,
        log_std=to_log_std(log_std),
        log_std_range=log_std_range,
        clip_actions=clip_actions,
        seed=seed,
    )
