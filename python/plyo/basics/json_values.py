"""Python values as JSON, with marks where JSON has no such type: tuples, arrays, sets, keys that are not strings.

Values of JSON's own types are written as they are. Every other value is an object whose key ``"__plyo__"`` names the
type: ``{"__plyo__": "tuple", "value": [1, 3]}``. Reading runs no foreign code and imports nothing: an enumeration is
looked up among the modules that are imported already.
"""

from __future__ import annotations

import dataclasses
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from enum import Enum, Flag
from math import prod
from typing import Any

import numpy as np

__all__ = ["from_plain", "to_plain", "to_usual"]

_MARK = "__plyo__"
#: Types of Python and NumPy that may be arguments, such as ``dtype=float``.
_BUILTIN_TYPES = {t.__name__: t for t in (bool, int, float, complex, str, bytes, object)}
#: NumPy's types by their names, without the ``_`` that some names have in NumPy 1.
_NUMPY_TYPES: dict[str, type] = {t.__name__.rstrip("_"): t for t in np.sctypeDict.values()}


def to_plain(value: Any) -> Any:
    """Plain data for ``json.dumps``, from which :func:`from_plain` makes an equal value of the same type.

    Values of an unknown type stay as they are, so that ``json.dumps`` refuses them. Data classes become
    dictionaries, as ``dataclasses.asdict`` makes them.

    Raises:
        ValueError: The value is nested too deeply, or contains itself.
    """
    try:
        return _write(value)
    except RecursionError:
        raise ValueError("the value is nested too deeply for JSON, or contains itself") from None


def to_usual(value: Any) -> Any:
    """As :func:`to_plain`, but without marks where ``json.dumps`` itself writes a value of another type.

    Tuples become lists, keys strings, members of enumerations and numbers of NumPy values of their base class.
    """
    if isinstance(value, (list, tuple)):
        return [to_usual(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, (str, int, float, type(None))) for key in value):
        return {key: to_usual(item) for key, item in value.items()}
    return value if isinstance(value, (str, int, float)) else to_plain(value)


