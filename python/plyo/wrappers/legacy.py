"""Between the API of today and that of Gym before 0.26, in both directions."""

from __future__ import annotations

from typing import Any

from plyo.basics import seeding
from plyo.basics.record_constructor import RecordConstructorArgs
from plyo.basics.step_apis import convert_to_done_step_api, convert_to_terminated_truncated_step_api
from plyo.core import Env, Wrapper

__all__ = ["EnvCompatibility", "LegacyStep"]


class LegacyStep(Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """Gives an environment the API of Gym before 0.26, for programs that were written for that.

    ``step`` returns four values and ``reset`` the observation alone; ``seed`` and ``render(mode)`` are methods. It is
    the outermost wrapper: those of today expect the API of today inside.

    Example:
        >>> import plyo
        >>> env = plyo.wrappers.LegacyStep(plyo.make("CartPole-v1"))
        >>> env.seed(1)
        [1]
        >>> observation = env.reset()
        >>> observation, reward, done, info = env.step(0)
    """

    def __init__(self, env: Env[Any, Any]) -> None:
        """Wraps an environment.

        Args:
            env: An environment with the API of today.
        """
        RecordConstructorArgs.__init__(self)
        Wrapper.__init__(self, env)
        self._next_seed: int | None = None

    def step(self, action: Any) -> Any:
        """Steps the environment.

        Args:
            action: An element of the action space.

        Returns:
            ``(observation, reward, done, info)``. At the end of an episode ``info["TimeLimit.truncated"]`` says whether
            it was cut off rather than finished.
        """
        return convert_to_done_step_api(self.env.step(action))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Starts an episode.

        Args:
            seed: Restarts the random numbers; None takes the last argument of :meth:`seed`, once.
            options: Further arguments, specific to the environment.

        Returns:
            The first observation.
        """
        if seed is None:
            seed = self._next_seed
        observation, _ = self.env.reset(seed=seed, options=options)
        self._next_seed = None
        return observation

    def seed(self, seed: int | None = None) -> list[int]:
        """Restarts the random numbers from the next reset on, and seeds neither of the spaces.

        Args:
            seed: The seed; None draws one from the system.

        Returns:
            A list with the seed.

        Raises:
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        _, used = seeding.np_random(seed)
        self._next_seed = used
        return [used]

    def render(self, mode: str | None = None) -> Any:
        """Draws the present state.

        Args:
            mode: The render mode that the environment was made with, or None.

        Raises:
            ValueError: It was made with another render mode.
        """
        if mode is not None and mode != self.render_mode:
            raise ValueError(
                f"the render mode of this environment is {self.render_mode!r}, so render(mode={mode!r}) cannot be "
                f"had: make it with render_mode={mode!r}"
            )
        return self.env.render()


class EnvCompatibility(Env[Any, Any]):
    """Gives an environment that was written for Gym before 0.26 the API of today.

    :func:`plyo.make` puts it around such an environment with ``apply_api_compatibility=True``. Attributes that it has
    not are those of the environment inside.

    Attributes:
        env: The environment inside.
    """

    def __init__(self, old_env: Any, render_mode: str | None = None) -> None:
        """Wraps an environment.

        Args:
            old_env: An environment whose ``step`` returns four values and whose ``reset`` returns the observation.
                Its spaces are Plyo's.
            render_mode: The argument of its ``render``; ``"human"`` renders after every step and reset.
        """
        metadata = dict(getattr(old_env, "metadata", {}))
        for old, new in (("render.modes", "render_modes"), ("video.frames_per_second", "render_fps")):
            if old in metadata:
                metadata.setdefault(new, metadata.pop(old))
        metadata.setdefault("render_modes", [])
        self.metadata = metadata
        self.render_mode = render_mode
        self.observation_space = old_env.observation_space
        self.action_space = old_env.action_space
        self.spec = getattr(old_env, "spec", None)
        self.env = old_env

    def __getattr__(self, name: str) -> Any:
        """An attribute of the environment inside."""
        env = vars(self).get("env")
        if env is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(env, name)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts an episode.

        Args:
            seed: The argument of the ``seed`` of the environment, where it has that; else a generator is assigned to
                its ``np_random``.
            options: Refused: environments of that time had none.

        Raises:
            TypeError: ``options`` has something in it.
            plyo.error.Error: ``seed`` is negative or not an integer.
        """
        if options:
            raise TypeError(f"environments of Gym before 0.26 have no reset options, got {options!r}")
        super().reset(seed=seed)
        if seed is not None:
            if callable(old_seed := getattr(self.env, "seed", None)):
                old_seed(seed)
            else:
                self.env.np_random = self.np_random
        observation = self.env.reset()
        if self.render_mode == "human":
            self.render()
        return observation, {}

    def step(self, action: Any) -> Any:
        """Steps the environment; ``info["TimeLimit.truncated"]`` says what kind of end it is, and is taken out."""
        result = convert_to_terminated_truncated_step_api(self.env.step(action))
        if self.render_mode == "human":
            self.render()
        return result

    def render(self) -> Any:
        """What the environment renders in the mode."""
        return self.env.render(mode=self.render_mode)

    def close(self) -> None:
        """Closes the environment, where it can be closed: not every environment of that time had the method."""
        if callable(close := getattr(self.env, "close", None)):
            close()

    def __str__(self) -> str:
        return f"<{type(self).__name__}{self.env}>"

    __repr__ = __str__
