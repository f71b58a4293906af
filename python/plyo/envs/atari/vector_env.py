"""Batches of Atari games."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, ClassVar, cast
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from plyo._native import CallGuard, RunningGames
from plyo.envs.atari import batch_guard as checks
from plyo.envs.atari import guard
from plyo.envs.atari.batch_options import BatchOptions, beside_an_id
from plyo.envs.atari.batch_rollout import Recorder, Sampler, check_rollout, roll
from plyo.envs.atari.lane_engine import LaneEngine
from plyo.envs.atari.lane_members import LaneMembers
from plyo.envs.atari.lane_steps import LaneSteps
from plyo.envs.atari.motions import to_actions
from plyo.envs.atari.played import Engine, Played
from plyo.envs.atari.spaces import make_action_space
from plyo.envs.atari.thread_engine import ThreadEngine
from plyo.error import WorkerDiedError
from plyo.policies import Constant, Random, Sequence
from plyo.spaces import Box, Space
from plyo.trajectory import Trajectory
from plyo.vector._reset import split_mask
from plyo.vector.utils import batch_space
from plyo.vector.vector_env import AutoresetMode, VectorEnv

Array = npt.NDArray[Any]


class AtariVectorEnv(LaneSteps, LaneMembers, VectorEnv[Any, Any, Any]):
    """A batch of one Atari game, with pictures prepared and stacked: ``make_vec("ALE/Pong-v5", 64)``.

    Observations are uint8 ``(num_envs, stack_num, img_height, img_width)``, with a last axis of 3 in colour; the
    newest picture is the last. Rewards are float64, clipped to [-1, 1] unless ``reward_clipping=False``;
    ``info["reward"]`` has them whole. Arguments and defaults are those of ale-py's ``AtariVectorEnv``;
    docs/guide/atari_batches.md has them all.

    Two engines play the games. ``"threads"`` is ale-py's native batch. ``"lanes"`` has one emulator for each
    environment, in this process or in ``num_workers`` processes; it also has what ale-py's batch does not: snapshots
    and forks, steps of some environments, pictures, modes and difficulties, memory as observations, a random frameskip,
    lost lives that end an episode but not the game, and the random numbers of Gymnasium's wrapped environment. The
    default is the engine that the arguments need. Where both can play, they play the same.

    Attributes:
        engine: ``"threads"`` or ``"lanes"``.
        autoreset_mode: When a finished episode is followed by the next one.
    """

    #: What `make_vec` makes of the arguments that are given beside an id; it also takes its mode "native" then.
    beside_an_id: ClassVar[Callable[[Mapping[str, Any]], dict[str, Any]]] = staticmethod(beside_an_id)

    def __init__(self, game: str, num_envs: int = 1, **arguments: Any) -> None:
        """Builds the emulators.

        Args:
            game: The name of the game in small letters: ``"space_invaders"``.
            num_envs: The number of environments, at least 1.
            **arguments: The others, by their names in :data:`plyo.envs.atari.batch_options.DEFAULTS` or in
                :data:`~plyo.envs.atari.batch_options.ALIASES`.

        Raises:
            TypeError: An argument is unknown, given under two names, or of the wrong type.
            ValueError, plyo.error.Error: A value is out of its range, or arguments contradict each other.
            plyo.error.DependencyNotInstalled: ale-py is not installed.
            MemoryError: The observations do not fit into memory.
        """
        self._options = BatchOptions(game, arguments)
        self.num_envs = guard.check_count("num_envs", num_envs)
        checks.check_batch_size(self._options.values["batch_size"], self.num_envs)
        lane = self._options.lane
        guard.check_memory(self.num_envs, lane.shape)
        self._arguments = {"game": game, "num_envs": self.num_envs, **arguments}
        self.engine = self._options.engine
        self.autoreset_mode = self._options.mode
        self.render_mode = self._options.values["render_mode"]
        self.metadata = {
            "autoreset_mode": self.autoreset_mode,
            "render_modes": ["rgb_array"],
            "render_fps": 60,
        }
        self._usage = CallGuard("this batch", defers=True)
        values = self._options.values
        self._games = RunningGames(self.num_envs, values["reward_clipping"], values["life_loss_info"])
        self._strengths = [1.0] * self.num_envs
        self._is_reset = False
        self._samplers: WeakKeyDictionary[Random, Sampler] = WeakKeyDictionary()
        self._engine: Engine = self._make_engine()

    def _make_engine(self) -> Engine:
        if self.engine == "threads":
            return ThreadEngine(self._options, self.num_envs)
        return LaneEngine(self._options.lane, self.num_envs, self._options.values["num_workers"] or 0)

    # Spaces

    @cached_property
    def single_observation_space(self) -> Space[Any]:  # type: ignore[override]
        """The observation space of one environment."""
        return Box(0, 255, self._options.lane.shape, np.uint8)

    @cached_property
    def single_action_space(self) -> Space[Any]:  # type: ignore[override]
        """The action space of one environment: numbers, or (radius, angle, fire) if ``continuous``."""
        values = self._options.values
        return make_action_space(self._options.game, values["full_action_space"], values["continuous"])

    @cached_property
    def observation_space(self) -> Space[Any]:  # type: ignore[override]
        """The observation space of the batch."""
        return batch_space(self.single_observation_space, self.num_envs)

    @cached_property
    def action_space(self) -> Space[Any]:  # type: ignore[override]
        """The action space of the batch."""
        return batch_space(self.single_action_space, self.num_envs)

    # Stepping

    def reset(
        self, *, seed: Any = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begins new games.

        A seed loads the cartridge anew, which takes as long as twenty resets without.

        Args:
            seed: Environment i gets ``seed + i``, also under a mask; a list has one for each environment. None, in the
                list or in its place, continues the random numbers.
            options: ``{"reset_mask": mask}``, a bool array of shape ``(num_envs,)``: only these are reset.

        Returns:
            observations, and the infos ``"env_id"``, ``"lives"``, ``"frame_number"`` and ``"episode_frame_number"``,
            int32 arrays of shape ``(num_envs,)``.

        Raises:
            plyo.error.Error: A seed is negative or no integer.
            ValueError, TypeError: The seeds or options do not fit; nothing has changed.
            plyo.error.ResetNeeded: There is a mask, and the batch was never reset as a whole.
            RuntimeError: Another thread is using the batch, or it was made in another process.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        with self._usage("reset") as interrupt:
            guard.check_order(type(self).__name__, "reset", self.closed, True)
            checks.check_reset_options(options)
            mask, _ = split_mask(options, self.num_envs)
            if mask is not None and not mask.all():
                guard.check_order(type(self).__name__, "reset with a mask", False, self._is_reset)
            lanes = list(range(self.num_envs)) if mask is None else np.flatnonzero(mask).tolist()
            seeds = checks.check_seeds(seed, lanes, self.num_envs, self.engine == "threads")
            if not self._is_reset:
                seeds = [checks.draw_seed() if each is None else each for each in seeds]
            played = self._begin(lanes, seeds, interrupt)
            self._is_reset = True
            return played.observations, self._games.counts(played)

    def step(self, actions: Any) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Steps every environment.

        Args:
            actions: Integers of shape ``(num_envs,)``, or numbers of shape ``(num_envs, 3)`` if ``continuous``.

        Returns:
            observations, rewards (float64), terminated and truncated (bool), and the infos: those of :meth:`reset`;
            ``"reward"``, the rewards before they are clipped, where they are; ``"life_lost"``, bool; and in steps that
            end games ``"score"`` and ``"length"``, the sum of all rewards of these games and the number of their steps,
            with their masks. In ``same_step`` mode also ``"final_obs"`` and ``"final_info"``, as in Gymnasium. All
            arrays are fresh.

        Raises:
            plyo.error.InvalidAction: An action is not in its space; nothing has changed.
            plyo.error.ResetNeeded: The batch was never reset, or an episode has ended and autoreset is disabled.
            plyo.error.WorkerDiedError: A worker process has died.
            RuntimeError: Another thread is using the batch, or it was made in another process.
            plyo.error.ClosedEnvironmentError: The batch is closed.
        """
        with self._usage("step") as interrupt:
            guard.check_order(type(self).__name__, "step", self.closed, self._is_reset)
            if self.autoreset_mode is AutoresetMode.DISABLED:
                guard.check_none_ended(self._games.ended)
            numbers, strengths = self._to_engine(actions)
            played = self._play(self._engine.step, numbers, strengths, interrupt)
            return self._results(played, interrupt)

    def _begin(self, lanes: list[int], seeds: list[int | None], interrupt: CallGuard) -> Played:
        """Begins episodes."""
        played = self._play(self._engine.reset, lanes, seeds, interrupt)
        self._games.begin(lanes, seeds, played.lives)
        return played

    def _play(self, call: Callable[..., Played], *arguments: Any) -> Played:
        """A call of the engine; the batch has to be reset as a whole if it fails halfway."""
        was_reset, self._is_reset = self._is_reset, False
        try:
            played = call(*arguments)
        except WorkerDiedError:
            self._is_reset = was_reset  # the next call says so again
            raise
        self._is_reset = was_reset
        return played

    def _to_engine(self, actions: Any) -> tuple[list[int], list[float]]:
        """Checked actions as the engine takes them."""
        if not self._options.values["continuous"]:
            count = len(self._options.lane.actions)
            return checks.check_discrete(actions, self.num_envs, count, self._games), self._strengths
        motions = checks.check_continuous(actions, self.num_envs, self._games.ended)
        return to_actions(motions, self._options.values["continuous_action_threshold"])

    def _results(
        self, played: Played, interrupt: CallGuard, is_stepped: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """The results of a step, of all environments or of some, after the resets that follow in the same one."""
        results = self._games.count(played, is_stepped)
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self._games.has_ended:
            observations, rewards, terminated, truncated, infos = results
            mask = self._games.ended
            final = _final(observations, infos, mask)
            lanes = np.flatnonzero(mask).tolist()
            played = self._begin(lanes, [None] * len(lanes), interrupt)
            infos = {**final, **infos, **self._games.counts(played)}
            return played.observations, rewards, terminated, truncated, infos
        return results

    def rollout(
        self,
        policy: Any,
        num_steps: int,
        *,
        record: Iterable[str] | None = None,
        out: Mapping[str, Array] | None = None,
    ) -> Trajectory:
        """Steps the batch many times under a policy, from where it stands, with the same result as single steps.

        In ``disabled`` mode an environment whose episode has ended rests: its reward is 0, its flags are False and its
        observation stays.

        Args:
            policy: A function from observations ``(num_envs, ...)`` to actions, which is called once a step; or
                ``Random``, ``Constant`` or ``Sequence`` of :mod:`plyo.policies`.
            num_steps: The number of steps, at least 1.
            record: The fields of :class:`plyo.Trajectory` to record; None for all that the environments give over time.
                ``"episodes"`` are whole games with their rewards before they are clipped; ``"valid"`` can be recorded
                too.
            out: Arrays to record into, by field.

        Returns:
            The trajectory. Its observations are a :class:`~plyo.envs.atari.stacked_frames.StackedFrames`, which keeps
            each picture once and reads like the array of stacks, unless ``out`` has an array for them or autoreset is
            disabled.

        Raises:
            TypeError, ValueError: The steps, the fields, the arrays or the policy do not fit, or autoreset is disabled
                with ``engine="threads"``; nothing has changed.
            plyo.error.ResetNeeded: The batch was never reset, or an episode has ended and autoreset is disabled.
            plyo.error.InvalidAction: The policy has chosen an action that is none; the batch stands before that step.
            MemoryError: The record does not fit into memory.
        """
        guard.check_order(type(self).__name__, "rollout", self.closed, self._is_reset)
        steps, wanted = check_rollout(self, policy, num_steps, record, out)
        may_rest = self.autoreset_mode is AutoresetMode.DISABLED
        if may_rest:
            guard.check_none_ended(self._games.ended)
        recorder = Recorder(
            self._options.lane, self.num_envs, steps, wanted, out or {}, self.single_action_space, may_rest
        )
        with self._usage("rollout"):
            observations = self._engine.present()
        return roll(self, self._act_of(policy), steps, recorder, observations, lambda: self._games.ended)

    def _act_of(self, policy: Any) -> Callable[[Array], Any]:
        """A policy as a function of observations."""
        if isinstance(policy, Random):
            sampler = self._samplers.get(policy)
            if sampler is None or sampler.seed != policy.seed:
                sampler = Sampler(self.single_action_space, policy.seed, self.num_envs)
                self._samplers[policy] = sampler
            return sampler
        if isinstance(policy, Constant):
            action = np.asarray(policy.action)
            actions = np.broadcast_to(action, (self.num_envs, *action.shape))
            return lambda observations: actions
        if isinstance(policy, Sequence):
            rows = iter(np.asarray(cast(Any, policy).actions))
            return lambda observations: next(rows)
        return policy  # type: ignore[no-any-return]

    # Closing

    def close_extras(self, **kwargs: Any) -> None:
        """Frees the emulators and ends their threads or processes."""
        self._engine.close()


class RawAtariVectorEnv(AtariVectorEnv):
    """A batch of one Atari game with whole screens: single environments, by ``vectorization_mode="native"``.

    Its observations, rewards and random numbers are those of ``make_vec(id, num_envs)`` of an id from before v5, which
    makes a :class:`plyo.vector.SyncVectorEnv`.
    """

    def __init__(self, game: str, num_envs: int = 1, **arguments: Any) -> None:
        """Builds the emulators; the arguments are those of :class:`AtariVectorEnv`, with ``style="raw"``."""
        super().__init__(game, num_envs, **{"style": "raw", **arguments})


def _final(observations: Array, infos: dict[str, Any], mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """The infos of ended episodes as Gymnasium has them: other rows are None or 0."""
    final_obs = np.full(len(mask), None, dtype=object)
    for lane in np.flatnonzero(mask).tolist():
        final_obs[lane] = observations[lane].copy()
    final_info: dict[str, Any] = {}
    for key, values in infos.items():
        if not key.startswith("_"):
            own = mask & infos.get(f"_{key}", mask)
            final_info[key] = np.where(own, values, values.dtype.type(0))
            final_info[f"_{key}"] = own
    return {"final_obs": final_obs, "_final_obs": mask, "final_info": final_info, "_final_info": mask.copy()}
