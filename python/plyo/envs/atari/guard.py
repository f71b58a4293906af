"""The checks before anything reaches ale-py: arguments, actions, seeds, sizes, and who calls when.

The library does not answer every invalid input with an exception, so nothing that it could refuse is handed to it. A
check changes nothing, and its error names the value, the legal ones and, in a batch, the environment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from plyo.basics.integers import check_integer, is_integer
from plyo.basics.seeding import np_random
from plyo.envs.atari.facts import facts_of
from plyo.envs.atari.games import GAMES, name_of
from plyo.error import ClosedEnvironmentError, Error, InvalidAction, ResetNeeded

#: The kinds of observations.
OBS_TYPES = ("rgb", "grayscale", "ram")
#: The render modes.
RENDER_MODES = ("human", "rgb_array")
#: The greatest integer that the library takes.
MOST = 2**31 - 1
#: The legal range of each whole number that a batch takes.
RANGES = {
    "num_envs": (1, 65_536),
    "batch_size": (1, 65_536),
    "num_threads": (0, 4096),
    "num_workers": (0, 4096),
    "thread_affinity_offset": (-1, 4096),
    "stack_num": (1, 1024),
    "frameskip": (1, 108_000),
    "noop_max": (0, 108_000),
    "img_height": (1, 4096),
    "img_width": (1, 4096),
    "max_num_frames_per_episode": (1, MOST),
}


# also the types that Gymnasium's environment fails with: those of a sequence that is indexed by the action
class ActionOutOfRange(InvalidAction, IndexError):
    """An action is an integer, but none of the action space."""


class ActionOfOtherType(InvalidAction, TypeError):
    """An action is no integer, or no array of numbers."""


# also the type that ale-py raises
class IllegalSetting(Error, ValueError, RuntimeError):
    """A game has no such mode or difficulty."""


# ---- arguments ----


def check_game(game: object) -> str:
    """The name of a game, as ``"space_invaders"``.

    Raises:
        TypeError: It is not a string.
        ValueError: There is no such game.
    """
    if not isinstance(game, str):
        raise TypeError(f"game must be the name of a game such as 'space_invaders', got {game!r:.80}")
    if game in GAMES:
        return game
    from difflib import get_close_matches  # only an error needs it

    by_name = {name_of(known).lower(): known for known in GAMES}
    wanted = game.lower().replace("_", "").replace(" ", "")
    meant = by_name.get(wanted) or next(
        (by_name[name] for name in get_close_matches(wanted, by_name, n=1)), None
    )
    hint = f" Did you mean {meant!r}?" if meant else ""
    raise ValueError(
        f"game must be one of the {len(GAMES)} names in plyo.envs.atari.games.GAMES, got {game!r:.80}.{hint}"
    )


def check_mode(game: str, mode: object) -> int | None:
    """A mode of a game; None for its own choice.

    Raises:
        TypeError: It is not an integer.
        IllegalSetting: The game has no such mode.
    """
    return _setting(game, "mode", mode, facts_of(game).modes)


def check_difficulty(game: str, difficulty: object) -> int | None:
    """A difficulty of a game; None for its own choice.

    Raises:
        TypeError: It is not an integer.
        IllegalSetting: The game has no such difficulty.
    """
    return _setting(game, "difficulty", difficulty, facts_of(game).difficulties)


def _setting(game: str, name: str, value: object, legal: Sequence[int]) -> int | None:
    """One of a game's numbers."""
    if value is None:
        return None
    if not is_integer(value):
        raise TypeError(f"{name} must be an integer or None, got {value!r:.80}")
    number = index(value)
    if number not in legal:
        raise IllegalSetting(f"{name} of {game} must be one of {list(legal)} or None, got {value!r:.80}")
    return number


def check_obs_type(obs_type: object) -> str:
    """A kind of observations.

    Raises:
        plyo.error.Error: It is unknown.
    """
    if isinstance(obs_type, str) and obs_type in OBS_TYPES:
        return obs_type
    raise Error(f"Invalid observation type: {obs_type}. Expecting: rgb, grayscale, ram.")


def check_render_mode(render_mode: object) -> str | None:
    """A render mode or None.

    Raises:
        plyo.error.Error: It is unknown.
    """
    if render_mode is None or (isinstance(render_mode, str) and render_mode in RENDER_MODES):
        return render_mode
    raise Error(f"Render mode {render_mode} not supported (rgb_array, human).")


def check_frameskip(frameskip: object) -> int | tuple[int, int]:
    """The frames of a step: a number, or the least and one more than the greatest.

    Raises:
        plyo.error.Error: It is neither, or out of range.
    """
    if isinstance(frameskip, tuple):
        return _frame_range(frameskip)
    if not is_integer(frameskip):
        raise Error(f"Invalid frameskip type: {type(frameskip)}.")
    if frameskip <= 0:
        raise Error(f"Invalid frameskip of {frameskip}, frameskip must be positive.")
    if frameskip > MOST:
        raise Error(f"Invalid frameskip of {frameskip}, frameskip must be at most {MOST}.")
    return index(frameskip)


