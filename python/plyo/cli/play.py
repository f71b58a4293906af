"""``plyo play``: playing a task in a window or in the terminal."""

from __future__ import annotations

import os
import sys
from textwrap import wrap
from typing import Annotated, Any

import typer

import plyo
from plyo.basics.install import is_installed
from plyo.cli.common import INTERRUPTED, choose_seed, find_task, user_errors
from plyo.cli.keys import KeyMap, find_keys, has_own_keys
from plyo.cli.options import SeedOption, StyleOption, TaskArgument
from plyo.cli.sight import Sight
from plyo.cli.terminal import Terminal, shows_pictures

#: Environment variables that name a display, or a replacement for one.
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
#: The smallest width of a window, in pixels.
_WINDOW_WIDTH = 600
_QUIT = ("q", "escape")
#: Keys that begin a new episode after the end of one.
_ANEW = ("enter", " ")


def play(
    task: TaskArgument,
    window: Annotated[
        bool | None,
        typer.Option(
            "--window/--terminal",
            help="Where to play; by default a window where there is a display, else the terminal.",
            show_default=False,
        ),
    ] = None,
    seed: SeedOption = None,
    fps: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Steps per second in a window; the task's own by default.",
            show_default=False,
        ),
    ] = None,
    style: StyleOption = None,
) -> None:
    """Lets you play a task with the keyboard; Escape ends the game, and so does q in the terminal.

    In a window, a task with an action for no key keeps running, and other tasks wait for a key. In the terminal each
    key press is one step.
    """
    spec = find_task(task)
    in_window = _has_display() if window is None else window
    if in_window and not _has_display():
        raise typer.BadParameter(
            "there is no display for a window, or no pygame (pip install pygame-ce): play in the terminal, --terminal"
        )
    score = Score()
    with user_errors(ValueError, TypeError, NotImplementedError, RuntimeError, OSError):
        sight = Sight(spec, style)
        keys = find_keys(sight.env, spec.id)
        chosen_seed = choose_seed(seed)
        finished = True
        try:
            if in_window:
                _play_in_window(sight, keys, chosen_seed, fps, score)
            else:
                _play_in_terminal(sight, keys, spec.id, chosen_seed, score)
        except KeyboardInterrupt:
            finished = False
        sight.env.close()
    for line in score.lines():
        typer.echo(line)
    typer.echo(f"{spec.id}, seed {chosen_seed}")
    if not finished:
        raise typer.Exit(INTERRUPTED)


class Score:
    """The score of the episodes."""

    def __init__(self) -> None:
        self.episodes: list[tuple[float, int, str]] = []
        self.total = 0.0
        self.length = 0
        self.reward = 0.0

    def add(self, reward: float, terminated: bool, truncated: bool) -> None:
        """Adds a step."""
        self.reward = reward
        self.total += reward
        self.length += 1
        if terminated or truncated:
            how = "terminated" if terminated else "truncated"
            self.episodes.append((self.total, self.length, how))
            self.total, self.length = 0.0, 0

    def lines(self) -> list[str]:
        """The episodes, the running one included."""
        running = [(self.total, self.length, "not ended")] if self.length else []
        return [
            f"episode {i}: return {total:g}, {length} steps, {how}"
            for i, (total, length, how) in enumerate([*self.episodes, *running])
        ]


class _SeededOnce(plyo.Wrapper[Any, Any, Any, Any]):
    """Begins the first episode from a seed; later episodes continue the random numbers."""

    def __init__(self, env: Any, seed: int) -> None:
        super().__init__(env)
        self._seed: int | None = seed

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        seed, self._seed = self._seed, None
        return super().reset(seed=seed, options=options)


def _has_display() -> bool:
    """Whether a window can be opened; otherwise the terminal is used."""
    has_one = sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in _DISPLAYS)
    return has_one and is_installed("pygame")


def _play_in_window(sight: Sight, keys: KeyMap, seed: int, fps: int | None, score: Score) -> None:
    """Plays in a window of pygame."""
    from plyo.utils.play import play as play_window
    from plyo.utils.play import pygame_keys

    if not sight.has_pictures:
        raise typer.BadParameter("this task has no pictures, only texts: play it in the terminal, --terminal")
    if not keys.actions:
        raise typer.BadParameter("each action is several digits, which are for the terminal: --terminal")
    sight.env.reset(seed=seed)
    width = sight.picture().shape[1]
    # where a key is waited for, the environment's own keys may be any that pygame has
    own = has_own_keys(sight.env) and keys.idle is None
    if fps is None:
        fps = getattr(sight.env.unwrapped, "steps_per_second", None)

    def count(
        before: Any, after: Any, action: Any, reward: Any, terminated: bool, truncated: bool, info: Any
    ) -> None:
        score.add(float(reward), terminated, truncated)

    typer.echo(f"{keys.help}  Escape: end")
    play_window(
        _SeededOnce(sight.env, seed),
        fps=fps,
        zoom=max(1.0, _WINDOW_WIDTH / width),
        callback=count,
        keys_to_action=None if own else pygame_keys(keys.actions),
        seed=None,
        noop=next(iter(keys.actions.values())) if keys.idle is None else keys.idle,
        wait_on_player=keys.idle is None,
    )


def _play_in_terminal(sight: Sight, keys: KeyMap, task: str, seed: int, score: Score) -> None:
    """Plays in the terminal; a key is a step."""
    if not (sys.stdin.isatty() and shows_pictures(sys.stdout)):
        raise typer.BadParameter(
            "there is neither a display for a window nor a terminal to play in; plyo record makes a video"
        )
    sight.env.reset(seed=seed)
    help_line = f"{keys.help}  q: end"
    with Terminal() as terminal:
        state = ""
        while True:
            status = f"{task}  step {score.length}  reward {score.reward:g}  return {score.total:g}"
            _show(sight, terminal, status, state or help_line)
            action = None
            while action is None:
                key = terminal.read_key()
                if key in _QUIT and keys.of_key(key) is None:
                    return
                action = keys.of_key(key or "")
                if state and key in _ANEW:  # not any key: one that is held down would hide the end
                    break
                if state:
                    action = None
            if state:
                sight.env.reset()
                state = ""
                continue
            assert action is not None
            _, reward, terminated, truncated, _ = sight.env.step(action)
            score.add(float(reward), bool(terminated), bool(truncated))
            if terminated or truncated:
                total, length, how = score.episodes[-1]
                state = f"{how} after {length} steps, return {total:g}: Enter begins anew  q: end"


def _show(sight: Sight, terminal: Terminal, status: str, hint: str) -> None:
    """Shows the present state above a line and a hint, which may become several lines."""
    lines = [status, *wrap(hint, terminal.room(0)[0])]
    columns, rows = terminal.room(len(lines))
    terminal.show(sight.fitted(columns, rows) if sight.has_pictures else sight.text(), lines)
