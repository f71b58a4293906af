"""The refusal of objects in the place of environments."""

from __future__ import annotations

from typing import Any

from plyo.core import Env

_HELP = "See https://gymnasium.farama.org/introduction/create_custom_env/ for more info."


def check_is_env(env: Any) -> None:
    """Checks that an object is an environment.

    Raises:
        TypeError: It is not a :class:`plyo.Env`; the text names OpenAI Gym if it is an environment of Gym.
    """
    if isinstance(env, Env):
        return
    base = str(env.__class__.__base__)
    if base in ("<class 'gym.core.Env'>", "<class 'gym.core.Wrapper'>"):
        raise TypeError(
            f"Gym is incompatible with Plyo, please update the environment class to `plyo.Env`. {_HELP}"
        )
    raise TypeError(
        f"The environment must inherit from the plyo.Env class, actual class: {type(env)}. {_HELP}"
    )
