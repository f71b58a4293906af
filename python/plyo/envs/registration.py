"""Registering environments; also the address of everything that makes or finds them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from plyo import error, logger
from plyo._registry.ids import ENV_ID_RE, get_env_id, parse_env_id
from plyo._registry.listing import pprint_registry
from plyo._registry.lookup import find_highest_version, load_env_creator, registry, spec
from plyo._registry.specs import EnvSpec, WrapperSpec
from plyo.envs.creators import EnvCreator, VectorEnvCreator
from plyo.envs.making_vec import VectorizeMode

if TYPE_CHECKING:  # the same functions, overloaded by the ids of the native tasks
    from plyo.envs.makers import make, make_vec
else:
    from plyo.envs.making import make
    from plyo.envs.making_vec import make_vec

__all__ = [
    "ENV_ID_RE",
    "EnvCreator",
    "EnvSpec",
    "VectorEnvCreator",
    "VectorizeMode",
    "WrapperSpec",
    "current_namespace",
    "find_highest_version",
    "get_env_id",
    "load_env_creator",
    "make",
    "make_vec",
    "namespace",
    "parse_env_id",
    "pprint_registry",
    "register",
    "register_envs",
    "registry",
    "spec",
]

#: The namespace that :func:`register` gives to ids, set by :func:`namespace`.
current_namespace: str | None = None


@contextlib.contextmanager
def namespace(ns: str) -> Generator[None, None, None]:
    """Gives all ids that are registered inside the ``with`` block a namespace.

    Args:
        ns: The namespace; it takes the place of one in the id.
    """
    global current_namespace  # its readers expect a module attribute
    outer = current_namespace
    current_namespace = ns
    try:
        yield
    finally:
        current_namespace = outer


def register_envs(env_module: ModuleType) -> None:
    """Does nothing: it marks the use of a module whose import registers environments.

    Args:
        env_module: The module.
    """


def register(
    id: str,
    entry_point: EnvCreator | Callable[..., Any] | str | None = None,
    reward_threshold: float | None = None,
    nondeterministic: bool = False,
    max_episode_steps: int | None = None,
    order_enforce: bool = True,
    disable_env_checker: bool = False,
    additional_wrappers: tuple[WrapperSpec, ...] = (),
    vector_entry_point: VectorEnvCreator | Callable[..., Any] | str | None = None,
    kwargs: dict[str, Any] | None = None,
) -> None:
    """Adds an environment to the registry, so that :func:`plyo.make` can make it.

    An environment that is registered under the same id is replaced, with a warning.

    Args:
        id: ``[namespace/]name[-v(version)]``.
        entry_point: A callable that makes the environment, or its address, ``"module:name"``.
        reward_threshold: The return at which the task counts as solved.
        nondeterministic: Whether an episode can differ under the same seed and actions.
        max_episode_steps: The time limit in steps, ``None`` for no limit.
        order_enforce: Whether ``step`` and ``render`` are refused before ``reset``.
        disable_env_checker: Whether the passive checker is left out.
        additional_wrappers: Wrappers to put around the environment, the innermost first.
        vector_entry_point: The same for a batch of environments.
        kwargs: Arguments for the entry point.

    Raises:
        ValueError: There is no entry point at all.
        plyo.error.RegistrationError: The name is registered with versions and ``id`` has none, or
            the other way round.
        plyo.error.Error: ``id`` is malformed.
    """
    if entry_point is None and vector_entry_point is None:
        raise ValueError("Either `entry_point` or `vector_entry_point` (or both) must be provided")
    kwargs = {} if kwargs is None else kwargs
    ns, name, version = parse_env_id(id)
    if current_namespace is not None:
        given = kwargs.get("namespace")
        if given is not None and given != current_namespace:
            logger.warn(
                f"Custom namespace `{given}` is being overridden by namespace "
                f"`{current_namespace}`. If you are developing a plugin you shouldn't specify a "
                "namespace in `register` calls. "
                "The namespace is specified through the entry point package metadata."
            )
        ns = current_namespace

    new_spec = EnvSpec(
        id=get_env_id(ns, name, version),
        entry_point=entry_point,
        reward_threshold=reward_threshold,
        nondeterministic=nondeterministic,
        max_episode_steps=max_episode_steps,
        order_enforce=order_enforce,
        disable_env_checker=disable_env_checker,
        kwargs=kwargs,
        additional_wrappers=additional_wrappers,
        vector_entry_point=vector_entry_point,
    )
    _check_spec_register(new_spec)
    if new_spec.id in registry:
        logger.warn(f"Overriding environment {new_spec.id} already in registry.")
    registry[new_spec.id] = new_spec


def _check_spec_register(new_spec: EnvSpec) -> None:
    """Refuses to mix versioned and unversioned environments of one name."""
    ns, name = new_spec.namespace, new_spec.name
    latest_version = find_highest_version(ns, name)
    unversioned_id = get_env_id(ns, name, None)
    other = registry.get(unversioned_id)
    # "Walk-v1-v2" is a version of "Walk-v1", which is itself one of "Walk"
    if new_spec.version is not None and other is not None and other.version is None:
        raise error.RegistrationError(
            f"Can't register the versioned environment `{new_spec.id}` when the unversioned "
            f"environment `{unversioned_id}` of the same name already exists."
        )
    if new_spec.version is None and latest_version is not None:
        raise error.RegistrationError(
            f"Can't register the unversioned environment `{new_spec.id}` when the versioned "
            f"environment `{get_env_id(ns, name, latest_version)}` of the same name already "
            "exists. Note: the default behavior is that `gym.make` with the unversioned "
            "environment will return the latest versioned environment"
        )
