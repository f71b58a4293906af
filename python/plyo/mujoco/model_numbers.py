"""Numbers of a model of which each environment may have its own: masses, gears, frictions and so on.

The engine has them as numbers one after the other, with names such as ``"body_mass[2]"``, and writes them into a copy
of the model before an environment steps. Here they are arrays under MuJoCo's names.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.basics.settings import Setting
from plyo.mujoco.library import load_mujoco
from plyo.mujoco.model_arrays import ARRAYS, DERIVED, ModelArray
from plyo.randomize import Distribution

Numbers = npt.NDArray[np.float64]
#: Where an array is in the struct: its size, how many bytes from the beginning, whether in the struct itself.
Place = tuple[int, int, bool]


class ModelNumbers:
    """The numbers of one model.

    Args:
        model: The ``mujoco.MjModel``.
    """

    def __init__(self, model: Any) -> None:
        self._labels: dict[str, npt.NDArray[np.object_]] = {}
        self._keys: dict[str, list[dict[str, int]]] = {}
        for array in ARRAYS:
            values = _array_of(model, array.name)
            self._labels[array.name] = _labels(array.name, values.shape)
            self._keys[array.name] = _keys(model, array)

    def __contains__(self, name: str) -> bool:
        return name in self._labels

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def for_native(self, model: Any, mixes_pairs: bool) -> dict[str, Any]:
        """What the engine has to know.

        Args:
            model: The model that is stepped, whose arrays have the same shapes.
            mixes_pairs: Whether its explicit pairs have the friction that MuJoCo would mix from the geoms.
        """
        numbers = []
        for array in ARRAYS:
            values = _array_of(model, array.name)
            for label, value in zip(self._labels[array.name].flat, values.flat, strict=True):
                # the world has no mass
                zero = array.bound == "positive" and value <= 0
                numbers.append((label, float(value), "not_negative" if zero else array.bound))
        derived = [_place(model, name) for name in DERIVED]
        pairs = zip(model.pair_geom1.tolist(), model.pair_geom2.tolist(), strict=True) if mixes_pairs else ()
        return {
            "numbers": numbers,
            "settable": [_place(model, array.name) for array in ARRAYS],
            "derived": [place for place in (*derived, _meaninertia(model)) if place[0]],
            "pairs": list(pairs),
            "body_mass": _place(model, "body_mass"),
            "geom_friction": _place(model, "geom_friction"),
            "pair_friction": _place(model, "pair_friction"),
        }

    def settings(self, name: str, value: Any) -> Iterator[Setting]:
        """A parameter as the engine takes it, number by number.

        Args:
            name: The array.
            value: An array of its shape for all environments, or one with a first dimension more, a row for each; a
                distribution, from which each number is drawn; or a dictionary of these by the names or numbers of
                rows, then of columns.

        Raises:
            TypeError: The value is not of numbers.
            ValueError: Its shape does not fit, or there is no row or column of a name.
        """
        return _spread(name, self._labels[name], self._keys[name], value)

    def values(self, numbers: Numbers) -> dict[str, Numbers]:
        """Arrays by name from the engine's numbers, ``(n, numbers)``: each ``(n, *shape)``."""
        values, first = {}, 0
        for name, labels in self._labels.items():
            last = first + labels.size
            values[name] = numbers[:, first:last].reshape(len(numbers), *labels.shape)
            first = last
        return values

    def apply(self, model: Any, numbers: Numbers) -> None:
        """Writes the numbers of one environment into a model, and what follows from them, unless they are in it."""
        changed = False
        for name, value in self.values(numbers[np.newaxis]).items():
            array = _array_of(model, name)
            changed = changed or not np.array_equal(array, value[0])
            array[...] = value[0]
        if changed:
            mujoco = load_mujoco()
            mujoco.mj_setConst(model, mujoco.MjData(model))


def _array_of(model: Any, name: str) -> Numbers:
    owner, _, member = name.rpartition(".")
    array: Numbers = getattr(getattr(model, owner) if owner else model, member)
    return array


def _labels(name: str, shape: tuple[int, ...]) -> npt.NDArray[np.object_]:
    labels = np.empty(shape, object)
    for place in np.ndindex(shape):
        labels[place] = f"{name}[{', '.join(map(str, place))}]"
    return labels


def _keys(model: Any, array: ModelArray) -> list[dict[str, int]]:
    """The names of its rows, and those of its columns."""
    keys = [_names(model, array.rows)] if array.rows else []
    if array.columns is not None:
        columns = array.columns if isinstance(array.columns, tuple) else ()
        keys.append({name: i for i, name in enumerate(columns)})
    return keys


def _names(model: Any, kind: str) -> dict[str, int]:
    """Numbers of things by their names; a degree of freedom has that of its joint, if the joint has only one."""
    mujoco = load_mujoco()
    if kind == "dof":
        joints, counts = np.unique(model.dof_jntid, return_counts=True)
        single = {int(joint) for joint in joints[counts == 1]}
        names = _names(model, "joint")
        return {name: int(model.jnt_dofadr[joint]) for name, joint in names.items() if joint in single}
    count = {
        "body": model.nbody,
        "geom": model.ngeom,
        "actuator": len(model.actuator_gear),
        "joint": model.njnt,
    }
    type_ = getattr(mujoco.mjtObj, f"mjOBJ_{kind.upper()}")
    each = ((mujoco.mj_id2name(model, type_, i), i) for i in range(count[kind]))
    return {name: i for name, i in each if name}


