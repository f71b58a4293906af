"""Descriptions from which environments are made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plyo._registry.ids import parse_env_id
from plyo.basics.integers import is_integer
from plyo.basics.sameness import are_same


def _no_maker(spec: EnvSpec, **kwargs: Any) -> Any:
    raise RuntimeError("import plyo before you make an environment")


#: The function that :meth:`EnvSpec.make` calls: :func:`plyo.make`, once its module is loaded.
maker: Callable[..., Any] = _no_maker


@dataclass
class WrapperSpec:
    """Describes a wrapper.

    Attributes:
        name: The name of its class.
        entry_point: The address of its class, ``"module:Class"``.
        kwargs: The constructor's arguments without ``env``; ``None`` if they were not recorded.
    """

    name: str
    entry_point: str
    kwargs: dict[str, Any] | None

    def __eq__(self, other: object) -> bool:
        """Whether another description is the same; arguments that are arrays count by their elements."""
        return are_same(vars(self), vars(other)) if type(other) is type(self) else NotImplemented


@dataclass
class EnvSpec:
    """Describes an environment; :func:`plyo.make` makes it.

    Attributes:
        id: ``[namespace/]name[-v(version)]``.
        entry_point: A callable that makes the environment, or its address, ``"module:name"``.
        reward_threshold: The return at which the task counts as solved.
        nondeterministic: Whether an episode can differ under the same seed and actions.
        max_episode_steps: The time limit in steps, ``None`` for no limit.
        order_enforce: Whether ``step`` and ``render`` are refused before ``reset``.
        disable_env_checker: Whether the passive checker is left out.
        kwargs: Arguments for the entry point.
        namespace: The namespace, taken from ``id``.
        name: The name, taken from ``id``.
        version: The version, taken from ``id``.
        additional_wrappers: Wrappers to put around the environment, the innermost first.
        vector_entry_point: The same for a batch of environments.
    """

    id: str
    entry_point: Callable[..., Any] | str | None = field(default=None)
    reward_threshold: float | None = field(default=None)
    nondeterministic: bool = field(default=False)
    max_episode_steps: int | None = field(default=None)
    order_enforce: bool = field(default=True)
    disable_env_checker: bool = field(default=False)
    kwargs: dict[str, Any] = field(default_factory=dict)
    namespace: str | None = field(init=False)
    name: str = field(init=False)
    version: int | None = field(init=False)
    additional_wrappers: tuple[WrapperSpec, ...] = field(default_factory=tuple)
    vector_entry_point: Callable[..., Any] | str | None = field(default=None)

    def __post_init__(self) -> None:
        """Takes the id apart; the time limit becomes an integer that JSON can hold."""
        if is_integer(self.max_episode_steps):
            self.max_episode_steps = int(self.max_episode_steps)
        self.namespace, self.name, self.version = parse_env_id(self.id)

    def __eq__(self, other: object) -> bool:
        """Whether another description is the same; arguments that are arrays count by their elements."""
        return are_same(vars(self), vars(other)) if type(other) is type(self) else NotImplemented

    def make(self, **kwargs: Any) -> Any:
        """Makes the environment: ``plyo.make(self, **kwargs)``."""
        return maker(self, **kwargs)

    def to_json(self) -> str:
        """Writes the spec as JSON.

        The text is the same as Gymnasium's, and Gymnasium reads it. Arguments of types that JSON lacks are written a
        second time, before and marked, so that :meth:`from_json` restores them exactly: tuples, sets, bytes,
        dictionaries with other keys than strings, arrays, numbers and types of NumPy, members of enumerations.

        Returns:
            The text, from which :meth:`from_json` makes an equal spec.

        Raises:
            ValueError: An entry point is a callable, not a string; or an argument contains itself.
            TypeError: An argument in ``kwargs`` cannot be written as JSON.
        """
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        for derived in ("namespace", "name", "version"):
            values.pop(derived)
        self._check_can_jsonify(values)
        from plyo._registry.spec_texts import write_object  # loads JSON, a tenth of importing plyo

        wrappers = ", ".join(write_object(vars(wrapper)) for wrapper in self.additional_wrappers)
        return write_object(values, additional_wrappers=f"[{wrappers}]")

    @staticmethod
    def _check_can_jsonify(env_spec: dict[str, Any]) -> None:
        """Raises a ``ValueError`` if a value is callable."""
        spec_name = env_spec.get("name", env_spec.get("id"))
        for key, value in env_spec.items():
            if callable(value):
                raise ValueError(
                    f"Callable found in {spec_name} for {key} attribute with value={value}. "
                    "Currently, Plyo does not support serialising callables."
                )

    @staticmethod
    def from_json(json_env_spec: str) -> EnvSpec:
        """Reads a spec that :meth:`to_json` or Gymnasium has written; imports and runs nothing.

        Args:
            json_env_spec: The text.

        Returns:
            The spec.

        Raises:
            TypeError: ``json_env_spec`` is not a string.
            ValueError: The text is not a spec.
        """
        from plyo._registry.spec_texts import read_object

        values = read_object(json_env_spec)
        described = values.pop("additional_wrappers", None)
        if not isinstance(described, (list, tuple)):
            raise ValueError(
                f"the JSON of an EnvSpec needs a list of additional_wrappers, which may be empty, got {described!r:.80}"
            )
        wrappers: list[WrapperSpec] = []
        for wrapper in described:
            try:
                wrappers.append(WrapperSpec(**wrapper))
                _check_types(wrappers[-1], _WRAPPER_TYPES)
            except Exception as e:
                raise ValueError(f"An issue occurred when trying to make {wrapper} a WrapperSpec") from e
        try:
            spec = EnvSpec(**values, additional_wrappers=tuple(wrappers))
            _check_types(spec, _SPEC_TYPES)
        except Exception as e:
            raise ValueError(f"An issue occurred when trying to make {values} an EnvSpec") from e
        return spec

    def pprint(
        self,
        disable_print: bool = False,
        include_entry_points: bool = False,
        print_all: bool = False,
    ) -> str | None:
        """Prints the spec, a line for each attribute that is not at its default.

        Args:
            disable_print: Whether to return the text instead.
            include_entry_points: Whether to show entry points, those of wrappers included.
            print_all: Whether to show attributes at their defaults too.

        Returns:
            The text if ``disable_print``, else ``None``.
        """
        text = "\n".join(self._lines(include_entry_points, print_all))
        if disable_print:
            return text
        print(text)
        return None

    def _lines(self, include_entry_points: bool, print_all: bool) -> list[str]:
        lines = [f"id={self.id}"]
        if print_all or include_entry_points:
            lines.append(f"entry_point={self.entry_point}")
        defaults = {
            "reward_threshold": None,
            "nondeterministic": False,
            "max_episode_steps": None,
            "order_enforce": True,
            "disable_env_checker": False,
        }
        for name, default in defaults.items():
            value = getattr(self, name)
            if print_all or value is not default:
                lines.append(f"{name}={value}")

        if self.additional_wrappers:
            wrappers = []
            for wrapper in self.additional_wrappers:
                where = f" entry_point={wrapper.entry_point}," if include_entry_points else ""
                wrappers.append(f"\n\tname={wrapper.name},{where} kwargs={wrapper.kwargs}")
            lines.append(f"additional_wrappers=[{','.join(wrappers)}\n]")
        elif print_all:
            lines.append("additional_wrappers=[]")
        return lines


_TEXT, _FLAG, _ABSENT = (str,), (bool, int, np.bool_), (type(None),)
_INTEGER = (int, np.integer)
#: The legal types of the attributes of foreign specs.
_SPEC_TYPES: dict[str, tuple[type, ...]] = {
    "id": _TEXT,
    "entry_point": _TEXT + _ABSENT,
    "reward_threshold": (*_INTEGER, float, np.floating, *_ABSENT),
    "nondeterministic": _FLAG + _ABSENT,
    "max_episode_steps": _INTEGER + _ABSENT,
    "order_enforce": _FLAG + _ABSENT,
    "disable_env_checker": _FLAG + _ABSENT,
    "kwargs": (dict,),
    "vector_entry_point": _TEXT + _ABSENT,
}
_WRAPPER_TYPES: dict[str, tuple[type, ...]] = {
    "name": _TEXT,
    "entry_point": _TEXT,
    "kwargs": (dict, *_ABSENT),
}


def _check_types(spec: EnvSpec | WrapperSpec, types: dict[str, tuple[type, ...]]) -> None:
    """Raises unless the attributes of a spec are of their types, and the names of arguments are texts."""
    for name, legal in types.items():
        value = getattr(spec, name)
        if not isinstance(value, legal):
            raise TypeError(f"{name} cannot be {value!r:.80}")
    if not all(isinstance(name, str) for name in spec.kwargs or ()):
        raise TypeError(f"the arguments need names that are texts, got {list(spec.kwargs or ())!r:.80}")
