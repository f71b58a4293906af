"""Converting arrays between any two libraries that follow the Array API standard.

Arrays pass through DLPack, without a copy where both libraries can share the memory. See
https://data-apis.org/array-api/latest/.
"""

from __future__ import annotations

import functools
import importlib
import numbers
import sys
from collections.abc import Iterable, Mapping
from types import ModuleType, NoneType
from typing import Any, SupportsFloat, TypeAlias

import numpy as np

from plyo.basics.floats import to_float
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.core import ActType, Env, ObsType, RenderFrame, Wrapper, WrapperActType, WrapperObsType

__all__ = ["ArrayConversion", "array_conversion"]

Array: TypeAlias = Any
Device: TypeAlias = Any


def module_namespace(xp: ModuleType) -> ModuleType:
    """Finds the Array API namespace of a library.

    Args:
        xp: A module such as ``numpy``, ``jax.numpy`` or ``torch``.

    Returns:
        The module whose functions make that library's arrays.

    Raises:
        ValueError: The module makes no arrays.
    """
    try:
        namespace: ModuleType = _namespace_of(xp.empty(0))
    except AttributeError as e:
        raise ValueError(f"Module {xp} is not an Array API compatible module.") from e
    return namespace


def module_name_to_namespace(name: str) -> ModuleType:
    """Imports a library by name and finds its Array API namespace."""
    return module_namespace(importlib.import_module(name))


def _namespace_of(array: Array) -> Any:
    """The namespace that an array belongs to."""
    if isinstance(array, (np.ndarray, np.generic)):
        return np
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    if hasattr(array, "__dlpack__"):  # PyTorch's tensors name no namespace
        return sys.modules[type(array).__module__.partition(".")[0]]
    raise TypeError(f"{type(array).__name__} is not a supported array type")


def _to_device(array: Array, device: Device) -> Array:
    """Moves an array to a device."""
    if isinstance(array, np.ndarray):
        if device not in ("cpu", None):
            raise ValueError(f"Unsupported device {device!r}")
        return array
    return array.to_device(device) if hasattr(array, "to_device") else array.to(device)


@functools.singledispatch
def array_conversion(value: Any, xp: ModuleType, device: Device | None = None) -> Any:
    """Converts all arrays and numbers in a value to arrays of a library.

    Other types can be added with ``array_conversion.register``.

    Args:
        value: An array, a number, ``None``, a text, or a mapping or iterable of such.
        xp: The library's namespace.
        device: The device of the new arrays, ``None`` for the library's choice.

    Returns:
        The same structure with arrays of the library, in shared memory where that is possible.
        ``None`` and texts stay.

    Raises:
        Exception: There is no conversion for the type.
    """
    raise Exception(
        f"No known conversion for ({type(value)}) to xp module ({xp}) registered. Report as issue on github."
    )


@array_conversion.register(numbers.Number)
@array_conversion.register(np.generic)
def _convert_number(value: Any, xp: ModuleType, device: Device | None = None) -> Array:
    return xp.asarray(value) if device is None else xp.asarray(value, device=device)


@array_conversion.register(NoneType)
@array_conversion.register(str)
def _keep(value: Any, xp: ModuleType, device: Device | None = None) -> Any:
    return value


@array_conversion.register(Mapping)
def _convert_mapping(value: Mapping[Any, Any], xp: ModuleType, device: Device | None = None) -> Any:
    converted = {k: array_conversion(v, xp, device) for k, v in value.items()}
    return converted if type(value) is dict else type(value)(**converted)


@array_conversion.register(Iterable)
def _convert_iterable(value: Iterable[Any], xp: ModuleType, device: Device | None = None) -> Any:
    if hasattr(value, "__array_namespace__") or hasattr(value, "__dlpack__"):
        return _convert_array(value, xp, device)
    converted = (array_conversion(v, xp, device) for v in value)
    if hasattr(value, "_make"):  # a named tuple
        return value._make(converted)
    return type(value)(converted)  # type: ignore[call-arg]  # lists, tuples and their like


