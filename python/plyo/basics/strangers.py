"""What to say of objects that were given in the place of an environment or a batch. Loaded by such an error alone."""

from __future__ import annotations

from typing import Any


def stranger_advice(env: Any, wants_batch: bool) -> str:
    """What to do with an object that is no environment, or no batch, of Plyo; with a full stop and a space before it.

    Args:
        env: The object.
        wants_batch: Whether a batch was expected.
    """
    if isinstance(env, type):
        return ". It is a class: make an instance of it, for example with plyo.make(id)"
    packages = {base.__module__.partition(".")[0] for base in type(env).__mro__}
    if "gymnasium" in packages and not hasattr(env, "num_envs"):
        return ". It is one of Gymnasium: plyo.from_gymnasium(env) gives it Plyo's classes"
    if "gym" in packages:
        return ". It is one of Gym: make(..., apply_api_compatibility=True) and plyo.wrappers.EnvCompatibility take it"
    if not wants_batch and hasattr(env, "num_envs"):
        return ". It is a batch: plyo.wrappers.vector has the wrappers of batches"
    if wants_batch and hasattr(env, "step"):
        return ". It is a single environment: plyo.wrappers has its wrappers, and plyo.make_vec makes batches"
    return ""