def _frame_range(frameskip: tuple[object, ...]) -> tuple[int, int]:
    """A range of frames, its end exclusive."""
    if len(frameskip) != 2:
        raise Error(f"Invalid stochastic frameskip length of {len(frameskip)}, expected length 2.")
    low, high = frameskip
    if not is_integer(low) or not is_integer(high):
        raise Error(f"Invalid stochastic frameskip, the bounds must be integers, got {frameskip}.")
    if low >= high:
        raise Error("Invalid stochastic frameskip, lower bound must be strictly less than upper bound.")
    if low <= 0:
        raise Error("Invalid stochastic frameskip, lower bound must be positive.")
    if high > MOST:
        raise Error(f"Invalid stochastic frameskip, upper bound must be at most {MOST}.")
    return index(low), index(high)


def check_fraction(name: str, value: object) -> float:
    """A number from 0 to 1: a probability, or the threshold of continuous actions.

    Raises:
        TypeError: It is not a number.
        ValueError: It is out of range, or NaN.
    """
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"{name} must be a number from 0 to 1, got {value!r:.80}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, got {value!r}")
    return float(value)


def check_flag(name: str, value: object) -> bool:
    """True or False, NumPy's too.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r:.80}")
    return bool(value)


def check_frame_limit(value: object) -> int | None:
    """The most frames of an episode of a single environment; 0 or None for no limit.

    Raises:
        TypeError: It is neither an integer nor None.
        ValueError: It is out of range.
    """
    if value is None:
        return None
    return check_integer("max_num_frames_per_episode", value, 0, MOST, " or None")


def check_options(options: object) -> None:
    """Checks that the options of a reset are a dictionary, or None.

    Raises:
        TypeError: They are something else.
    """
    if options is not None and not isinstance(options, Mapping):
        raise TypeError(f"options must be a dictionary or None, got {options!r:.80} ({type(options)})")


def check_count(name: str, value: object) -> int:
    """One of the whole numbers that a batch takes, by its name in :data:`RANGES`.

    Raises:
        TypeError: It is not an integer.
        ValueError: It is out of range.
    """
    return check_integer(name, value, *RANGES[name])


def check_memory(num_envs: int, shape: Sequence[int]) -> None:
    """Checks that the observations of a batch fit into the memory.

    Args:
        num_envs: The number of environments.
        shape: The shape of the observation of one, uint8.

    Raises:
        MemoryError: They do not fit.
    """
    # in Python's numbers, which do not overflow
    size = num_envs
    for length in shape:
        size *= length
    try:
        np.empty(size, dtype=np.uint8)
    except (MemoryError, ValueError):
        raise MemoryError(
            f"the observations of {num_envs} environments, uint8 {tuple(shape)} each, take {size} bytes, "
            "which cannot be had: use fewer environments, smaller pictures or a shorter stack"
        ) from None


# ---- actions ----


def check_action(action: Any, count: int, lane: int | None = None) -> int:
    """A discrete action.

    Args:
        action: The action.
        count: The number of legal ones.
        lane: The environment of a batch, for the error.

    Raises:
        ActionOfOtherType: It is not an integer.
        ActionOutOfRange: It is out of range.
    """
    try:
        number = index(action)
    except TypeError:
        raise ActionOfOtherType(
            f"{action!r:.80} ({type(action)}) invalid{_of(lane)}: an action is an integer from 0 to {count - 1}"
        ) from None
    if not 0 <= number < count:
        raise ActionOutOfRange(
            f"action {number} is out of range{_of(lane)}: legal actions are 0 to {count - 1}"
        )
    return number


def check_actions(actions: Any, num_envs: int, count: int) -> list[int]:
    """The discrete actions of a batch.

    Args:
        actions: Integers of shape ``(num_envs,)``, in an array of any library or in a list.
        num_envs: The number of environments.
        count: The number of legal actions.

    Raises:
        ActionOfOtherType: They are not integers.
        InvalidAction: Their shape is another.
        ActionOutOfRange: One is out of range.
    """
    array = np.asarray(actions)
    if array.dtype.kind not in "iub":
        raise ActionOfOtherType(
            f"actions must be integers of shape ({num_envs},), got dtype {array.dtype}: {actions!r:.80}"
        )
    if array.shape != (num_envs,):
        raise InvalidAction(f"actions must be integers of shape ({num_envs},), got shape {array.shape}")
    numbers: list[int] = array.tolist()
    if min(numbers) < 0 or max(numbers) >= count:
        lane = next(i for i, number in enumerate(numbers) if not 0 <= number < count)
        check_action(numbers[lane], count, lane)
    return [int(number) for number in numbers] if array.dtype.kind == "b" else numbers


def check_motion(action: Any, lane: int | None = None) -> npt.NDArray[np.float32]:
    """A continuous action: the radius from 0 to 1, the angle in radians, and the pressure on the button.

    Args:
        action: Numbers of shape ``(3,)``.
        lane: The environment of a batch, for the error.

    Raises:
        ActionOfOtherType: They are not numbers.
        InvalidAction: Their shape is another, one is not finite, or the radius is out of range.
    """
    return _motions(action, (3,), lane)


def check_motions(actions: Any, num_envs: int) -> npt.NDArray[np.float32]:
    """The continuous actions of a batch, of shape ``(num_envs, 3)``, by the rules of :func:`check_motion`."""
    return _motions(actions, (num_envs, 3), None)


def _motions(actions: Any, shape: tuple[int, ...], lane: int | None) -> npt.NDArray[np.float32]:
    """Continuous actions as float32."""
    what = f"numbers (radius, angle, fire) of shape {shape}"
    try:
        array = np.asarray(actions)
        kind = array.dtype.kind
    except ValueError:  # rows of different lengths
        kind = "O"
    if kind not in "fiub":
        raise ActionOfOtherType(f"{actions!r:.80} ({type(actions)}) invalid{_of(lane)}: an action is {what}")
    if array.shape != shape:
        raise InvalidAction(f"actions must be {what}, got shape {array.shape}{_of(lane)}")
    with np.errstate(over="ignore"):
        motions = array.astype(np.float32)
    rows = motions.reshape(-1, 3)
    # NaN and infinity fail too
    legal = np.isfinite(rows).all(axis=1) & (rows[:, 0] >= 0) & (rows[:, 0] <= 1)
    if not legal.all():
        row = int(np.argmin(legal))
        raise InvalidAction(
            f"action {rows[row].tolist()} is illegal{_of(row if lane is None and len(shape) > 1 else lane)}: "
            "the radius must be from 0 to 1, the angle and fire finite"
        )
    return motions


def _of(lane: int | None) -> str:
    """The environment in an error."""
    return "" if lane is None else f" for environment {lane}"


# ---- seeds ----


def seed_words(seed: object, lane: int | None = None) -> tuple[np.uint32, np.uint32]:
    """The two words that ale-py's environment makes of a seed: of its own draws, and of the emulator's.

    Args:
        seed: A non-negative integer, or None to take entropy from the system.
        lane: The environment of a batch, for the error.

    Raises:
        plyo.error.Error: It is negative, or no integer.
    """
    try:
        _, entropy = np_random(seed)  # type: ignore[arg-type]  # it checks that
    except Error as e:
        raise type(e)(f"{e}{_of(lane)}") from None
    first, second = np.random.SeedSequence(entropy).generate_state(2)
    return first, second


def signed(word: np.uint32) -> int:
    """A word as the library takes it: with the same 32 bits, as a signed number."""
    return int(word) - 2**32 if word >= 2**31 else int(word)


def check_native_seeds(seeds: Sequence[int | None]) -> None:
    """Checks the seeds that the library's own batch is given as they are.

    Raises:
        plyo.error.Error: One is negative, or no integer.
        ValueError: One is too great.
    """
    for lane, seed in enumerate(seeds):
        if seed is None:
            continue
        seed_words(seed, lane)
        if seed > MOST:
            raise ValueError(
                f"the seed {seed} of environment {lane} is out of range: legal are 0 to {MOST} with "
                'engine="threads"; engine="lanes" takes any'
            )


# ---- who calls, and when ----


def check_order(name: str, call: str, is_closed: bool, is_reset: bool) -> None:
    """Checks that an environment or a batch is open and was reset.

    Args:
        name: The name of its class.
        call: The method.
        is_closed: Whether it is closed.
        is_reset: Whether it was reset.

    Raises:
        plyo.error.ClosedEnvironmentError: It is closed.
        plyo.error.ResetNeeded: It was not reset.
    """
    if is_closed:
        raise ClosedEnvironmentError(f"Trying to operate on `{name}`, after a call to `close()`.")
    if not is_reset:
        raise ResetNeeded(f"Cannot call env.{call}() before calling env.reset()")


def check_none_ended(ended: npt.NDArray[np.bool_]) -> None:
    """Checks that no episode of a batch without autoreset has ended.

    Raises:
        plyo.error.ResetNeeded: One has.
    """
    if ended.any():
        lane = int(np.argmax(ended))
        raise ResetNeeded(
            f"Cannot call env.step(): the episode of environment {lane} has ended, reset it first with "
            "options={'reset_mask': ...}"
        )
