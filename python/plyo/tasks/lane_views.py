"""The environments of a native batch, one by one, as in Gymnasium's batches of single environments."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable
from typing import Any, ClassVar, Protocol, cast

from plyo.basics.settings import Setting
from plyo.spaces import Space
from plyo.tasks.task_env import NativeEnv

# where a method of the engine says which lane
_LANE_FIRST = (
    "display_list",
    "elapsed_steps",
    "lane_stream",
    "observe_lane",
    "detach_streams",
    "picture",
    "render_one",
    "render_text",
    "set_goal",
    "set_state_words",
    "set_stream_state",
    "set_variables",
    "state_words",
    "stream_state",
    "svg",
    "variables",
)
_LANE_SECOND = ("attribute", "param", "set_attribute")
_LANES_LAST = ("get_state", "lane_numbers", "param_values", "set_state")
# attributes of the batch, not of a lane
_SHARED = ("action_space", "call", "entropy", "model", "num_threads", "observation_space", "picture_size")


class LaneEngine:
    """Stands in for the engine of a single environment that is one lane of a batch.

    The lane can be looked at and put elsewhere; only the batch can step and reset it.
    """

    def __init__(self, envs: NativeBatch, lane: int) -> None:
        self._engine = envs._engine
        self._batch = weakref.ref(envs)
        self._lane = lane

    def set_params(self, settings: list[Setting], _: Any) -> None:
        """Sets parameters of the lane, and records them in the batch for its pickles."""
        self._engine.set_params(settings, [self._lane])
        batch = self._batch()
        if batch is not None:
            batch._remember(settings, [self._lane])

    def __getattr__(self, name: str) -> Any:
        """The engine's member of that name, of this lane."""
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _SHARED:
            return getattr(self._engine, name)
        if name in _LANE_FIRST:
            method = getattr(self._engine, name)
            return lambda _, *rest: method(self._lane, *rest)
        if name in _LANE_SECOND:
            method = getattr(self._engine, name)
            return lambda what, _, *rest: method(what, self._lane, *rest)
        if name in _LANES_LAST:
            method = getattr(self._engine, name)
            return lambda *rest: method(*rest[:-1], [self._lane])
        raise RuntimeError(
            f"environment {self._lane} belongs to a batch, whose own methods step it, reset it and limit its time"
        )


class NativeBatch(Protocol):
    """The part of :class:`plyo.vector.NativeVectorEnv` that this module uses."""

    num_envs: int
    render_mode: str | None
    spec: Any
    _engine: Any
    _arguments: dict[str, Any]

    _of_views: ClassVar[tuple[str, ...]]

    @property
    def _single_class(self) -> Callable[[], type]: ...

    @property
    def single_observation_space(self) -> Space[Any]:
        """The space of one observation."""

    @property
    def single_action_space(self) -> Space[Any]:
        """The space of one action."""

    def _seed_of(self, lane: int) -> int: ...

    def _remember(self, settings: list[Setting], lanes: list[int]) -> None: ...


#: Arguments of the batch that its environments do not have.
_OF_BATCHES = ("num_envs", "num_threads", "autoreset_mode", "num_buffers", "reward_dtype")
_OF_BATCH_SPECS = ("num_envs", "max_episode_steps", "vectorization_mode", "vector_kwargs", "wrappers")


def make_views(envs: NativeBatch) -> list[NativeEnv]:
    """An environment for each lane: a view of it, not a copy."""
    cls = envs._single_class()
    arguments = {name: value for name, value in envs._arguments.items() if name not in _OF_BATCHES}
    spec = copy.deepcopy(envs.spec)
    if spec is not None:
        spec.kwargs = {name: value for name, value in spec.kwargs.items() if name not in _OF_BATCH_SPECS}
    views = []
    for lane in range(envs.num_envs):
        view = cast("NativeEnv", object.__new__(cls))
        view.__dict__.update(
            spec=spec,
            render_mode=envs.render_mode,
            observation_space=envs.single_observation_space,
            action_space=envs.single_action_space,
            _arguments=arguments,
            _engine=LaneEngine(envs, lane),
            **{name: getattr(envs, name) for name in envs._of_views},
        )
        views.append(view)
    return views


def refresh_view(view: NativeEnv, seed: int) -> None:
    """Tells a view that the batch may have been reset with seeds since."""
    if view._np_random_seed != seed:
        view._generator, view._np_random_seed = None, seed
