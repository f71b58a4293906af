"""Native tasks in the registry of Ray Tune, from which RLlib makes environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ray
from ray.tune.registry import register_env

import plyo
from plyo.envs.registration import EnvSpec
from plyo.gymnasium import to_gymnasium


def register(id: str | EnvSpec, name: str | None = None, **make_kwargs: Any) -> str:
    """Registers a native task under a name for ``config.environment(name)``.

    RLlib gets a true ``gymnasium.vector.VectorEnv`` with Gymnasium's spaces, in ``next_step`` mode as its runners need
    it, if the configuration has ``gym_env_vectorize_mode="vector_entry_point"``. ``env_config`` adds to the arguments.
    In an actor the batch has as many threads as processors that Ray sets aside for the actor, unless ``num_threads``
    is given.

    Args:
        id: The id of a registered native task, or a spec.
        name: The name; None for ``"plyo/"`` and the id.
        **make_kwargs: Arguments of :func:`plyo.make_vec`.

    Returns:
        The name.

    Raises:
        plyo.error.Error: The task is not registered.
    """
    spec = id if isinstance(id, EnvSpec) else plyo.spec(id)
    name = f"plyo/{spec.id}" if name is None else name
    register_env(name, Creator(spec, make_kwargs))
    return name


class Creator:
    """Makes environments for RLlib.

    Args:
        spec: The task.
        make_kwargs: Arguments of :func:`plyo.make_vec`.
    """

    def __init__(self, spec: EnvSpec, make_kwargs: Mapping[str, Any]) -> None:
        self._spec = spec
        self._make_kwargs = dict(make_kwargs)

    def __call__(self, context: Mapping[str, Any]) -> Any:
        """A batch of Gymnasium's type if RLlib says how many environments it wants, else a single environment.

        Args:
            context: RLlib's ``env_config``, with ``"num_envs"`` for a batch.
        """
        arguments = {**self._make_kwargs, **context}
        num_envs = arguments.pop("num_envs", None)
        if num_envs is None:
            for name in ("num_threads", "autoreset_mode", "num_buffers"):
                arguments.pop(name, None)  # a single environment has none of these
            return to_gymnasium(plyo.make(self._spec, **arguments))
        if (threads := _find_threads()) is not None:
            arguments.setdefault("num_threads", threads)
        return to_gymnasium(plyo.make_vec(self._spec, num_envs, vectorization_mode="native", **arguments))


def _find_threads() -> int | None:
    """The processors that this actor has; None outside of an actor."""
    if not ray.is_initialized() or (context := ray.get_runtime_context()).worker.mode != ray.WORKER_MODE:
        return None
    processors = context.get_assigned_resources().get("CPU")
    return None if processors is None else max(1, int(processors))
