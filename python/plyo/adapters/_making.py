"""Making the batches of the adapters."""

from __future__ import annotations

from typing import Any

import plyo
from plyo._registry.lookup import find_spec
from plyo.envs.creators import Creator
from plyo.envs.making_vec import vectorization_of
from plyo.vector import AutoresetMode, VectorEnv


def make_batch(id: Any, num_envs: int, mode: AutoresetMode, arguments: dict[str, Any]) -> VectorEnv:
    """Makes a batch that resets in a certain way, with rewards of float32 where it is native.

    Args:
        id: The id of a registered environment, or a spec.
        num_envs: The number of environments.
        mode: How it resets. A batch of a vector entry point that is not Plyo's own resets as that one does.
        arguments: Further arguments of :func:`plyo.make_vec`, which win over both.

    Raises:
        plyo.error.Error, TypeError, ValueError: :func:`plyo.make_vec` does not take the arguments.
    """
    kind = vectorization_of(id, **arguments)
    if kind == "native":
        arguments = {"autoreset_mode": mode, "reward_dtype": "float32", **arguments}
    elif kind in ("sync", "async"):
        arguments = dict(arguments)
        chosen = {"autoreset_mode": arguments.pop("autoreset_mode", mode)}
        arguments["vector_kwargs"] = {**chosen, **(arguments.get("vector_kwargs") or {})}
    elif is_own(id):
        arguments = {"autoreset_mode": mode, **arguments}
    envs: VectorEnv = plyo.make_vec(id, num_envs, **arguments)
    return envs


def is_own(id: Any) -> bool:
    """Whether the vector entry point of an environment is one of Plyo's that is not native, as that of Atari games."""
    spec = find_spec(id) if isinstance(id, str) else id
    return hasattr(Creator(spec.vector_entry_point).call, "beside_an_id")