def from_plain(value: Any) -> Any:
    """Restores the argument of :func:`to_plain`; ``value`` comes from ``json.loads``.

    Raises:
        ValueError: A mark is unknown or does not fit its value, or the value is nested too deeply.
    """
    try:
        return _read(value)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _write(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if isinstance(value, Enum):  # first, because its members may be integers, strings or tuples too
        return _write_enum(value)
    if isinstance(value, list):
        return [_write(item) for item in value]
    if isinstance(value, tuple):
        return _marked("tuple", [_write(item) for item in value])
    if isinstance(value, Mapping):
        return _write_mapping(value)
    for types, write in _WRITERS:
        if isinstance(value, types):
            return write(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _write(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def _marked(kind: str, value: Any) -> dict[str, Any]:
    return {_MARK: kind, "value": value}


def _write_mapping(value: Mapping[Any, Any]) -> Any:
    if all(type(key) is str for key in value) and _MARK not in value:
        return {key: _write(item) for key, item in value.items()}
    return _marked("dict", [[_write(key), _write(item)] for key, item in value.items()])


def _write_set(value: Any) -> Any:
    # in an order that does not depend on hashes
    return _marked(type(value).__name__, sorted((_write(item) for item in value), key=repr))


def _write_bytes(value: Any) -> Any:
    return _marked("bytearray" if isinstance(value, bytearray) else "bytes", b64encode(value).decode())


def _write_enum(value: Enum) -> Any:
    """A member of an enumeration by name; a flag by all its names, as flags may be joined."""
    cls = type(value)
    if isinstance(value, Flag):
        names = [flag.name for flag in cls if flag.value & value.value == flag.value != 0]
        rest = value.value & ~sum({cls[str(name)].value for name in names})
        if rest:
            return value
    else:
        names = [value.name]
    if "<locals>" in cls.__qualname__:
        return value  # the reader could not find it
    return _marked("enum", {"class": f"{cls.__module__}:{cls.__qualname__}", "names": names})


def _write_array(value: Any) -> Any:
    """An array or a scalar of NumPy, by its bytes."""
    array = np.asarray(value)
    if array.dtype.hasobject or array.dtype.names is not None or type(value) not in _ARRAYS_OR_SCALARS:
        return value
    mark = "array" if isinstance(value, np.ndarray) else "scalar"
    data = b64encode(array.tobytes()).decode()
    return {**_marked(mark, data), "dtype": array.dtype.str, "shape": list(array.shape)}


def _write_dtype(value: np.dtype[Any]) -> Any:
    return value if value.names is not None or value.subdtype is not None else _marked("dtype", value.str)


def _write_type(value: type) -> Any:
    for mark, types in (("type", _BUILTIN_TYPES), ("numpy_type", _NUMPY_TYPES)):
        name = value.__name__.rstrip("_")
        if types.get(name) is value:
            return _marked(mark, name)
    return value


def _write_parts(value: Any) -> Any:
    return _marked(type(value).__name__, [_write(part) for part in (value.start, value.stop, value.step)])


#: Numbers and strings of NumPy come before Python's, because some are subclasses of Python's.
_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    ((set, frozenset), _write_set),
    ((np.ndarray, np.generic), _write_array),
    ((bytes, bytearray), _write_bytes),
    (np.dtype, _write_dtype),
    (type, _write_type),
    ((range, slice), _write_parts),
)
_ARRAYS_OR_SCALARS = {np.ndarray, *np.sctypeDict.values()}


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK not in value:
        return {key: _read(item) for key, item in value.items()}
    kind = value[_MARK]
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ValueError(f"the JSON has a value of an unknown kind, {kind!r}; known are {sorted(_READERS)}")
    try:
        return read(**{name: item for name, item in value.items() if name != _MARK})
    except RecursionError:
        raise
    except Exception as e:  # of any kind: the text may be anything
        raise ValueError(f"the JSON says {kind!r} of what is none: {type(e).__name__}: {e}") from e


def _read_items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, got {value!r:.80}")
    return [_read(item) for item in value]


def _read_bytes(value: Any) -> bytes:
    return b64decode(value, validate=True)


def _read_enum(value: Any) -> Any:
    module, _, path = value["class"].partition(":")
    if module not in sys.modules:
        raise ValueError(f"import {module!r} first, which has the enumeration {path!r}")
    found: Any = sys.modules[module]
    for name in path.split("."):
        found = vars(found)[name]
    if not (isinstance(found, type) and issubclass(found, Enum)):
        raise TypeError(f"{value['class']} is no enumeration")
    members = [found.__members__[name] for name in value["names"]]
    if not issubclass(found, Flag):
        (member,) = members
        return member
    joined: Any = found(0)
    for member in members:
        joined |= member
    return joined


def _read_array(value: Any, dtype: Any, shape: Any) -> Any:
    data, kind = _read_bytes(value), np.dtype(_text(dtype))
    if kind.hasobject or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"no array is of the type {dtype!r} and the shape {shape!r}")
    if len(data) != prod(shape) * kind.itemsize or not kind.itemsize:
        raise ValueError(f"{len(data)} bytes are no array of the type {dtype!r} and the shape {shape!r}")
    return np.ndarray(shape, kind, buffer=data).copy()


def _read_scalar(value: Any, dtype: Any, shape: Any) -> Any:
    if shape != []:
        raise ValueError(f"a scalar has no shape, got {shape!r:.80}")
    return _read_array(value, dtype, shape)[()]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, got {value!r:.80}")
    return value


_READERS: dict[str, Callable[..., Any]] = {
    "array": _read_array,
    "bytearray": lambda value: bytearray(_read_bytes(value)),
    "bytes": _read_bytes,
    "dict": lambda value: {key: item for key, item in map(_read_items, value)},
    "dtype": lambda value: np.dtype(_text(value)),
    "enum": _read_enum,
    "frozenset": lambda value: frozenset(_read_items(value)),
    "numpy_type": lambda value: _NUMPY_TYPES[value],
    "range": lambda value: range(*_read_items(value)),
    "scalar": _read_scalar,
    "set": lambda value: set(_read_items(value)),
    "slice": lambda value: slice(*_read_items(value)),
    "tuple": lambda value: tuple(_read_items(value)),
    "type": lambda value: _BUILTIN_TYPES[value],
}