def own_places(model: Any) -> dict[str, int]:
    """Where arrays begin among the numbers that a lane has of its own: those that can be set, then what follows."""
    places, place = {}, 0
    for name in (*(array.name for array in ARRAYS), *DERIVED):
        places[name] = place
        place += _array_of(model, name).size
    return places


# ---- what users give ----


def _spread(path: str, labels: Any, keys: list[dict[str, int]], value: Any) -> Iterator[Setting]:
    """The settings of the numbers of an array, or of a part of it."""
    labels = np.asarray(labels, object)
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _spread(f"{path}[{key!r}]", labels[_index(path, labels, keys, key)], keys[1:], part)
    elif isinstance(value, Distribution):
        first, *second = value._arguments()
        if value._source == "choice":
            choices = _numbers(path, list(first))
            for label in labels.flat:
                yield label, "choice", choices, None
            return
        bounds = [_columns(path, labels, bound, of_each=True) for bound in (first, *second)]
        for i, label in enumerate(labels.flat):
            yield label, value._source, bounds[0][i], bounds[1][i]
    else:
        for label, column in zip(labels.flat, _columns(path, labels, value), strict=True):
            yield label, "value", column, None


def _index(path: str, labels: Any, keys: list[dict[str, int]], key: Any) -> int:
    """The number of a row or column."""
    if labels.ndim == 0:
        raise ValueError(f"the parameter {path} is one number and has no parts, got {key!r}")
    size, names = len(labels), keys[0]
    if isinstance(key, str):
        if key in names:
            return names[key]
        known = (
            f"its parts are {', '.join(names)}, or numbers"
            if names
            else "its parts have no names, but numbers"
        )
        raise ValueError(f"the parameter {path!r} has no part {key!r}; {known} from 0 to {size - 1}")
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool) and 0 <= key < size:
        return int(key)
    raise ValueError(f"the parameter {path!r} has parts from 0 to {size - 1}, got {key!r}")


def _numbers(path: str, value: Any) -> Numbers:
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        array = np.empty(0, object)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"the parameter {path!r} must be numbers, got {value!r}")
    return array.astype(np.float64)


def _columns(path: str, labels: Any, value: Any, of_each: bool = False) -> list[Any]:
    """For each number of an array, in order, a value for all environments or an array of one each.

    Args:
        path: The parameter, for messages.
        labels: The numbers' names, of the array's shape.
        value: Of that shape, or with one dimension more.
        of_each: Whether one number stands for each.
    """
    array, shape = _numbers(path, value), labels.shape
    if of_each and array.ndim == 0:
        return [float(array)] * labels.size
    if array.shape == shape:
        return [float(number) for number in array.flat]
    if array.ndim == len(shape) + 1 and array.shape[1:] == shape:
        flat = array.reshape(len(array), labels.size)
        return [flat[:, i].copy() for i in range(labels.size)]
    needs = f"an array of shape {shape}" if shape else "one number"
    rows = ", ".join(["n", *map(str, shape)]) + ("" if shape else ",")
    raise ValueError(
        f"the parameter {path!r} needs {needs}, or one of shape ({rows}) with a value for each environment, got one of "
        f"shape {array.shape}"
    )


# ---- where the arrays are ----

_offsets: dict[str, int] = {}
_WORD = ctypes.sizeof(ctypes.c_void_p)
#: More words than the struct of any release has.
_MOST_WORDS = 1 << 13


def _place(model: Any, name: str) -> Place:
    """Where an array is in the ``mjModel``: the bindings only give the array itself."""
    array = _array_of(model, name)
    address, begin = array.ctypes.data, model._address
    if name.startswith("opt."):
        return array.size, address - begin, True
    if not array.size:
        return 0, 0, False
    return array.size, offset_of(model, name), False


def offset_of(model: Any, name: str) -> int:
    """How many bytes from the beginning of the ``mjModel`` the address of an array is, which must have elements."""
    address, begin = _array_of(model, name).ctypes.data, model._address
    known = _offsets.get(name)
    if known is not None and _pointer_at(begin + known) == address:
        return known
    # the struct has the pointer, so the search ends within it
    for offset in range(0, _MOST_WORDS * _WORD, _WORD):
        if _pointer_at(begin + offset) == address:
            _offsets[name] = offset
            return offset
    raise RuntimeError(f"MuJoCo's model does not have a pointer to {name}")


def _pointer_at(address: int) -> int | None:
    return ctypes.c_void_p.from_address(address).value


def _meaninertia(model: Any) -> Place:
    """Where ``model.stat.meaninertia`` is, which scales the solver's tolerance: it lies before the centre."""
    before, mark = model.stat.meaninertia, 0.123456789012345678
    begin, address = model._address, model.stat.center.ctypes.data
    model.stat.meaninertia = mark
    try:
        for _ in range(8):
            address -= ctypes.sizeof(ctypes.c_double)
            if ctypes.c_double.from_address(address).value == mark:
                return 1, address - begin, True
    finally:
        model.stat.meaninertia = before
    raise RuntimeError("MuJoCo's statistics do not have the mean inertia before the centre")
