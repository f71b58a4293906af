"""The members of a native task's class beside stepping: the attributes, methods and model that the task declares."""

from __future__ import annotations

from typing import Any

from plyo.tasks.descriptions import Description
from plyo.tasks.parameters import ReadOnlyDict, ReadOnlyList, constants, why_refused


def _attribute(task: Description, name: str, doc: str, settable: bool) -> property:
    """A property for an attribute that a task declares."""

    def get(self: Any) -> Any:
        return self._engine.attribute(name, 0)

    def assign(self: Any, value: int) -> None:
        self._engine.set_attribute(name, 0, value)

    return property(get, assign if settable else _refused(task, name), doc=doc)


def _refused(task: Description, name: str) -> Any:
    """A setter of an attribute that cannot be assigned."""
    reason = why_refused(task, name)

    def refuse(self: Any, value: Any) -> None:
        raise AttributeError(f"{name!r} of {type(self).__name__} cannot be assigned: {reason}")

    return refuse


def _method(name: str, doc: str, arguments: list[str]) -> Any:
    """A function for a method that a task declares."""

    def call(self: Any, *args: int, **kwargs: int) -> Any:
        given = [*args, *(kwargs.pop(argument) for argument in arguments[len(args) :] if argument in kwargs)]
        if kwargs:
            wrong = next(iter(kwargs))
            what = "multiple values for argument" if wrong in arguments else "an unexpected keyword argument"
            raise TypeError(f"{name}() got {what} {wrong!r}")
        return self._engine.call(name, *given)

    call.__name__, call.__doc__ = name, doc
    return call


def _transitions(self: Any) -> dict[int, dict[int, list[tuple[float, int, float, bool]]]]:
    """``P[state][action]`` lists the ways that a step can end: (probability, next state, reward, terminated)."""
    model = self._engine.model()
    columns = [model[name].tolist() for name in ("probability", "next", "reward", "terminated")]
    to_reward = int if model["integer_rewards"] else float
    return ReadOnlyDict(
        {
            state: ReadOnlyDict(
                {
                    action: ReadOnlyList(
                        [
                            (probability, after, to_reward(reward), terminated)
                            for probability, after, reward, terminated in zip(
                                *(column[state][action][:ways] for column in columns), strict=True
                            )
                        ]
                    )
                    for action, ways in enumerate(counts)
                }
            )
            for state, counts in enumerate(model["count"].tolist())
        }
    )


def _model(self: Any) -> Any:
    """``P[state][action]`` lists the ways that a step can end: (probability, next state, reward, terminated)."""
    if "_model" not in vars(self):
        vars(self)["_model"] = _transitions(self)
    return vars(self)["_model"]


def task_members(task: Description) -> dict[str, Any]:
    """The members of a single environment's class beside those of NativeEnv."""
    members: dict[str, Any] = {}
    for attribute in task["attributes"]:
        members[attribute["name"]] = _attribute(task, **attribute)
    for method in task["methods"]:
        members[method["name"]] = _method(**method)
    if task["has_model"]:
        members["P"] = property(_model, _refused(task, "P"), doc=_model.__doc__)
    own = constants(task)
    return members | own | {"_constant_names": tuple(own)}


def task_metadata(task: Description) -> dict[str, Any]:
    """The metadata of a task's classes."""
    modes = list(task["render_modes"])
    metadata: dict[str, Any] = {"render_modes": modes}
    # a task that is drawn and does not say how fast is shown as the toy texts are
    frames_per_second = task["render_fps"] or (4 if "rgb_array" in modes else 0)
    if frames_per_second:
        metadata["render_fps"] = frames_per_second
    return metadata
