"""The single environments of native tasks, a face of the engine; each task has a class that inherits from this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from plyo import error, logger
from plyo.basics.settings import Setting
from plyo.core import Env
from plyo.tasks.arguments import check_options, load_state, to_time_limit
from plyo.tasks.descriptions import description_of, make_space
from plyo.tasks.options import EngineOptions
from plyo.tasks.parameters import (
    Parameters,
    adopt_constants,
    early_constants,
    fields_of,
)
from plyo.tasks.pictures import check_mode, observed_pictures
from plyo.tasks.standins import ClosedEngine


class NativeEnv(Parameters, Env[Any, Any]):
    """A single environment of a native task. Order, actions and time limit are checked natively.

    Args:
        *args: ``render_mode`` and the task's own parameters, in the order of Gymnasium's class.
        **arguments: By name, the task's own parameters, the options of :class:`~plyo.tasks.options.EngineOptions`, and
            ``render_mode``: ``"rgb_array"`` or ``"ansi"``, where the task has them, is what :meth:`render` returns;
            ``"human"`` shows every reset and step in a window.

    Raises:
        TypeError: A keyword argument is unknown or of the wrong type, or there are too many arguments.
        ValueError: A value is out of its range, or the task has no pictures to observe.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - a class attribute of Gymnasium's API
    _made_again: ClassVar[tuple[str, ...]] = ("_generator", "_model", "_shares_stream")

    _options_type = EngineOptions
    #: The arguments that may be given by position, in Gymnasium's order.
    _by_position: ClassVar[tuple[str, ...]] = ()
    _generator: np.random.Generator | None = None
    #: Whether the environment draws from a generator that was assigned.
    _shares_stream = False

    def __init__(self, *args: Any, **arguments: Any) -> None:
        params = self._named(args, arguments) if args else arguments
        options = self._take_options(params)
        self.render_mode = params.pop("render_mode", None)
        early = early_constants(self)
        own = params.pop("params", None)
        params = self._complete_arguments(params)
        self._arguments = {**vars(options), "render_mode": self.render_mode, **params}
        for_engine = options.to_engine()
        for_engine["resource"] = self._open_resource(options, params, 1)
        self._engine = self._make_checked_engine(options, 1, params, for_engine)
        if early:
            self._set(early, [])
        if own is not None:
            self._set(own, [])
        if self.render_mode == "human" and "human" in self.metadata["render_modes"]:
            self._engine = self._in_window(self._engine, options)
        self.observation_space = make_space(self._engine.observation_space())
        self.action_space = make_space(self._engine.action_space())

    def _in_window(self, engine: Any, options: Any) -> Any:
        """An engine like this one that shows every reset and step."""
        from plyo.tasks.windows import ShownEngine

        return ShownEngine(engine, options.render_style, self.metadata["render_fps"])

    def _make(self, **arguments: Any) -> None:
        NativeEnv.__init__(self, **arguments)

    def _named(self, args: tuple[Any, ...], params: dict[str, Any]) -> dict[str, Any]:
        """Puts positional arguments under their names."""
        names = self._by_position
        what = f"{type(self).__name__}.__init__()"
        if len(args) > len(names):
            takes = f"from 1 to {len(names) + 1} positional arguments" if names else "1 positional argument"
            raise TypeError(f"{what} takes {takes} but {len(args) + 1} were given")
        given = dict(zip(names, args, strict=False))
        for name in given.keys() & params.keys():
            raise TypeError(f"{what} got multiple values for argument {name!r}")
        return given | params

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Takes one step.

        Args:
            action: An integer (Discrete), an array of the space's shape, which is converted to its dtype, or a tuple
                or dict of these. Elements beyond the bounds are clipped by the task, as Gymnasium's tasks do.

        Returns:
            observation (an array, an int for Discrete, a tuple for Tuple, a dict for Dict), reward, terminated,
            truncated, info.

        Raises:
            plyo.error.ResetNeeded: The environment was never reset.
            plyo.error.InvalidAction: The action is not in the space or not finite; nothing has changed.
            plyo.error.ClosedEnvironmentError: The environment is closed.
        """
        return self._engine.step_one(action)  # type: ignore[no-any-return]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begins an episode. A closed environment is opened again, and goes on with its random stream.

        Args:
            seed: A non-negative integer to start the random stream from; None continues the stream.
            options: The task's reset options.

        Returns:
            observation (an array, an int for Discrete, a tuple for Tuple, a dict for Dict), info.

        Raises:
            plyo.error.Error: The seed is not a non-negative integer.
            ValueError: An option is unknown or its value is not legal; nothing has changed.
        """
        was_closed = self._is_closed
        engine = self._engine.held if was_closed else self._engine
        opened = engine
        if seed is not None and self._shares_stream:
            engine = engine.own_engine  # the generator that was assigned is not the environment's any more
        values: dict[str, Any] = {}
        settings: list[Setting] = []
        if options is not None:
            values, settings = self._split_params(check_options(options))
        try:
            result: tuple[Any, dict[str, Any]] = engine.reset_one(seed, values, settings)
        except ValueError as e:
            raise self._about_options(e, values) from None
        if was_closed:
            self._open_again(opened)
        if settings:
            self._remember(settings, [])
        if seed is not None:
            if self._shares_stream:
                self._engine, self._shares_stream = engine, False
            self._generator = None
            self._np_random_seed = int(seed)
        return result

    def render(self, *, size: tuple[int, int] | None = None, out: npt.NDArray[np.uint8] | None = None) -> Any:
        """The present state as a picture or a text, by the render mode.

        Drawing changes nothing: neither the state nor a random stream.

        Args:
            size: The height and width of the picture in pixels; None for the task's own, which is Gymnasium's.
            out: An array to draw into, uint8 of shape ``(height, width, 3)``, of any strides.

        Returns:
            ``"rgb_array"``: ``out`` or a fresh uint8 array of shape ``(height, width, 3)``. ``"ansi"``: a text.
            ``"state_pixels"``: the observation, a fresh array. ``"human"``: None. Without a mode it warns and returns
            None, unless ``size`` or ``out`` asks for a picture.

        Raises:
            plyo.error.ResetNeeded: The environment was never reset.
            NotImplementedError: The task cannot be rendered in this mode.
            TypeError, ValueError: ``size`` or ``out`` does not fit.
            plyo.error.ClosedEnvironmentError: The environment is closed.
        """
        if not self.has_reset:
            raise error.ResetNeeded(
                "Cannot call `env.render()` before calling `env.reset()`, if this is an intended action, "
                "set `disable_render_order_enforcing=True` on the OrderEnforcer wrapper."
            )
        if self.render_mode == "rgb_array" or size is not None or out is not None:
            check_mode(self, "rgb_array")
            return self._engine.render_one(0, size, self._arguments["render_style"], out)
        if self.render_mode == "human" and "human" in self.metadata["render_modes"]:
            self._engine.show()
            return None
        if self.render_mode is not None:
            check_mode(self, self.render_mode)
            if self.render_mode == "state_pixels":
                return observed_pictures(self)[0]
            return self._engine.render_text(0)
        name = type(self).__name__ if self.spec is None else self.spec.id
        logger.warn(
            "You are calling render method without specifying any render mode. You can specify the render_mode "
            f'at initialization, e.g. gym.make("{name}", render_mode="rgb_array")'
        )
        return None

    def _repr_html_(self) -> str | None:
        """For notebooks: the present picture as inline SVG, None for a task without one or a closed environment."""
        if "rgb_array" not in self.metadata["render_modes"] or self._is_closed:
            return None
        from plyo.tasks.notebook import facts_of, to_html

        title = type(self).__name__ if self.spec is None else self.spec.id
        return to_html(self._engine, [0], title, facts_of(self), self._arguments["render_style"])

    def _repr_png_(self) -> bytes | None:
        """For notebooks that show no SVG: the present picture as a PNG, None without one."""
        if "rgb_array" not in self.metadata["render_modes"] or self._is_closed:
            return None
        if not self.has_reset:
            return None
        from plyo.video.apng import encode_png

        return encode_png(self.render(size=self._engine.picture_size()))

    def close(self) -> None:
        """Closes windows. Closing twice is allowed; until a reset, all other calls are errors."""
        self._free()

    def _free(self) -> None:
        if self._is_closed:
            return
        if self.render_mode == "human":
            self._engine.close_window()
        self._engine = ClosedEngine(type(self).__name__, self._engine)

    def _open_again(self, engine: Any) -> None:
        """Puts the engine back that closing has put aside."""
        self._engine = engine

    # Attributes that Gymnasium has in the environment and in the wrappers that `make` puts around it.

    @property
    def state(self) -> npt.NDArray[np.float64] | None:
        """The variables of the dynamics, a fresh float64 array; None before the first reset.

        Assigning puts the environment into the middle of an episode that is in this state. There is no such
        attribute if the task does not say which variables it has.
        """
        if not description_of(self.task)["num_variables"]:
            raise self._no_attribute("state")
        return self._engine.variables(0) if self.has_reset else None

    @state.setter
    def state(self, value: npt.ArrayLike) -> None:
        if not description_of(self.task)["num_variables"]:
            raise self._no_attribute("state")
        self._engine.set_variables(0, np.array(value, dtype=np.float64))

    def _no_attribute(self, name: str) -> AttributeError:
        return AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def has_reset(self) -> bool:
        """Whether the environment has been reset."""
        return self._engine.elapsed_steps(0) is not None

    @property
    def _elapsed_steps(self) -> int | None:
        """The steps since the last reset, None before the first; there is no such attribute without a limit."""
        self._max_episode_steps  # noqa: B018 - raises
        return self._engine.elapsed_steps(0)  # type: ignore[no-any-return]

    @property
    def _max_episode_steps(self) -> int:
        """The time limit in steps; there is no such attribute without one."""
        limit: int | None = self._arguments["max_episode_steps"]
        if limit is None:
            raise self._no_attribute("_max_episode_steps")
        return limit

    @_max_episode_steps.setter
    def _max_episode_steps(self, value: int | None) -> None:
        limit = to_time_limit(value)
        self._engine.set_time_limit(limit)
        self._arguments["max_episode_steps"] = limit or None

    # Parameters and constants of the dynamics.

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        adopt_constants(cls)

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Sets parameters and constants of the dynamics, from the next step on.

        Args:
            params: Values by name, or distributions of :mod:`plyo.randomize`, drawn at every reset. MuJoCo tasks take
                arrays of their model as well, such as ``body_mass``; the guide has their shapes.

        Raises:
            TypeError: A value has the wrong type.
            ValueError: There is no such parameter, or its value is out of range; nothing has changed.
            plyo.error.ClosedEnvironmentError: The environment is closed.
        """
        self._set(params, [])

    def get_params(self) -> dict[str, Any]:
        """The present values of all parameters and constants of the dynamics, by name."""
        own = {name: self._engine.param(name, 0) for name in fields_of(description_of(self.task))}
        return own | {name: values[0] for name, values in self._more_values([0]).items()}

    # The random stream.

    @property
    def np_random(self) -> np.random.Generator:
        """A NumPy generator that shares the native random stream."""
        if self._generator is None:
            from plyo.tasks.lane_random import lane_generator  # loads numpy.random

            self._generator = lane_generator(self._engine, 0, self.np_random_seed)
        return self._generator

    @np_random.setter
    def np_random(self, value: np.random.Generator) -> None:
        self._share_stream(value)
        self._np_random_seed = -1

    def _share_stream(self, generator: np.random.Generator) -> None:
        """Draws from a generator from now on, as its owner does."""
        from plyo.tasks.lane_random import SharedStreamEngine

        engine = self._engine.own_engine if self._shares_stream else self._engine
        shared = SharedStreamEngine(engine, generator)
        if not self._shares_stream and self._generator is not None:
            if self._generator.bit_generator is generator.bit_generator:
                return  # it is the environment's already
            engine.detach_streams(0)
        self._engine, self._generator, self._shares_stream = shared, generator, True

    @property
    def _np_random(self) -> np.random.Generator | None:  # type: ignore[override]
        """The generator, None before it was seeded or used."""
        return None if self._np_random_seed is None else self.np_random

    @property
    def np_random_seed(self) -> int:
        """The seed of the random stream; -1 if a generator was assigned."""
        if self._np_random_seed is None:
            self._np_random_seed = self._engine.entropy
        return self._np_random_seed

    # Snapshots.

    def get_state(self) -> bytes:
        """A snapshot of everything that decides about the future: state, random stream, clock, return."""
        return self._engine.get_state([])  # type: ignore[no-any-return]

    def set_state(self, state: bytes) -> None:
        """Goes back to a snapshot of this task.

        Raises:
            TypeError: ``state`` is not ``bytes``.
            ValueError: The bytes are not a snapshot, or one of another task or version.
        """
        load_state(self._engine, state, [])

    def __getstate__(self) -> dict[str, Any]:
        """For pickling and copying: a generator that was assigned goes with the environment."""
        state = super().__getstate__()
        if self._shares_stream:
            state["_assigned"] = self._generator
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes the engine again and restores the snapshot."""
        assigned = state.pop("_assigned", None)
        super().__setstate__(state)
        if assigned is None:
            return
        closed = self._engine if self._is_closed else None
        if closed is not None:
            self._engine = closed.held
        self._share_stream(assigned)
        if closed is not None:
            closed.held, self._engine = self._engine, closed