def _convert_array(value: Array, xp: ModuleType, device: Device | None) -> Array:
    if xp.__name__ in ("numpy", "array_api_compat.numpy"):
        device = "cpu"
    try:
        return xp.from_dlpack(value, device=device)
    except TypeError:
        pass  # not every library takes a device here
    except BufferError:
        return xp.from_dlpack(_copy(value), device=device)
    try:
        array = xp.from_dlpack(value)
    except BufferError:
        array = xp.from_dlpack(_copy(value))
    except RuntimeError:  # the library cannot reach the memory of that device
        array = xp.from_dlpack(_to_device(value, "cpu"))
    return array if device is None else _to_device(array, device)


def _copy(value: Array) -> Array:
    """A copy of an array that cannot be shared as it is, such as a read-only one."""
    if isinstance(value, np.ndarray):
        return value.copy()
    return _namespace_of(value).asarray(value, copy=True)


class ArrayConversion(Wrapper[WrapperObsType, WrapperActType, ObsType, ActType], RecordConstructorArgs):
    """Lets an environment of one array library be used with another.

    Actions and reset options are converted to the environment's library, observations, infos and
    frames to the other. Rewards become ``float``, the flags ``bool``.
    """

    def __init__(
        self,
        env: Env[ObsType, ActType],
        env_xp: ModuleType,
        target_xp: ModuleType,
        env_device: Device | None = None,
        target_device: Device | None = None,
    ) -> None:
        """Wraps an environment.

        Args:
            env: The environment inside.
            env_xp: Its library, such as ``jax.numpy``.
            target_xp: The library outside, such as ``torch``.
            env_device: The device of the environment's arrays.
            target_device: The device of the arrays outside.

        Raises:
            TypeError: ``env`` is not an environment.
            ValueError: A library makes no arrays.
        """
        # without copies, because modules cannot be copied
        RecordConstructorArgs.__init__(
            self,
            _disable_deepcopy=True,
            env_xp=env_xp,
            target_xp=target_xp,
            env_device=env_device,
            target_device=target_device,
        )
        Wrapper.__init__(self, env)
        self._env_xp = module_namespace(env_xp)
        self._target_xp = module_namespace(target_xp)
        self._env_device = env_device
        self._target_device = target_device

    def step(
        self, action: WrapperActType
    ) -> tuple[WrapperObsType, SupportsFloat, bool, bool, dict[str, Any]]:
        """Converts the action, steps the inner environment and converts the results."""
        inner_action = array_conversion(action, self._env_xp, self._env_device)
        observation, reward, terminated, truncated, info = self.env.step(inner_action)
        return (
            array_conversion(observation, self._target_xp, self._target_device),
            to_float(reward),
            bool(terminated),
            bool(truncated),
            array_conversion(info, self._target_xp, self._target_device),
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[WrapperObsType, dict[str, Any]]:
        """Resets the inner environment with converted options and converts the results."""
        if options:
            options = array_conversion(options, self._env_xp, self._env_device)
        result: tuple[WrapperObsType, dict[str, Any]] = array_conversion(
            self.env.reset(seed=seed, options=options), self._target_xp, self._target_device
        )
        return result

    def render(self) -> RenderFrame | list[RenderFrame] | None:
        """Renders the inner environment and converts the frames."""
        frame: RenderFrame | list[RenderFrame] | None = array_conversion(
            self.env.render(), self._target_xp, self._target_device
        )
        return frame

    def __getstate__(self) -> dict[str, Any]:
        """For pickling: the libraries by name."""
        state = self.__dict__.copy()
        state["_env_xp"] = self._env_xp.__name__
        state["_target_xp"] = self._target_xp.__name__
        state["_saved_kwargs"] = {
            name: _ModuleName(value.__name__) if isinstance(value, ModuleType) else value
            for name, value in self._saved_kwargs.items()
        }
        state["_cached_spec"] = None
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Imports the libraries again."""
        self.__dict__.update(state)
        self._env_xp = module_name_to_namespace(state["_env_xp"])
        self._target_xp = module_name_to_namespace(state["_target_xp"])
        self._saved_kwargs = {
            name: importlib.import_module(value) if isinstance(value, _ModuleName) else value
            for name, value in state["_saved_kwargs"].items()
        }


class _ModuleName(str):
    """Replaces a module in a pickle."""
