"""Past episodes, simulated again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo._registry.lookup import find_spec, registry
from plyo._registry.specs import EnvSpec
from plyo.basics.floats import to_float
from plyo.basics.integers import to_integer
from plyo.core import Env
from plyo.replay.episode import Ending, ReplayStep
from plyo.replay.trust import without_onlookers
from plyo.tasks.task_env import NativeEnv

__all__ = ["Replay", "origin_of"]


class Replay:
    """A past episode, kept as its beginning and its actions; it is simulated again when it is needed.

        replay = plyo.Replay("CartPole-v1", 7, [0, 1, 1, 0, 1])
        for step in replay:
            print(step.reward)
        replay.save("episode.mp4")

    The same environment, seed and actions give the same episode, bit for bit. Iterating takes a fresh environment
    through the episode and yields a :class:`ReplayStep` for each action; ``len`` is the number of actions.

    Attributes:
        id: The environment, as :func:`plyo.make` takes it.
        seed: The seed of the reset, None if there is a snapshot.
        actions: The actions, as the environment got them.
        snapshot: The result of ``get_state()`` of a native task after the reset, or None.
        options: The options of the reset.
        kwargs: The keyword arguments of :func:`plyo.make`.
        recorded: How the episode ended when it was recorded, None if that is unknown. A replay with another end
            is an error.
    """

    def __init__(
        self,
        id: str | EnvSpec,
        seed: int | None = None,
        actions: Sequence[Any] | NDArray[Any] = (),
        *,
        snapshot: bytes | None = None,
        options: dict[str, Any] | None = None,
        recorded: Ending | None = None,
        **kwargs: Any,
    ) -> None:
        """Describes an episode; nothing is simulated yet.

        Args:
            id: The id of a registered environment, or a spec.
            seed: The seed of the first reset.
            actions: Its actions in order, a sequence or an array whose rows are actions.
            snapshot: In place of a seed: the initial state of a native task.
            options: The options of the reset.
            recorded: How it ended.
            **kwargs: The keyword arguments with which :func:`plyo.make` made the environment.

        Raises:
            TypeError: The seed is not an integer, the snapshot not ``bytes``, or the actions are not a sequence.
            ValueError: There is neither a seed nor a snapshot, or both.
            plyo.error.Error: The environment is not registered.
        """
        if (seed is None) == (snapshot is None):
            raise ValueError(
                "a replay begins from a seed or from a snapshot of get_state(): give one of them, got "
                f"seed={seed!r} and {'no snapshot' if snapshot is None else 'a snapshot'}"
            )
        if snapshot is not None and not isinstance(snapshot, bytes):
            raise TypeError(f"snapshot must be the bytes that get_state() returned, got {type(snapshot)}")
        if not hasattr(actions, "__len__") or not hasattr(actions, "__getitem__"):
            raise TypeError(f"actions must be a sequence of actions, got {type(actions)}")
        self._spec = find_spec(id) if isinstance(id, str) else id
        self.id: str | EnvSpec = id
        self.seed = None if seed is None else to_integer("seed", seed)
        self.actions: Sequence[Any] = actions  # type: ignore[assignment]  # an array's rows are actions as well
        self.snapshot = snapshot
        self.options = options
        self.kwargs = kwargs
        self.recorded = recorded
        self._ending = recorded

    # The episode.

    def __len__(self) -> int:
        """The number of actions."""
        return len(self.actions)

    def __iter__(self) -> Iterator[ReplayStep]:
        """Takes a fresh environment through the episode.

        Raises:
            ValueError: The episode ends before the actions do, or not as it was recorded, or the snapshot
                is not one of this task.
            plyo.error.Error: An action is illegal.
        """
        env = self._make()
        try:
            self._begin(env)
            yield from self._steps(env)
        finally:
            env.close()

    def _make(self, **drawing: Any) -> Env[Any, Any]:
        """A fresh environment, without wrappers that only watch."""
        spec = copy(self._spec)
        spec.additional_wrappers = without_onlookers(spec.additional_wrappers)
        kwargs = {**self.kwargs, **drawing}
        # without this mode a window might open; wrappers may observe the picture
        mode = kwargs.pop("render_mode", spec.kwargs.get("render_mode"))
        spec.kwargs = {name: value for name, value in spec.kwargs.items() if name != "render_mode"}
        if mode is not None and (drawing or spec.additional_wrappers):
            kwargs["render_mode"] = "rgb_array"
        env: Env[Any, Any] = spec.make(**kwargs)
        if self.snapshot is not None and not isinstance(env.unwrapped, NativeEnv):
            env.close()
            raise ValueError(f"{self._spec.id} is no native task: its replay needs a seed, not a snapshot")
        return env

    def _begin(self, env: Env[Any, Any]) -> None:
        """Puts an environment into the initial state of the episode."""
        env.reset(seed=self.seed, options=self.options if self.snapshot is None else None)
        if self.snapshot is not None:
            env.unwrapped.set_state(self.snapshot)  # type: ignore[attr-defined]

    def _steps(self, env: Env[Any, Any]) -> Iterator[ReplayStep]:
        """Takes the steps, and checks the end."""
        total = 0.0
        terminated = truncated = False
        for t in range(len(self.actions)):
            if terminated or truncated:
                raise ValueError(
                    f"the episode of {self._spec.id} is over after {t} steps, but there are {len(self.actions)} "
                    "actions: leave out those after its end"
                )
            action = self.actions[t]
            observation, reward, terminated, truncated, info = env.step(action)
            total += to_float(reward)
            if t == len(self.actions) - 1:
                self._check(Ending(total, bool(terminated), bool(truncated)))
            yield ReplayStep(action, observation, to_float(reward), bool(terminated), bool(truncated), info)

    def _check(self, ending: Ending) -> None:
        """Raises unless an episode has ended as it was recorded."""
        if self.recorded is not None and repr(self.recorded) != repr(ending):  # NaNs are equal
            raise ValueError(
                f"the replay of {self._spec.id} ends with {ending}; recorded was {self.recorded}. The environment, its "
                "arguments or the machine are not those of the recording, or something beside the seed decided"
            )
        self._ending = ending

    @property
    def ending(self) -> Ending:
        """How the episode ends; simulates it if the end is unknown.

        Raises:
            ValueError: As iterating does.
        """
        if self._ending is None:
            self._ending = Ending(0.0, False, False)  # without any action
            try:
                for _ in self:
                    pass
            except BaseException:
                self._ending = None
                raise
        return self._ending

    @property
    def episode_return(self) -> float:
        """The sum of the rewards; simulates the episode if the sum is unknown."""
        return self.ending.episode_return

    @property
    def nbytes(self) -> int:
        """The memory of the actions and the snapshot, in bytes."""
        size = getattr(self.actions, "nbytes", None)
        actions = 8 * len(self.actions) if size is None else int(size)
        return actions + (8 if self.snapshot is None else len(self.snapshot))

    def __repr__(self) -> str:
        """The episode in short."""
        begin = f"seed={self.seed}" if self.snapshot is None else "from a snapshot"
        known = "" if self._ending is None else f", return={self._ending.episode_return:g}"
        return f"Replay({self._spec.id}, {begin}, {len(self)} steps{known})"

    def _repr_html_(self) -> str | None:
        """For notebooks: the episode of a native task as a film, None for others."""
        from plyo.replay.notebook import replay_html

        return replay_html(self, len(self))

    # Pictures.

    def frames(
        self, size: tuple[int, int] | None = None, style: str | None = None
    ) -> Iterator[NDArray[np.uint8]]:
        """Draws the episode: its initial state, and the state after each action.

        Args:
            size: The height and width of the pictures in pixels, for native tasks; None for the task's own.
            style: ``"gym"`` or ``"smooth"``, for native tasks; None for the environment's own.

        Yields:
            ``len(self) + 1`` fresh uint8 arrays ``(height, width, 3)``.

        Raises:
            NotImplementedError: The environment has no pictures.
            TypeError, ValueError: The size or the style is not legal, or not for this environment; or as iterating.
        """
        from plyo.replay.films import DrawnReplay

        with DrawnReplay(self, size, style) as drawn:
            yield from drawn

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        fps: float | None = None,
        size: tuple[int, int] | None = None,
        style: str | None = None,
    ) -> str:
        """Saves the episode: as a video, or as a small file that :meth:`load` reads.

        Args:
            path: The file. ``.mp4``, ``.png`` (animated) and ``.gif`` are videos, ``.npz`` is the replay itself.
            fps: Frames per second of a video; None for ``metadata["render_fps"]``, or 30 without.
            size: As for :meth:`frames`.
            style: As for :meth:`frames`.

        Returns:
            The path of the file, which ends in ``.png`` in place of ``.mp4`` where there is no ffmpeg.

        Raises:
            ValueError: The name ends otherwise, an argument is not legal, or as iterating.
            TypeError: The options or arguments of the environment cannot be saved.
            NotImplementedError: The environment has no pictures.
            OSError: The file cannot be written.
            plyo.error.DependencyNotInstalled: A package that this kind of file needs is not installed.
        """
        path = os.fspath(path)
        if path.lower().endswith(".npz"):
            from plyo.replay.files import write_replay

            given = [
                name for name, value in (("fps", fps), ("size", size), ("style", style)) if value is not None
            ]
            if given:
                raise ValueError(f"{given[0]} is for videos, {path!r} holds a replay, which has no pictures")
            write_replay(self, path)
            return path
        from plyo.replay.films import film

        return film([self], path, fps=fps, size=size, style=style)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, trusted: bool = False) -> Replay:
        """Reads a replay that :meth:`save` wrote to an ``.npz`` file.

        The environment is made once, to know its actions. A file is not trusted: it may only name environments that are
        registered, and wrappers that are registered or Plyo's own. Nothing else is imported, and its observations may
        take 64 MB.

        Args:
            path: The file.
            trusted: Whether to import and call anything that the file names, with the file's arguments. A file can
                do anything then, and take any memory.

        Raises:
            OSError: The file cannot be read; FileNotFoundError if there is none.
            plyo.replay.UntrustedFile: It names something that is not registered; a ValueError.
            ValueError: The file holds no replay, or the replay does not fit the environment.
            plyo.error.DependencyNotInstalled: A package that the environment needs is not installed.
        """
        from plyo.replay.files import read_replay

        return read_replay(os.fspath(path), cls, trusted)


def origin_of(env: Any) -> tuple[str | EnvSpec, Mapping[str, Any]]:
    """The first argument and the keyword arguments of :func:`plyo.make` that make an environment again.

    Raises:
        ValueError: It was not made by :func:`plyo.make`.
    """
    spec = env.spec
    if spec is None:
        raise ValueError(
            f"{env} cannot be made again for a replay: make it by plyo.make or plyo.make_vec, not by its class"
        )
    if getattr(env.unwrapped, "native_checks", False):
        # snapshots have the parameters, and the time limit may have been assigned
        spec = copy(spec)
        spec.kwargs = {name: value for name, value in spec.kwargs.items() if name != "params"}
        spec.max_episode_steps = env.unwrapped._arguments["max_episode_steps"]
    known = registry.get(spec.id)
    if (
        without_onlookers(spec.additional_wrappers)
        or known is None
        or known.entry_point != spec.entry_point
        or known.additional_wrappers
    ):
        return copy(spec), {}
    kwargs = {name: value for name, value in spec.kwargs.items() if name != "render_mode"}
    if kwargs.keys() & signature(Replay).parameters.keys():
        return copy(spec), {}
    if spec.max_episode_steps != known.max_episode_steps:
        kwargs["max_episode_steps"] = -1 if spec.max_episode_steps is None else spec.max_episode_steps
    return spec.id, kwargs
