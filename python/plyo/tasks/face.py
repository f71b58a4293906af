"""The common base of single environments of native tasks and their batches, which are faces of an engine."""

from __future__ import annotations

from typing import Any, ClassVar

from plyo._native import Engine
from plyo.tasks.descriptions import description_of, prepare_math
from plyo.tasks.standins import ClosedEngine


class TaskFace:
    """An engine, the arguments that it was made with, and pickling by these and a snapshot."""

    #: The name of the native task.
    task: ClassVar[str]
    #: Attributes that are left out of a pickle, because they are made again.
    _made_again: ClassVar[tuple[str, ...]] = ()

    _options_type: ClassVar[Any]
    _engine: Any
    _arguments: dict[str, Any]

    @classmethod
    def _take_options(cls, arguments: dict[str, Any]) -> Any:
        """Takes the options out of keyword arguments; those of the task are left."""
        return cls._options_type.take(arguments)

    @staticmethod
    def _complete_arguments(params: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments to use in place of the given ones: a task may change them."""
        return params

    def _open_resource(self, options: Any, params: dict[str, Any], num_threads: int) -> Any:
        """What the engine of a task needs besides its parameters, None for nothing.

        Args:
            options: The options of the environment or batch.
            params: The task's own keyword arguments.
            num_threads: The threads that may step at once.
        """
        return None

    def _make_checked_engine(
        self, options: Any, num_envs: int, params: dict[str, Any], for_engine: dict[str, Any]
    ) -> Any:
        """Makes the engine; an unknown keyword argument is named with those that there are."""
        try:
            return self._make_engine(options, num_envs, params, for_engine)
        except TypeError:
            from plyo.tasks.unknown_names import unknown_argument

            own = type(self)._options_type.defaults()
            unknown = unknown_argument(
                type(self).__name__,
                description_of(self.task),
                params,
                own,
                "num_threads" in own,
            )
            if unknown is None:
                raise
            raise unknown from None

    def _make_engine(
        self, options: Any, num_envs: int, params: dict[str, Any], for_engine: dict[str, Any]
    ) -> Any:
        """Makes the engine.

        Args:
            options: The options of the environment or batch.
            num_envs: The number of environments.
            params: The task's own keyword arguments.
            for_engine: The engine's other arguments.
        """
        prepare_math(self.task, options.math)
        return Engine(task=self.task, num_envs=num_envs, params=params, **for_engine)

    def _about_options(self, error: ValueError, given: dict[str, Any]) -> ValueError:
        """The error of a reset, with a guess at the option that was meant."""
        from plyo.tasks.unknown_names import unknown_option

        return unknown_option(error, description_of(self.task), given)

    @property
    def _is_closed(self) -> bool:
        return isinstance(self._engine, ClosedEngine)

    def _make(self, **arguments: Any) -> None:
        """Makes the engine, without the constructor of a subclass."""
        raise NotImplementedError

    def _free(self) -> None:
        """Frees the engine."""
        self._engine = ClosedEngine(type(self).__name__)

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying: the arguments, the snapshot, the spaces."""
        state = {name: value for name, value in self.__dict__.items() if name not in self._made_again}
        state["_was_closed"] = self._is_closed
        engine = self._engine.held if self._is_closed else self._engine
        state["_engine"] = None if engine is None else engine.get_state([])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes the engine again and restores the snapshot."""
        snapshot = state.pop("_engine")
        was_closed = state.pop("_was_closed", snapshot is None)
        self._make(**state["_arguments"])
        self.__dict__.update(state)
        if snapshot is not None:
            self._before_restore()
            self._engine.set_state(snapshot, [])
        if was_closed:
            self._free()

    def _before_restore(self) -> None:
        """The state that a new engine needs beside a snapshot to continue the pickled one."""
