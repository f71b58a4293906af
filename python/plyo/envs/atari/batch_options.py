"""The arguments of batches of Atari games: their names, their defaults and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plyo.envs.atari import batch_guard as checks
from plyo.envs.atari import guard
from plyo.envs.atari.facts import WIDTH, facts_of
from plyo.envs.atari.lane_settings import LaneSettings
from plyo.envs.atari.spaces import actions_of
from plyo.vector._batching import check_autoreset_mode
from plyo.vector.vector_env import AutoresetMode

#: The arguments, by the names of ale-py, with the defaults of ale-py; from ``engine`` on they are Plyo's own.
DEFAULTS: dict[str, Any] = {
    "batch_size": 0,
    "num_threads": 0,
    "thread_affinity_offset": -1,
    "max_num_frames_per_episode": 108_000,
    "repeat_action_probability": 0.0,
    "full_action_space": False,
    "continuous": False,
    "continuous_action_threshold": 0.5,
    "autoreset_mode": AutoresetMode.NEXT_STEP,
    "img_height": 84,
    "img_width": 84,
    "grayscale": True,
    "stack_num": 4,
    "frameskip": 4,
    "maxpool": True,
    "noop_max": 30,
    "episodic_life": False,
    "life_loss_info": False,
    "reward_clipping": True,
    "use_fire_reset": True,
    "engine": None,
    "num_workers": None,
    "max_episode_steps": None,
    "mode": None,
    "difficulty": None,
    "obs_type": None,
    "fire_after_life_loss": None,
    "parity": None,
    "style": None,
    "render_mode": None,
}
#: Names of EnvPool, of Gymnasium's wrappers and of Stable-Baselines3 for the same arguments.
ALIASES = {
    "frame_skip": "frameskip",
    "reward_clip": "reward_clipping",
    "clip_reward": "reward_clipping",
    "gray_scale": "grayscale",
    "grayscale_obs": "grayscale",
    "stack_size": "stack_num",
    "terminal_on_life_loss": "episodic_life",
    "action_repeat_probability": "repeat_action_probability",
}
#: What a style stands for; an argument that is given beside it counts more.
STYLES: dict[str, dict[str, Any]] = {
    "dqn": {
        "repeat_action_probability": 0.0,
        "noop_max": 30,
        "episodic_life": "continue",
        "reward_clipping": True,
        "use_fire_reset": True,
    },
    "machado": {
        "repeat_action_probability": 0.25,
        "full_action_space": True,
        "noop_max": 0,
        "episodic_life": False,
        "use_fire_reset": False,
    },
    "raw": {"noop_max": 0, "reward_clipping": False, "use_fire_reset": False, "maxpool": False},
}
#: Arguments that ids stand for, over which a style beside the id wins.
_OF_IDS = ("repeat_action_probability", "full_action_space", "frameskip")
#: The defaults of Gymnasium's wrapped environment.
_GYMNASIUM = {"reward_clipping": False, "use_fire_reset": False}
#: Arguments that say something about pictures only.
_OF_PICTURES = ("img_height", "img_width", "grayscale", "stack_num", "maxpool")


class BatchOptions:
    """The checked arguments of a batch.

    Attributes:
        values: All arguments, by their names in :data:`DEFAULTS`.
        engine: ``"threads"`` or ``"lanes"``.
        lane: What every lane needs to know.
        mode: When a finished episode is followed by the next one.
    """

    def __init__(self, game: Any, arguments: Mapping[str, Any]) -> None:
        """Checks arguments.

        Args:
            game: The name of the game.
            arguments: The others, by name or alias.

        Raises:
            TypeError: An argument is unknown, given twice, or of the wrong type.
            ValueError: A value is out of its range, or arguments contradict each other.
        """
        self.game = guard.check_game(game)
        given = _by_own_names(arguments)
        self.values = DEFAULTS | _presets(given) | given
        checks.check_values(self.game, self.values)
        self.mode = check_autoreset_mode(self.values["autoreset_mode"])
        self.engine = self._choose_engine(given)
        self.lane = self._to_lane()

    def _choose_engine(self, given: Mapping[str, Any]) -> str:
        """The engine that is asked for, or the one that the other arguments need."""
        reasons = list(self._needs_lanes())
        asked = self.values["engine"] or ("lanes" if reasons else "threads")
        if asked == "threads" and reasons:
            raise ValueError(
                f"engine='threads' does not have {', '.join(reasons)}: leave engine out, or take 'lanes'"
            )
        if asked == "lanes":
            unused = [name for name in ("num_threads", "thread_affinity_offset") if name in given]
            if unused:
                raise ValueError(
                    f"{' and '.join(unused)}: for engine='threads' only, and this batch has engine='lanes'; "
                    "num_workers=... gives its lanes processes"
                )
        return asked

    def _needs_lanes(self) -> Any:
        """The arguments that ale-py's own vector environment does not have."""
        values = self.values
        for name in ("num_workers", "mode", "difficulty", "render_mode", "parity", "fire_after_life_loss"):
            if values[name] is not None:
                yield f"{name}={values[name]!r}"
        if values["episodic_life"] == "continue":
            yield "episodic_life='continue'"
        if isinstance(values["frameskip"], tuple):
            yield f"frameskip={values['frameskip']!r}"
        if values["obs_type"] == "ram":
            yield "obs_type='ram'"
        if values["style"] == "raw":
            yield "style='raw'"

    def _to_lane(self) -> LaneSettings:
        """What every lane needs to know."""
        values = self.values
        actions = actions_of(self.game, values["full_action_space"] or values["continuous"])
        is_raw = values["style"] == "raw"
        is_ram = values["obs_type"] == "ram"
        fires = 1 in actions
        after_life = values["fire_after_life_loss"]
        if after_life is None:
            after_life = values["episodic_life"] == "continue" and values["use_fire_reset"]
        max_frames, max_steps = self._limits()
        return LaneSettings(
            game=self.game,
            mode=values["mode"],
            difficulty=values["difficulty"],
            sticky=float(values["repeat_action_probability"]),
            actions=actions,
            frameskip=values["frameskip"],
            is_pooled=values["maxpool"],
            noop_max=values["noop_max"],
            fires_at_reset=fires and values["use_fire_reset"],
            fires_after_life=fires and after_life,
            life_ends={False: "none", True: "restart", "continue": "continue"}[values["episodic_life"]],
            max_frames=max_frames,
            max_steps=max_steps,
            is_gymnasium=values["parity"] == "gymnasium",
            is_raw=is_raw,
            view="ram" if is_ram else "grayscale" if values["grayscale"] else "rgb",
            height=facts_of(self.game).height if is_raw else values["img_height"],
            width=WIDTH if is_raw else values["img_width"],
            stack=None if is_raw or is_ram else values["stack_num"],
        )

    def _limits(self) -> tuple[int, int | None]:
        """The most frames and steps of an episode."""
        values = self.values
        steps, frames = values["max_episode_steps"], values["max_num_frames_per_episode"]
        if steps is None or isinstance(values["frameskip"], tuple) or values["parity"] is not None:
            return frames, steps
        return min(frames, steps * values["frameskip"]), None


