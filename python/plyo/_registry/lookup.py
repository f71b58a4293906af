"""The registry, and finding an environment in it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

from plyo import error, logger
from plyo._registry.ids import get_env_id, parse_env_id
from plyo._registry.specs import EnvSpec

#: All registered environments by id.
registry: dict[str, EnvSpec] = {}


def _no_compiler(path: str, env_id: str | None) -> str:
    raise RuntimeError("import plyo before you name a header")


#: The function that compiles the header which an id begins with, and returns the id alone: set by :mod:`plyo.compile`.
compile_for_id: Callable[[str, str | None], str] = _no_compiler


def spec(env_id: str) -> EnvSpec:
    """Returns the spec of a registered environment.

    Args:
        env_id: ``[namespace/]name[-v(version)]``, exactly as registered.

    Returns:
        The spec in the registry itself, not a copy.

    Raises:
        plyo.error.Error: No such environment is registered. The message says whether the namespace,
            the name or the version is unknown, and suggests others.
    """
    env_spec = registry.get(env_id)
    if env_spec is None:
        register_installed()
        env_spec = registry.get(env_id)
    if env_spec is None:
        _check_version_exists(*parse_env_id(env_id))
        raise error.Error(f"No registered env with id: {env_id}")
    assert isinstance(env_spec, EnvSpec), (
        f"Expected the registry for {env_id} to be an `EnvSpec`, actual type is {type(env_spec)}"
    )
    return env_spec


def names_header(env_id: str) -> bool:
    """Whether an id begins with a C++ header, as ``"point_mass.hpp"`` and ``"point_mass.hpp:PointMass-v0"`` do."""
    return env_id.endswith(".hpp") or ".hpp:" in env_id


@cache
def register_installed() -> None:
    """Lets the installed packages register their environments: those with an entry point in the group ``plyo.envs``.

    A package whose entry point fails is named in a warning.
    """
    from importlib.metadata import entry_points  # few programs need it

    for entry in entry_points(group="plyo.envs"):
        try:
            entry.load()()
        except Exception as e:  # whatever a package raises, the others are registered
            logger.warn(f"the environments of the entry point {entry.name} = {entry.value} are missing: {e}")


def find_spec(env_id: str) -> EnvSpec:
    """Finds the environment that an id given to :func:`plyo.make` means.

    Args:
        env_id: An id without a version, which means the latest, or with one; after ``"module:"``
            to import a module first, or after ``"header.hpp:"`` to compile one; ``"header.hpp"`` alone means the
            only environment in it.

    Returns:
        The spec in the registry itself, not a copy.

    Raises:
        ModuleNotFoundError: The module cannot be imported.
        plyo.error.Error: No such environment is registered.
    """
    if names_header(env_id):
        path, _, rest = env_id.partition(".hpp")
        env_id = compile_for_id(f"{path}.hpp", rest.removeprefix(":") or None)
    module, env_name = (None, env_id) if ":" not in env_id else env_id.split(":")
    if module is not None:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as e:
            raise ModuleNotFoundError(
                f"{e}. Environment registration via importing a module failed. "
                f"Check whether '{module}' contains env registration and can be imported."
            ) from e

    ns, name, version = parse_env_id(env_name)
    if env_name not in registry and not _namesakes(ns, name):
        register_installed()
    env_spec = registry.get(env_name)
    latest_version = find_highest_version(ns, name)
    if latest_version is not None and version is None:
        version = latest_version
        latest_id = get_env_id(ns, name, version)
        env_spec = registry.get(latest_id)
        logger.warn(
            f"Using the latest versioned environment `{latest_id}` "
            f"instead of the unversioned environment `{env_name}`."
        )
    elif latest_version is not None and version is not None and latest_version > version:
        logger.deprecation(
            f"The environment {env_name} is out of date. You should consider "
            f"upgrading to version `v{latest_version}`."
        )

    if env_spec is None:
        _check_version_exists(ns, name, version)
        raise error.Error(
            f"No registered env with id: {env_name}. Did you register it, or import the package "
            "that registers it? Use `plyo.pprint_registry()` to see all of the registered "
            "environments."
        )
    return env_spec


def find_highest_version(ns: str | None, name: str) -> int | None:
    """Finds the latest version of an environment.

    Args:
        ns: The namespace or ``None``.
        name: The name.

    Returns:
        The highest registered version, ``None`` if there is no versioned environment.
    """
    versions = (s.version for s in _namesakes(ns, name) if s.version is not None)
    return max(versions, default=None)


def load_env_creator(name: str) -> Any:
    """Imports an entry point.

    Args:
        name: ``"module:attribute"``.

    Returns:
        The attribute, normally the class of an environment.

    Raises:
        ModuleNotFoundError: There is no such module.
        AttributeError: The module has no such attribute.
    """
    module, attribute = name.split(":")
    return getattr(importlib.import_module(module), attribute)


def _namesakes(ns: str | None, name: str) -> list[EnvSpec]:
    """All versions of an environment, in the order of their registration."""
    return [s for s in registry.values() if s.name == name and s.namespace == ns]


def _advice(ns: str | None, name: str, version: int | None) -> str:
    """Where an environment is that is not registered, and what is near."""
    from plyo._registry.elsewhere import advice  # few programs need it

    return advice(get_env_id(ns, name, version), ns, name, registry)


def _check_namespace_exists(ns: str | None, name: str, version: int | None) -> None:
    if ns is None:
        return
    namespaces = {s.namespace for s in registry.values() if s.namespace is not None}
    if ns in namespaces:
        return
    from difflib import get_close_matches  # only an error needs it

    suggestion = get_close_matches(ns, namespaces, n=1)
    hint = (
        f"Did you mean: `{suggestion[0]}`?"
        if suggestion
        else f"Have you installed the proper package for {ns}?"
    )
    raise error.NamespaceNotFound(f"Namespace {ns} not found. {hint}{_advice(ns, name, version)}")


def _check_name_exists(ns: str | None, name: str, version: int | None) -> None:
    _check_namespace_exists(ns, name, version)
    names = {s.name for s in registry.values() if s.namespace == ns}
    if name in names:
        return
    from difflib import get_close_matches  # only an error needs it

    suggestion = get_close_matches(name, names, n=1)
    where = f" in namespace {ns}" if ns else ""
    hint = f" Did you mean: `{suggestion[0]}`?" if suggestion else ""
    raise error.NameNotFound(f"Environment `{name}` doesn't exist{where}.{hint}{_advice(ns, name, version)}")


def _check_version_exists(ns: str | None, name: str, version: int | None) -> None:
    """Raises the most helpful error for an environment that is not registered."""
    if get_env_id(ns, name, version) in registry:
        return
    _check_name_exists(ns, name, version)
    if version is None:
        return

    unversioned_id = get_env_id(ns, name, None)
    message = f"Environment version `v{version}` for environment `{unversioned_id}` doesn't exist."
    specs = sorted(_namesakes(ns, name), key=lambda s: int(s.version or -1))
    default = next((s for s in specs if s.version is None), None)
    if default is not None:
        message += f" It provides the default version `{default.id}`."
        if len(specs) == 1:
            raise error.DeprecatedEnv(message)

    latest = find_highest_version(ns, name)
    if latest is None:
        return
    if version > latest:
        versions = ", ".join(f"`v{s.version}`" for s in specs)
        message += f" It provides versioned environments: [ {versions} ]."
        newer = f"ALE/{name}-v{version}"  # games have their newest version in a namespace
        if ns is None and newer in registry:
            message += f" Did you mean: `{newer}`?"
        raise error.VersionNotFound(message)
    if version < latest:
        raise error.DeprecatedEnv(
            f"Environment version v{version} for `{unversioned_id}` is deprecated. "
            f"Please use `{get_env_id(ns, name, latest)}` instead."
        )
