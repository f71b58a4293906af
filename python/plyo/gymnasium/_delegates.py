"""Environments and batches around one of the other library: everything is asked of the one inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from plyo.gymnasium.spaces import Translate


class Library:
    """How spaces and elements cross from one library to the other.

    Args:
        space: Converts a space.
        value: Tells how elements of a space that was not converted cross, None for no change.
        back: Tells how elements of a converted space return.
        autoreset_mode: The enumeration of the modes of batches on the new side.
    """

    def __init__(
        self,
        space: Callable[[Any], Any],
        value: Callable[[Any], Translate],
        back: Callable[[Any], Translate],
        autoreset_mode: Any,
    ) -> None:
        self.space, self.value, self.back, self.autoreset_mode = space, value, back, autoreset_mode


class _Delegate:
    """Attributes that are not there are those of the environment or batch inside, and so they are assigned."""

    library: ClassVar[Library]
    env: Any
    #: Functions, which pickles leave out.
    _functions: ClassVar[tuple[str, ...]] = ()

    def __getattr__(self, name: str) -> Any:
        """An attribute of the environment inside, or of one of its layers."""
        env = vars(self).get("env")
        if env is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return env.get_wrapper_attr(name) if hasattr(env, "get_wrapper_attr") else getattr(env, name)

    def __setattr__(self, name: str, value: Any) -> None:
        env = vars(self).get("env")
        if env is None or name in vars(self) or hasattr(type(self), name) or not self._is_inside(name):
            super().__setattr__(name, value)
        elif hasattr(env, "set_wrapper_attr"):
            env.set_wrapper_attr(name, value)
        else:
            setattr(env, name, value)

    def _is_inside(self, name: str) -> bool:
        has = getattr(self.env, "has_wrapper_attr", None)
        return bool(hasattr(self.env, name) if has is None else has(name))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in self._functions}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._translate()

    def _translate(self) -> None:
        """Sets the functions that translate observations and actions."""
        raise NotImplementedError

    def render(self) -> Any:
        """What the environment or batch inside renders."""
        return self.env.render()

    @property
    def np_random(self) -> Any:
        """The random generator of the environment or batch inside."""
        return self.env.np_random

    @np_random.setter
    def np_random(self, value: Any) -> None:
        self.env.np_random = value

    @property
    def np_random_seed(self) -> Any:
        """The seed of the random generator inside."""
        return self.env.np_random_seed

    @property
    def _np_random(self) -> Any:
        return self.env.unwrapped._np_random

    @property
    def _np_random_seed(self) -> Any:
        return self.env.unwrapped._np_random_seed


class SingleDelegate(_Delegate):
    """A single environment around one of the other library.

    Args:
        env: The environment inside.
        spec: The spec on the new side.
    """

    _functions = ("_observe", "_act")

    def __init__(self, env: Any, spec: Any) -> None:
        self.observation_space = self.library.space(env.observation_space)
        self.action_space = self.library.space(env.action_space)
        self.metadata = env.metadata
        self.render_mode = env.render_mode
        self.spec = spec
        self._observe: Translate = self.library.value(env.observation_space)
        self._act: Translate = self.library.back(self.action_space)
        self.env = env

    def _translate(self) -> None:
        self._observe = self.library.value(self.env.observation_space)
        self._act = self.library.back(self.action_space)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Steps the environment inside."""
        if self._act is not None:
            action = self._act(action)
        observation, reward, terminated, truncated, info = self.env.step(action)
        if self._observe is not None:
            observation = self._observe(observation)
        return observation, reward, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Resets the environment inside."""
        observation, info = self.env.reset(seed=seed, options=options)
        return observation if self._observe is None else self._observe(observation), info

    def close(self) -> None:
        """Closes the environment inside."""
        self.env.close()

    def has_wrapper_attr(self, name: str) -> bool:
        """Whether this environment or a layer of the one inside has an attribute."""
        return hasattr(self, name)

    def set_wrapper_attr(self, name: str, value: Any, *, force: bool = True) -> bool:
        """Sets an attribute where it is, or else here.

        Args:
            name: The attribute.
            value: Its new value.
            force: Whether to make it if it does not exist.

        Returns:
            Whether it was set.
        """
        if not force and not hasattr(self, name):
            return False
        setattr(self, name, value)
        return True

    def __str__(self) -> str:
        return f"<{type(self).__name__}{self.env}>"

    __repr__ = __str__


class BatchDelegate(_Delegate):
    """A batch around one of the other library.

    Args:
        env: The batch inside.
        spec: The spec on the new side.
    """

    _functions = ("_observe", "_observe_one", "_act")

    def __init__(self, env: Any, spec: Any) -> None:
        self.num_envs = env.num_envs
        self.single_observation_space = self.library.space(env.single_observation_space)
        self.single_action_space = self.library.space(env.single_action_space)
        self.metadata = dict(env.metadata)
        if (mode := self.metadata.get("autoreset_mode")) is not None:
            self.autoreset_mode = self.library.autoreset_mode(getattr(mode, "value", mode))
            self.metadata["autoreset_mode"] = self.autoreset_mode
        self.render_mode = env.render_mode
        self.closed = env.closed
        self.spec = spec
        self.env = env
        self._translate()

    def _translate(self) -> None:
        value, back = self.library.value, self.library.back
        vars(self)["_observe_one"] = value(self.env.single_observation_space)
        vars(self)["_observe"] = vars(self)["_act"] = None
        # the spaces of a large batch are large
        if self._observe_one is not None:
            vars(self)["_observe"] = value(self.env.observation_space)
        if back(self.single_action_space) is not None:
            vars(self)["_act"] = back(self.action_space)

    @cached_property
    def observation_space(self) -> Any:
        """The observation space of the batch."""
        return self.library.space(self.env.observation_space)

    @cached_property
    def action_space(self) -> Any:
        """The action space of the batch."""
        return self.library.space(self.env.action_space)

    def step(self, actions: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Steps the batch inside; further arguments, such as ``out`` of native batches, are its own."""
        if self._act is not None:
            actions = self._act(actions)
        observations, rewards, terminated, truncated, infos = self.env.step(actions, *args, **kwargs)
        if self._observe is not None:
            observations = self._observe(observations)
            if "final_obs" in infos:
                infos["final_obs"] = self._final(infos["final_obs"])
        return observations, rewards, terminated, truncated, infos

    def _final(self, observations: Any) -> Any:
        """Translates the final observations of some environments, None for the others."""
        translated = np.full(len(observations), None)
        for i, observation in enumerate(observations):
            translated[i] = None if observation is None else self._observe_one(observation)
        return translated

    def reset(self, *args: Any, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """Resets the batch inside: ``seed`` and ``options`` are its own."""
        observations, infos = self.env.reset(*args, **kwargs)
        return observations if self._observe is None else self._observe(observations), infos

    def close_extras(self, **kwargs: Any) -> None:
        """Closes the batch inside."""
        self.env.close(**kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.env!r})"