def beside_an_id(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are given beside an id, in a form in which they win over those that the id stands for.

    Args:
        arguments: The arguments by name or alias.

    Returns:
        The same by their names in :data:`DEFAULTS`, and what their style says where ids say something.

    Raises:
        TypeError: An argument is unknown, or given under two names.
    """
    given = _by_own_names(arguments)
    style = given.get("style")
    stands_for = STYLES[style] if isinstance(style, str) and style in STYLES else {}
    return {name: stands_for[name] for name in _OF_IDS if name in stands_for} | given


def _by_own_names(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by their names in :data:`DEFAULTS`."""
    given: dict[str, Any] = {}
    spelt: dict[str, str] = {}
    for spelling, value in arguments.items():
        name = ALIASES.get(spelling, spelling)
        if spelling == "screen_size":
            width, height = checks.check_screen_size(value)
            pairs = {"img_width": width, "img_height": height}
        elif name in DEFAULTS:
            pairs = {name: value}
        else:
            from plyo.envs.atari.unknown_names import no_argument_of_batches

            raise TypeError(no_argument_of_batches(spelling, (*DEFAULTS, *ALIASES, "screen_size")))
        for own, part in pairs.items():
            if own in given:
                raise TypeError(
                    f"{spelt[own]!r} and {spelling!r} are two names of one argument: give one of them"
                )
            given[own], spelt[own] = part, spelling
    return given


def _presets(given: dict[str, Any]) -> dict[str, Any]:
    """What follows from the style, the parity and the type of observations."""
    style = given.get("style")
    checks.check_choice("style", style, (None, *STYLES))
    presets = {} if given.get("parity") is None else dict(_GYMNASIUM)
    presets.update({} if style is None else STYLES[style])
    _check_view(given)
    if style == "raw":
        given.setdefault("parity", "gymnasium")
        presets["grayscale"] = False
    if given.get("obs_type") in ("rgb", "grayscale"):
        given["grayscale"] = given["obs_type"] == "grayscale"
    return presets


def _check_view(given: Mapping[str, Any]) -> None:
    """Raises where arguments say two things about what is observed."""
    if given.get("obs_type") is not None and "grayscale" in given:
        raise TypeError("obs_type and grayscale say the same: give one of them")
    whole = given.get("style") == "raw" or given.get("obs_type") == "ram"
    beside = [name for name in _OF_PICTURES if name in given and name != "grayscale"] if whole else []
    if beside:
        raise ValueError(
            f"{', '.join(beside)} say how pictures are prepared, and style='raw' and obs_type='ram' prepare none"
        )
