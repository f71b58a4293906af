"""Parameters and constants of the dynamics: set and read by name, of one environment or of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Protocol

import numpy as np

from plyo.basics.integers import is_integer
from plyo.basics.settings import Setting
from plyo.mujoco.model_arrays import RANKS as MODEL_RANKS
from plyo.randomize import Distribution
from plyo.tasks.descriptions import Description, description_of, shown_name
from plyo.tasks.face import TaskFace
from plyo.tasks.pictures import check_lanes


def fields_of(task: Description) -> dict[str, dict[str, Any]]:
    """The parameters and constants of a task by name, in their order."""
    return {field["name"]: field for field in (*task["params"], *task["constants"])}


def live_fields(task: Description) -> dict[str, str]:
    """The attributes that may be assigned, with the names of the parameters or constants that they are."""
    live = {field["attribute"]: field["name"] for field in task["params"] if field["attribute"]}
    return live | {field["name"]: field["name"] for field in task["constants"]}


def why_refused(task: Description, name: str) -> str:
    """Why an attribute cannot be assigned, and what can be done instead."""
    if name in fields_of(task):
        return (
            "it is a keyword argument that is read when an environment is made; make another with "
            f"make(..., {name}=...), or change it in this one by set_params({{{name!r}: ...}}), which takes what "
            "leaves the spaces as they are"
        )
    assignable = [attribute["name"] for attribute in task["attributes"] if attribute["settable"]]
    others = ", ".join([*assignable, *live_fields(task)]) or "none"
    parameters = ", ".join(fields_of(task)) or "none"
    return (
        "it is compiled in or follows from the state and the parameters; attributes that can be assigned: "
        f"{others}; parameters for make(...) or set_params(...): {parameters}; set_state(...) brings back a state"
    )


class MoreParameters(Protocol):
    """Arrays of what a batch is made of that are set like parameters: those of a model of MuJoCo."""

    def __contains__(self, name: str) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...

    def settings(self, name: str, value: Any) -> Iterable[Setting]:
        """The settings of all numbers of an array."""


def to_settings(
    task: Description, params: Any, what: str = "params", more: MoreParameters | None = None
) -> list[Setting]:
    """Parameters by name as the engine takes them.

    Args:
        task: The task.
        params: A mapping from names to values, arrays or distributions.
        what: The name in errors.
        more: Arrays that are set like parameters.

    Raises:
        TypeError: It is not a mapping.
        ValueError: There is no parameter of a name.
    """
    if not isinstance(params, Mapping):
        raise TypeError(f"{what} must be a dictionary of parameters by name, got {params!r}")
    known = fields_of(task)
    settings: list[Setting] = []
    for name, value in params.items():
        if name in known:
            settings.append(_to_setting(name, value, known[name]))
        elif more is not None and name in more:
            settings += more.settings(name, value)
        else:
            from plyo.basics.guesses import did_you_mean  # only an error needs it

            names = [*known, *(more or ())]
            raise ValueError(
                f"{shown_name(task['name'])} has no parameter {name!r}; its parameters are: "
                f"{', '.join(names) or 'none'}."
                f"{did_you_mean(name, names)}"
            )
    return settings


def lane_params(params: Any, lane: int, num_envs: int) -> Any:
    """The parameters of one environment in a batch of single environments; arrays have a value for each.

    Raises:
        ValueError: An array has another length.
    """

    def of_lane(array: np.ndarray[Any, Any]) -> Any:
        return array[lane].item() if array.ndim == 1 else array[lane]

    return map_lane_arrays(params, num_envs, of_lane)


def map_lane_arrays(params: Any, num_envs: int, change: Callable[[np.ndarray[Any, Any]], Any]) -> Any:
    """The same parameters, with every array that has a value for each environment changed.

    Args:
        params: A mapping from names to values, arrays or distributions; anything else is returned as it is.
        num_envs: The length that the arrays must have.
        change: Returns what takes the place of an array.

    Raises:
        ValueError: An array has another length.
    """
    if not isinstance(params, Mapping):
        return params

    def one(name: str, value: Any, rank: int) -> Any:
        if isinstance(value, Distribution):
            if value._source == "choice":
                return value
            return type(value)(*(one(name, bound, rank) for bound in value._arguments()))
        if name in MODEL_RANKS:
            if isinstance(value, Mapping):
                return {key: one(name, part, rank - 1) for key, part in value.items()}
        elif isinstance(value, (list, tuple)):
            return value
        if isinstance(value, (str, bytes)) or np.ndim(value) <= max(rank, 0):
            return value
        if len(value) != num_envs or np.ndim(value) != rank + 1:
            shape = f"({num_envs},{' ...' if rank else ''})"
            raise ValueError(
                f"the parameter {name!r} needs an array of shape {shape}, got one of shape {np.shape(value)}"
            )
        return change(np.asarray(value))

    return {name: one(name, value, MODEL_RANKS.get(name, 0)) for name, value in params.items()}


def _to_setting(name: str, value: Any, field: dict[str, Any]) -> Setting:
    if not isinstance(value, Distribution):
        return name, "value", _plain(value, field), None
    first, *second = value._arguments()
    if value._source == "choice":
        first = np.array(list(first))
    return name, value._source, _plain(first, field), _plain(second[0], field) if second else None


def _plain(value: Any, field: dict[str, Any]) -> Any:
    """A value for all, or an array of one a lane; lists of texts and of rewards stay lists."""
    if isinstance(field["default"], (bool, int, float)):
        if isinstance(value, (str, bytes, bool, int, float)) or value is None:
            return value
        array = np.asarray(value)
        return array.item() if array.ndim == 0 and array.dtype != object else array
    return value.tolist() if isinstance(value, np.ndarray) else value


class Parameters(TaskFace):
    """The parameters of a native environment or batch; the methods of both.

    The engine keeps the values. The distributions are kept here as well, for pickles: the engine's snapshot has values.
    """

    #: The attributes of the class that are constants, and those that were set before there was an engine.
    _constant_names: ClassVar[tuple[str, ...]] = ()
    _early: dict[str, Any] | None = None
    #: The settings of parameters that resets draw: a setting and the lanes, [] for all.
    _drawn: list[tuple[Setting, list[int]]]

    def _set(self, params: Any, lanes: list[int], what: str = "params") -> None:
        """Sets parameters of some lanes, of all for an empty list."""
        settings = self._to_settings(params, what)
        self._engine.set_params(settings, lanes)
        self._remember(settings, lanes)

    def _to_settings(self, params: Any, what: str) -> list[Setting]:
        return to_settings(description_of(self.task), params, what, self._more_parameters())

    def _more_parameters(self) -> MoreParameters | None:
        """Arrays that are set like parameters; None where there are none."""
        return None

    def _more_values(self, lanes: list[int]) -> dict[str, Any]:
        """The values of those arrays, one a listed environment, of all for an empty list."""
        return {}

    def _split_params(self, options: dict[str, Any]) -> tuple[dict[str, Any], list[Setting]]:
        """The options of a reset without ``"params"``, and those as the engine takes them."""
        if "params" not in options:
            return options, []
        rest = {name: value for name, value in options.items() if name != "params"}
        return rest, self._to_settings(options["params"], "options['params']")

    def _remember(self, settings: list[Setting], lanes: list[int]) -> None:
        """Keeps the settings by which a pickle continues the draws."""
        self.__dict__.pop("_model", None)
        drawn = self.__dict__.setdefault("_drawn", [])
        for setting in settings:
            name, source = setting[0], setting[1]
            if not lanes:
                drawn[:] = [entry for entry in drawn if entry[0][0] != name]
            if source != "value" or any(entry[0][0] == name for entry in drawn):
                drawn.append((setting, lanes))

    def _before_restore(self) -> None:
        """Gives a new engine the draws of the pickled one."""
        for setting, lanes in self.__dict__.get("_drawn", []):
            self._engine.set_params([setting], lanes)


def listed(ids: Iterable[int] | None, num_envs: int) -> list[int]:
    """The environments that ``ids`` lists, [] for None.

    Raises:
        TypeError: They are not integers.
        ValueError: The list is empty.
        IndexError: There is no such environment.
    """
    return [] if ids is None else check_lanes("ids", [ids] if is_integer(ids) else ids, num_envs)


class Constant:
    """An attribute of single environments that is a parameter or constant of the dynamics.

    Args:
        name: The attribute.
        field: The parameter or constant.
        doc: Its docstring.
        default: The value of the class, if it has one.
        of_class: Whether the class has the constants too, as Gymnasium's has: a subclass sets them as attributes of
            its own.
        is_own: Whether ``default`` was set by a subclass.
    """

    def __init__(
        self, name: str, field: str, doc: str, default: Any, of_class: bool, is_own: bool = False
    ) -> None:
        self.name, self.field, self.__doc__ = name, field, doc
        self.default, self.of_class, self.is_own = default, of_class, is_own

    def of_subclass(self, value: Any) -> Constant:
        """The same attribute of a class that assigns it."""
        return Constant(self.name, self.field, self.__doc__ or "", value, self.of_class, is_own=True)

    def __get__(self, env: Any, owner: type) -> Any:
        if env is None:
            return self.default if self.of_class or self.is_own else self
        # not by vars(env): once its dictionary was asked for, an object's methods are found more slowly
        engine = getattr(env, "_engine", None)
        if engine is not None:
            return shown(engine.param(self.field, 0))
        if env._early is not None and self.name in env._early:
            return env._early[self.name]
        if self.of_class:
            return self.default
        raise AttributeError(f"{type(env).__name__!r} object has no attribute {self.name!r}")

    def __set__(self, env: Any, value: Any) -> None:
        if getattr(env, "_engine", None) is not None:
            env._set({self.field: value}, [])
        else:
            env._early = {**(env._early or {}), self.name: value}

    def __delete__(self, env: Any) -> None:
        raise AttributeError(f"{self.name!r} of {type(env).__name__} cannot be deleted")


def shown(value: Any) -> Any:
    """The value of an attribute; several numbers are a list, as in Gymnasium."""
    return ReadOnlyList(value) if isinstance(value, tuple) else value


def constants(task: Description) -> dict[str, Constant]:
    """The attributes of a task's single environment that are parameters or constants."""
    known, of_class = fields_of(task), task["constants_of_class"]
    return {
        attribute: Constant(attribute, name, known[name]["doc"], shown(known[name]["default"]), of_class)
        for attribute, name in live_fields(task).items()
    }


