"""Batches of native tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from operator import index
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from plyo._native import default_threads
from plyo.basics.integers import check_integer
from plyo.basics.settings import Setting
from plyo.policies import Policy
from plyo.spaces import Space
from plyo.tasks.arguments import check_flag, check_options, load_state, to_time_limit
from plyo.tasks.descriptions import description_of, make_space, shown_name
from plyo.tasks.members import task_members
from plyo.tasks.parameters import Parameters, fields_of, listed, live_fields
from plyo.tasks.pictures import check_lanes, check_mode, grid_layout, observed_pictures, stack_bytes, to_ids
from plyo.trajectory import Trajectory, run_rollout, with_float32_rewards
from plyo.vector._batch_options import BatchOptions
from plyo.vector._batching import spread_values, to_autoreset_mode
from plyo.vector._forking import fork_batch
from plyo.vector._lanes import get_lane_attribute, has_getter
from plyo.vector._reset import check_mask, to_mask
from plyo.vector.profile import Profile
from plyo.vector.step_result import StepResult
from plyo.vector.utils import batch_space
from plyo.vector.vector_env import AutoresetMode, VectorEnv

if TYPE_CHECKING:
    from typing_extensions import Self

    from plyo.tasks.lane_random import LaneGenerators

StepArrays = Sequence[npt.NDArray[Any] | None]

#: No batch of this many lanes fits into any memory.
_TOO_MANY = 2**48


class NativeVectorEnv(Parameters, VectorEnv):
    """A batch of environments of one native task, stepped by the engine.

    Args:
        num_envs: The number of environments, at least 1.
        render_mode: ``"rgb_array"`` or ``"ansi"``, where the task has them: what :meth:`render` returns.
        **arguments: The options of :class:`BatchOptions`, and the task's own parameters.

    Raises:
        TypeError: A keyword argument is unknown or of the wrong type.
        ValueError: A value is out of its range.
        MemoryError: The batch does not fit into memory.
    """

    native_checks: ClassVar[bool] = True
    _options_type = BatchOptions
    _made_again: ClassVar[tuple[str, ...]] = ("_ring", "_more_arrays", "_generators", "_views")
    #: Attributes that the views of environments share with the batch.
    _of_views: ClassVar[tuple[str, ...]] = ()
    #: Returns the class of a single environment.
    _single_class: ClassVar[Callable[[], type]]

    def __init__(self, num_envs: int = 1, *, render_mode: str | None = None, **arguments: Any) -> None:
        self.num_envs = check_integer("num_envs", num_envs, 1)
        options = self._take_options(arguments)
        for_engine = options.to_engine()
        self.autoreset_mode = options.autoreset_mode = to_autoreset_mode(options.autoreset_mode)
        self.metadata = {**type(self).metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = render_mode
        self._description = description_of(self.task)
        own = arguments.pop("params", None)
        params = self._complete_arguments(arguments)
        self._arguments = {
            "num_envs": self.num_envs,
            "render_mode": render_mode,
            **vars(options),
            **params,
        }
        try:
            if self.num_envs >= _TOO_MANY:
                raise MemoryError
            threads = min(for_engine["num_threads"] or default_threads(), self.num_envs)
            for_engine["resource"] = self._open_resource(options, params, threads)
            self._engine = self._make_checked_engine(options, self.num_envs, params, for_engine)
        except MemoryError:
            raise MemoryError(
                f"num_envs={self.num_envs} environments of {shown_name(self.task)} do not fit into memory: each takes "
                f"about {self._description['state_bytes'] + 64 + stack_bytes(for_engine['pixels'])} bytes"
            ) from None
        if own is not None:
            self._set(own, [])
        # the environment's facts, also after the batch is closed
        self._spaces = (self._engine.observation_space(), self._engine.action_space())
        self._seeds: int | list[int | None] | None = None
        self._generators: LaneGenerators | None = None
        self._views: list[Any] | None = None
        self._ring: list[StepArrays] = [self._make_arrays() for _ in range(options.num_buffers or 0)]
        self._more_arrays: list[list[Any]] = [[None, None] for _ in self._ring]
        self._ring_position = 0

    def _make(self, **arguments: Any) -> None:
        NativeVectorEnv.__init__(self, **arguments)

    # Spaces: the batched ones of a large batch are large, so they are made when asked for.

    @cached_property
    def single_observation_space(self) -> Space[Any]:  # type: ignore[override]
        """The observation space of one environment."""
        return make_space(self._spaces[0])

    @cached_property
    def single_action_space(self) -> Space[Any]:  # type: ignore[override]
        """The action space of one environment."""
        return make_space(self._spaces[1])

    @cached_property
    def observation_space(self) -> Space[Any]:  # type: ignore[override]
        """The observation space of the batch."""
        return batch_space(self.single_observation_space, self.num_envs)

    @cached_property
    def action_space(self) -> Space[Any]:  # type: ignore[override]
        """The action space of the batch."""
        return batch_space(self.single_action_space, self.num_envs)

    # Stepping.

    def reset(
        self,
        *,
        seed: int | list[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
        out: npt.NDArray[Any] | None = None,
    ) -> tuple[npt.NDArray[Any], dict[str, Any]]:
        """Begins new episodes.

        Args:
            seed: With an integer, environment i starts its random stream from ``seed + i``; a list gives each its
                own; None, in the list or in its place, continues the streams.
            options: The task's reset options, for all environments, and ``"reset_mask"``, a bool array of shape
                ``(num_envs,)``: only these environments are reset, the others keep their last observation.
                The dictionary is not changed.
            out: An array to write the observations into; a tuple or dict of them for Tuple and Dict.

        Returns:
            observations of shape ``(num_envs, ...)``, or a tuple or dict of such arrays for Tuple and Dict, info.

        Raises:
            plyo.error.Error: A seed is not a non-negative integer.
            ValueError, TypeError: The seeds, the options, the mask or ``out`` do not fit; nothing has changed.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        values = check_options(options)
        mask = values.pop("reset_mask", None)
        if options is not None and "reset_mask" in options:
            mask = to_mask(mask)
            check_mask(mask, self.num_envs)
        from_ring = out is None and bool(self._ring)
        if from_ring:
            out = self._ring[self._ring_position][0]
        values, settings = self._split_params(values)
        try:
            result: tuple[Any, dict[str, Any]] = self._engine.reset(seed, values, mask, out, settings)
        except ValueError as e:
            raise self._about_options(e, values) from None
        if settings:
            self._remember_masked(settings, mask)
        if from_ring:
            self._advance_ring()
        if seed is not None:
            self._remember_seeds(seed, mask)
        return result

    def render(
        self,
        *,
        ids: Iterable[int] | None = None,
        size: tuple[int, int] | None = None,
        out: npt.NDArray[np.uint8] | None = None,
    ) -> Any:
        """The environments as pictures or texts.

        Drawing changes nothing: neither a state nor a random stream.

        Args:
            ids: The environments to draw, in this order; None for all.
            size: The height and width of the pictures in pixels; None for the task's own, which is Gymnasium's.
            out: An array to draw into, uint8 of shape ``(n, height, width, 3)``, of any strides.

        Returns:
            With any of the arguments ``out`` or a fresh uint8 array of shape ``(n, height, width, 3)``, whatever the
            render mode. Without, as Gymnasium's batches: a tuple of one picture ``(height, width, 3)`` or one text
            an environment under ``render_mode="rgb_array"``, ``"state_pixels"`` or ``"ansi"``, None without a mode.

        Raises:
            plyo.error.ResetNeeded: An environment was never reset.
            NotImplementedError: The task cannot be rendered in this mode.
            IndexError: There is no such environment.
            TypeError, ValueError: An argument does not fit.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        asked = ids is not None or size is not None or out is not None
        if self.render_mode is None and not asked:
            return None
        if asked or self.render_mode == "rgb_array":
            check_mode(self, "rgb_array")
            lanes = to_ids(ids, self.num_envs)
            pictures = self._engine.render(lanes, size, self._arguments["render_style"], out)
            return pictures if asked else tuple(pictures)
        check_mode(self, self.render_mode)
        if self.render_mode == "state_pixels":
            return tuple(observed_pictures(self))
        return tuple(self._engine.render_text(lane) for lane in range(self.num_envs))

    def render_grid(
        self,
        ids: Iterable[int] | None = None,
        *,
        columns: int | None = None,
        size: tuple[int, int] | None = None,
        gap: int = 2,
    ) -> npt.NDArray[np.uint8]:
        """One picture of many environments, row by row, in every render mode.

        Args:
            ids: The environments to draw, in this order; None for all.
            columns: The pictures of a row; None for about as many as there are rows.
            size: The height and width of each picture in pixels; None for the task's own, or so much smaller that the
                whole is at most 1280 pixels wide.
            gap: The pixels between two pictures, which are grey.

        Returns:
            A fresh uint8 array of shape ``(height, width, 3)``.

        Raises:
            plyo.error.ResetNeeded: An environment was never reset.
            NotImplementedError: The task has no pictures.
            IndexError: There is no such environment.
            TypeError, ValueError: An argument does not fit.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        check_mode(self, "rgb_array")
        lanes = to_ids(ids, self.num_envs)
        layout = grid_layout(len(lanes), columns, size, gap, self._engine.picture_size())
        style = self._arguments["render_style"]
        return self._engine.render_grid(lanes, *layout, style)  # type: ignore[no-any-return]

    def _repr_html_(self) -> str | None:
        """For notebooks: the first environments' pictures as inline SVG, None for a task without or a closed batch."""
        if "rgb_array" not in self.metadata["render_modes"] or self.closed:
            return None
        from plyo.tasks.notebook import MAX_LANES, facts_of, to_html

        title = type(self).__name__ if self.spec is None else self.spec.id
        lanes = range(min(self.num_envs, MAX_LANES))
        facts = facts_of(self, self.num_envs)
        return to_html(self._engine, lanes, title, facts, self._arguments["render_style"])

    def _repr_png_(self) -> bytes | None:
        """For notebooks that show no SVG: the first environments' pictures as a PNG, None without pictures."""
        if "rgb_array" not in self.metadata["render_modes"] or self.closed:
            return None
        from plyo.tasks.notebook import MAX_LANES
        from plyo.video.apng import encode_png

        lanes = [i for i in range(min(self.num_envs, MAX_LANES)) if self._engine.elapsed_steps(i) is not None]
        if not lanes:
            return None
        return encode_png(self.render_grid(lanes))

    def step(
        self, actions: Any, out: StepArrays | None = None
    ) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], dict[str, Any]]:
        """Steps every environment.

        Args:
            actions: int64 of shape ``(num_envs,)`` for Discrete, float32 of shape ``(num_envs, k)`` for Box, a tuple or
                dict of these for Tuple and Dict. Other integer or real types are converted, as are bools for Discrete.
                Tensors of torch on the CPU and arrays of JAX are read where they are. Box elements beyond the bounds
                are clipped by the task, as Gymnasium's tasks do.
            out: ``(observations, rewards, terminated, truncated)`` to write into, each an array, a torch tensor, or
                None for a fresh array.

        Returns:
            observations ``(num_envs, ...)``, rewards (float64 or ``reward_dtype``), terminated and truncated (bool)
            ``(num_envs,)``, info. The arrays are fresh except with ``out`` or ``num_buffers``.

        Raises:
            plyo.error.InvalidAction: An action is not in its space or not finite; nothing has changed. Actions of
                environments that this step resets are ignored.
            plyo.error.ResetNeeded: An environment was never reset, or has ended and autoreset is disabled.
            RuntimeError: Another thread is stepping this batch.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        if out is None and self._ring:
            result = self._engine.step(actions, self._ring[self._ring_position])
            self._advance_ring()
            return result  # type: ignore[no-any-return]
        return self._engine.step(actions, out)  # type: ignore[no-any-return]

    def step_compact(
        self, actions: Any, *, next_observations: bool = True, out: StepArrays | None = None
    ) -> StepResult:
        """Steps every environment, with the ends of episodes as rows of arrays: what a trainer needs, and no objects.

        The step is that of :meth:`step`, bit for bit. Environments whose episodes go on cost nothing more.

        Args:
            actions: As :meth:`step` takes them.
            next_observations: Whether ``same_step`` mode copies the observations into ``next_observations``; without,
                ``ended.final_observations`` has the rows that differ.
            out: ``(observations, rewards, terminated, truncated, dones, next_observations)`` to write into, each an
                array or None for a fresh one. An array for the next observations is written in every mode.

        Returns:
            The :class:`plyo.vector.StepResult`. Its arrays are fresh except with ``out`` or ``num_buffers``; those of
            ``ended`` are fresh always.

        Raises:
            plyo.error.InvalidAction, plyo.error.ResetNeeded, RuntimeError, plyo.error.ClosedEnvironmentError: As
                :meth:`step`.
            TypeError, ValueError: ``out`` does not fit; nothing has changed.
        """
        wants_next = check_flag("next_observations", next_observations)
        if out is None and self._ring:
            result = self._engine.step_compact(actions, self._compact_arrays(wants_next), wants_next)
            self._advance_ring()
            return result  # type: ignore[no-any-return]
        return self._engine.step_compact(actions, out, wants_next)  # type: ignore[no-any-return]

    def step_lanes(
        self, actions: Any, ids: Any
    ) -> tuple[Any, npt.NDArray[Any], npt.NDArray[np.bool_], npt.NDArray[np.bool_], dict[str, Any]]:
        """Steps some environments; the others stay as they are.

        Each of them does what it would do in :meth:`step`, bit for bit: in ``next_step`` mode, for instance, one whose
        episode has ended is reset.

        Args:
            actions: An action for each of ``ids``, as :meth:`step` takes them: shape ``(K, ...)``.
            ids: int64 ``(K,)`` or a list: the environments in any order, each at most once. There may be none.

        Returns:
            observations, rewards, terminated, truncated and info as of :meth:`step`, with one row for each of ``ids``,
            in their order. The arrays are fresh.

        Raises:
            plyo.error.InvalidAction, plyo.error.ResetNeeded: As :meth:`step`, for these environments only; nothing has
                changed.
            TypeError: ``ids`` are no integers.
            IndexError: There is no such environment.
            ValueError: An environment is listed twice.
            RuntimeError: Another thread is using this batch.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        return self._engine.step_lanes(actions, ids)  # type: ignore[no-any-return]

    def reset_lanes(
        self,
        ids: Any,
        seed: int | list[int | None] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begins new episodes in some environments; the others stay as they are.

        Args:
            ids: int64 ``(K,)`` or a list: the environments in any order, each at most once. There may be none.
            seed: With an integer, environment i starts its random stream from ``seed + i``, as in :meth:`reset`; a list
                has one for each of ``ids``; None, in the list or in its place, continues the streams.
            options: The task's reset options, ``"params"`` included, whose arrays have a value for each of ``ids``.

        Returns:
            observations and info as of :meth:`reset`, with one row for each of ``ids``, in their order.

        Raises:
            plyo.error.Error: A seed is not a non-negative integer.
            TypeError, ValueError, IndexError: ``ids``, the seeds or the options do not fit; nothing has changed.
            RuntimeError: Another thread is using this batch.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        values = check_options(options)
        if "reset_mask" in values:
            raise ValueError("reset_lanes takes ids in place of options['reset_mask']")
        values, settings = self._split_params(values)
        result: tuple[Any, dict[str, Any]] = self._engine.reset_lanes(ids, seed, values, settings)
        if settings or seed is not None:
            lanes = [int(lane) for lane in np.asarray(ids)]
            if settings and lanes:
                self._remember(settings, lanes)
            if seed is not None:
                self._remember_lane_seeds(seed, lanes)
        return result

    def fork(
        self, ids: Iterable[int] | None = None, copies: int = 1, *, seed: int | list[int | None] | None = None
    ) -> Self:
        """A batch of environments that begin as copies of these: states, episodes, parameters and random streams.

        The copies of one environment continue alike under the same actions, until they draw from streams that ``seed``
        makes different. They and the batch do not affect each other.

        Args:
            ids: The environments, in this order, also more than once; None for all.
            copies: The copies of each. Those of one environment stand together: copy j of ``ids[i]`` is environment
                ``i * copies + j``.
            seed: New random streams for the copies: an integer s gives environment i of the new batch the stream of
                ``s + i``, a list each its own; None, in the list or in its place, copies the stream.

        Returns:
            A batch with the same options, of ``len(ids) * copies`` environments.

        Raises:
            TypeError: ``ids`` or ``copies`` are not integers, such as a mask.
            ValueError: There are no ids, ``copies`` is less than 1, or a list of seeds has another length.
            IndexError: There is no such environment.
            plyo.error.Error: A seed is not a non-negative integer.
            MemoryError: The copies do not fit into memory.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        return fork_batch(self, listed(ids, self.num_envs), check_integer("copies", copies, 1), seed)

    def rollout(
        self,
        policy: Policy | Callable[[npt.NDArray[Any]], Any],
        num_steps: int,
        *,
        record: Iterable[str] | None = None,
        out: Mapping[str, npt.NDArray[Any]] | None = None,
        gamma: float = 0.99,
        gae_lambda: float = 0.95,
    ) -> Trajectory:
        """Steps the batch ``num_steps`` times under a policy, without returning to Python in between.

        The rollout starts from the present state of the batch, and has the same result as single steps. In
        ``disabled`` mode an environment whose episode has ended rests: its reward is 0, its flags are False and its
        observation stays.

        Args:
            policy: A policy of :mod:`plyo.policies`, or any function from observations ``(num_envs, ...)`` to actions,
                which is called once a step.
            num_steps: The number of steps, at least 1.
            record: The fields of :class:`plyo.Trajectory` to record; None for all that the environments give over time.
                ``"log_probs"``, ``"entropies"``, ``"values"``, ``"last_values"``, ``"advantages"``, ``"returns"``,
                ``"raw_actions"``, ``"valid"`` and ``"hidden"`` are for training.
            out: Arrays to record into, by field.
            gamma: The discount of a step, from 0 to 1, for advantages and returns.
            gae_lambda: From 0 to 1, likewise: 0 for one step, 1 for whole episodes.

        Returns:
            The trajectory. Fields that are not recorded are None.

        Raises:
            ValueError, TypeError: The steps, the fields, the arrays or the policy do not fit; nothing has changed.
            plyo.error.ResetNeeded: An environment was never reset, or has ended and autoreset is disabled.
            RuntimeError: The batch or the policy is in use: another thread steps it, or a function that is called as
                the policy does.
            MemoryError: The arrays do not fit into memory.
            KeyboardInterrupt: Ctrl-C; the batch and the policy are as they were before the call, and so they are
                after an exception that the policy raises.
        """
        run = partial(
            run_rollout,
            self._engine,
            self._description,
            policy,
            num_steps,
            record,
            gamma=gamma,
            gae_lambda=gae_lambda,
        )
        if self._arguments["reward_dtype"] == "float64":
            return run(out)
        return with_float32_rewards(run, (num_steps, self.num_envs), out)

    def profile(self) -> Profile:
        """Counts where the time goes: ``with envs.profile() as profile: ...``, and then ``print(profile)``.

        Counting is off outside such a block, and costs nothing then.

        Returns:
            A context manager whose numbers can be read in the block and after it.

        Raises:
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        return Profile(self._engine)

    # Snapshots.

    def get_state(self, lanes: Iterable[int] | None = None) -> bytes:
        """A snapshot of everything that determines the future: states, random streams, clocks, returns.

        Args:
            lanes: The environments to save, in this order; None for all.

        Raises:
            IndexError: There is no such environment.
        """
        return self._engine.get_state(self._to_lanes(lanes))  # type: ignore[no-any-return]

    def set_state(self, state: bytes, lanes: Iterable[int] | None = None) -> None:
        """Restores a snapshot.

        Args:
            state: A result of :meth:`get_state`, of this task. One saved environment fills any number of them.
            lanes: The environments to restore, in the order of the snapshot; None for all.

        Raises:
            TypeError: ``state`` is not ``bytes``.
            ValueError: The bytes are not a snapshot, one of another task or version, or hold another number of
                environments; nothing has changed.
            IndexError: There is no such environment.
        """
        load_state(self._engine, state, self._to_lanes(lanes))

    def _to_lanes(self, lanes: Iterable[int] | None) -> list[int]:
        if lanes is None:
            return []
        return check_lanes("lanes", lanes, self.num_envs)

    # Random streams.

    @property  # type: ignore[misc]
    def np_random(self) -> LaneGenerators:  # type: ignore[override]
        """NumPy generators that share the environments' random streams: a sequence, each made when it is asked for."""
        if self._generators is None:
            from plyo.tasks.lane_random import LaneGenerators  # loads numpy.random

            self._generators = LaneGenerators(self._engine, self.num_envs, self._seed_of)
        return self._generators

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seeds of the environments' random streams."""
        entropy = self._engine.entropy
        if isinstance(self._seeds, list):
            return tuple(entropy + i if seed is None else seed for i, seed in enumerate(self._seeds))
        base = entropy if self._seeds is None else self._seeds
        return tuple(base + i for i in range(self.num_envs))

    def _seed_of(self, lane: int) -> int:
        """The seed of one environment's random stream."""
        given = self._seeds[lane] if isinstance(self._seeds, list) else self._seeds
        if given is None:
            return int(self._engine.entropy) + lane
        return given if isinstance(self._seeds, list) else given + lane

    def _remember_seeds(self, seed: int | list[int | None], mask: npt.NDArray[np.bool_] | None) -> None:
        """Keeps the seeds for np_random_seed."""
        is_list = isinstance(seed, np.ndarray) and seed.ndim > 0
        base = index(seed) if hasattr(seed, "__index__") and not is_list else None
        if base is not None and mask is None:
            self._seeds = base
            return
        new: list[int | None] = (
            [None if s is None else index(s) for s in seed]  # type: ignore[union-attr]
            if base is None
            else [base + i for i in range(self.num_envs)]
        )
        if isinstance(self._seeds, int):
            old: list[int | None] = [self._seeds + i for i in range(self.num_envs)]
        else:
            old = self._seeds if self._seeds is not None else [None] * self.num_envs
        self._seeds = [
            before if after is None or (mask is not None and not mask[i]) else after
            for i, (before, after) in enumerate(zip(old, new, strict=True))
        ]

    def _remember_lane_seeds(self, seed: int | list[int | None], lanes: list[int]) -> None:
        """The same for the listed environments, with a seed for each in a list."""
        if lanes:
            is_base = hasattr(seed, "__index__") and np.ndim(seed) == 0  # type: ignore[arg-type]
            each: list[int | None] = [None] * self.num_envs
            for place, lane in enumerate(lanes):
                each[lane] = index(seed) + lane if is_base else seed[place]  # type: ignore[arg-type,index]
            self._remember_seeds(each, None)

    # Attributes of single environments.

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The result of a method of the task for every environment; without arguments also the attribute of each.

        Raises:
            AttributeError: There is no attribute of that name.
        """
        if name in (method["name"] for method in self._description["methods"]):
            result = task_members(self._description)[name](self, *args, **kwargs)
            return (result,) * self.num_envs
        if has_getter(self, name):
            return get_lane_attribute(self, name)
        # further attributes of a single environment: each lane as one
        members = [view.get_wrapper_attr(name) for view in self._lane_views()]
        return tuple(member(*args, **kwargs) if callable(member) else member for member in members)

    def _lane_views(self) -> list[Any]:
        """The environments one by one, made when they are asked for."""
        from plyo.tasks.lane_views import make_views, refresh_view

        if self._views is None:
            self._views = make_views(self)
        for lane, view in enumerate(self._views):
            refresh_view(view, self._seed_of(lane))
        return self._views

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """An attribute of every environment, as in batches of single environments.

        Args:
            name: ``"state"`` (the variables of the dynamics, float64; None before the first reset), ``"has_reset"``,
                ``"_elapsed_steps"``, ``"_max_episode_steps"``, ``"np_random"``, ``"np_random_seed"``,
                ``"render_mode"``, ``"observation_space"``, ``"action_space"``, or another that a single environment of
                the task has: ``"spec"``, ``"metadata"``, ``"P"``, ... What ``"unwrapped"`` returns are views: they
                stand where the batch stands, and only the batch can step them.

        Raises:
            AttributeError: There is no attribute of that name.
        """
        return self.call(name)

    def set_attr(self, name: str, values: Any) -> None:
        """Sets the state of every environment: puts it into the middle of an episode that is there.

        Args:
            name: ``"state"``, or an attribute that the task lets be assigned.
            values: A list or tuple with one state for each environment; an array goes to all.

        Raises:
            AttributeError: Another attribute is named: ``make_vec(..., vectorization_mode="sync")`` has them all.
            TypeError, ValueError: There are more or fewer values than environments, or a value is not legal; nothing
                has changed.
        """
        live = live_fields(self._description)
        if name in live:
            self._set({live[name]: self._by_lane(live[name], values)}, [])
            return
        each = spread_values(values, self.num_envs)
        if name == "_max_episode_steps":
            limits = {to_time_limit(value) for value in each}
            if len(limits) != 1:
                raise ValueError(f"the environments of a native batch have one time limit, got {values!r}")
            (limit,) = limits
            self._engine.set_time_limit(limit)
            self._arguments["max_episode_steps"] = limit or None
            return
        if name in (
            attribute["name"] for attribute in self._description["attributes"] if attribute["settable"]
        ):
            self._set_each(lambda lane, value: self._engine.set_attribute(name, lane, value), each)
            return
        if name != "state":
            instead = (
                f"change it with set_params({{{name!r}: ...}}), or pass params={{{name!r}: ...}} to make_vec(...)"
                if name in fields_of(self._description)
                else 'make_vec(..., vectorization_mode="sync") makes environments whose own attributes can be set'
            )
            raise AttributeError(
                f"{name!r} cannot be set in a native batch, only 'state', the time limit and constants of the dynamics "
                f"can; {instead}"
            )
        self._set_each(
            lambda lane, value: self._engine.set_variables(lane, np.array(value, dtype=np.float64)), each
        )

    def _set_each(self, assign: Callable[[int, Any], None], values: Iterable[Any]) -> None:
        """Assigns to one environment after another; an error puts those before it back."""
        before = self._engine.get_state([])
        try:
            for lane, value in enumerate(values):
                assign(lane, value)
        except BaseException:
            self._engine.set_state(before, [])
            raise

    # Parameters and constants of the dynamics.

    def set_params(self, params: Mapping[str, Any], ids: Iterable[int] | None = None) -> None:
        """Sets parameters and constants of the dynamics, from the next step on.

        Args:
            params: For each name a value for all, an array with one for each environment, or a distribution of
                :mod:`plyo.randomize`, which every reset draws from. MuJoCo tasks take arrays of their model as well,
                such as ``body_mass``; the guide has their shapes.
            ids: The environments, in the order of the arrays; None for all.

        Raises:
            TypeError: A value has the wrong type, or ``ids`` are not integers.
            ValueError: There is no such parameter, an array has another length, or a value is out of range; nothing
                has changed.
            IndexError: There is no such environment.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        self._set(params, listed(ids, self.num_envs))

    def get_params(self, ids: Iterable[int] | None = None) -> dict[str, Any]:
        """The present values of all parameters and constants of the dynamics, by name.

        Args:
            ids: The environments; None for all.

        Returns:
            Arrays of shape ``(n,)``: float64, int64 or bool. Texts and lists are the same for all environments and
            come as they are. Arrays of MuJoCo's model have shape ``(n, ...)``.
        """
        lanes = listed(ids, self.num_envs)
        own = {name: self._engine.param_values(name, lanes) for name in fields_of(self._description)}
        return own | self._more_values(lanes)

    def _remember_masked(self, settings: list[Setting], mask: npt.NDArray[np.bool_] | None) -> None:
        """Keeps the settings of a reset, for pickles: bounds of the environments that were reset."""
        if mask is None:
            self._remember(settings, [])
            return
        lanes = [int(lane) for lane in np.flatnonzero(mask)]

        def picked(value: Any) -> Any:
            return value[lanes] if isinstance(value, np.ndarray) and len(value) == self.num_envs else value

        if lanes:
            self._remember(
                [
                    (name, source, first if source == "choice" else picked(first), picked(second))
                    for name, source, first, second in settings
                ],
                lanes,
            )

    def _by_lane(self, field: str, values: Any) -> Any:
        """The values of an attribute as parameters take them: an array where each environment has its own."""
        default = fields_of(self._description)[field]["default"]
        if not isinstance(values, (list, tuple)):
            return values
        if isinstance(default, (bool, int, float)):
            return np.array(spread_values(values, self.num_envs))
        each = spread_values(values, self.num_envs)
        if any(value != each[0] for value in each):
            raise ValueError(
                f"{field!r} is no number: all environments of a native batch have the same, got {values!r}"
            )
        return each[0]

    # The ring of output arrays.

    def _make_arrays(self) -> StepArrays:
        flat = (self.num_envs,)
        return (
            self._engine.observation_arrays(),
            np.zeros(flat, self._arguments["reward_dtype"]),
            np.zeros(flat, bool),
            np.zeros(flat, bool),
        )

    def _compact_arrays(self, wants_next: bool) -> StepArrays:
        """The present set of arrays, with those for compact steps; they are made when they are first asked for."""
        more = self._more_arrays[self._ring_position]
        if more[0] is None:
            more[0] = np.zeros(self.num_envs, bool)
        if wants_next and more[1] is None and self.autoreset_mode is AutoresetMode.SAME_STEP:
            more[1] = self._engine.observation_arrays()
        return (*self._ring[self._ring_position], more[0], more[1] if wants_next else None)

    def _advance_ring(self) -> None:
        """Moves to the next set of arrays; a call that fails does not."""
        self._ring_position = (self._ring_position + 1) % len(self._ring)

    # Closing.

    def close_extras(self, **kwargs: Any) -> None:
        """Frees the environments."""
        self._free()

    def _free(self) -> None:
        super()._free()
        self._ring, self._more_arrays = [], []
        self._generators = self._views = None