def adopt_constants(cls: Any) -> None:
    """Turns plain attributes of a user's class into constants of the same names.

    Raises:
        TypeError: An attribute is a method or a property, which the engine cannot call.
    """
    own = vars(cls)
    for name in [name for name in cls._constant_names if name in own]:
        value = own[name]
        inherited = next((vars(base)[name] for base in cls.__mro__[1:] if name in vars(base)), None)
        if not isinstance(inherited, Constant) or isinstance(value, Constant):
            continue
        if hasattr(value, "__get__"):
            raise TypeError(
                f"{name!r} of {cls.__name__} is a constant of the dynamics, which the engine keeps: it cannot be a "
                "method or a property; assign numbers to it"
            )
        setattr(cls, name, inherited.of_subclass(value))


def early_constants(env: Any) -> dict[str, Any]:
    """The constants that a class of users, or its ``__init__`` before this one, has set; by field.

    Gymnasium's ``__init__`` assigns the constants, except where its class has them.
    """
    names = env._constant_names
    classes = [cls for cls in type(env).__mro__ if hasattr(cls, "_constant_names")]
    for cls in classes:
        adopt_constants(cls)
    early = env._early or {}
    if early:
        env._early = None
    values = {}
    for cls in reversed(classes):
        for name in [name for name in names if name in vars(cls)]:
            constant = vars(cls)[name]
            if isinstance(constant, Constant) and constant.of_class:
                if constant.is_own:
                    values[constant.field] = constant.default
                if name in early:
                    values[constant.field] = early[name]
    return values


class ReadOnlyList(list[Any]):
    """A list that is made from the engine's: writing into it raises, as it would change nothing."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(
            "this is a copy of what the environment computes with, and writing into it would change nothing; "
            "change a list(...) or copy.deepcopy(...) of it, and assign that where the attribute may be assigned"
        )

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __reduce_ex__(self, protocol: Any) -> Any:
        return list, (list(self),)


class ReadOnlyDict(dict[Any, Any]):
    """A dictionary that is made from the engine's: writing into it raises, as it would change nothing."""

    _refuse = ReadOnlyList._refuse
    __setitem__ = __delitem__ = __ior__ = _refuse
    pop = popitem = clear = update = setdefault = _refuse

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)
