"""Playing with the keyboard, in a window. pygame is loaded when the window is opened, matplotlib for plots."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic

import numpy as np
from numpy.typing import NDArray

from plyo.basics.install import pip_install
from plyo.basics.integers import is_integer
from plyo.basics.window import load_pygame, open_window
from plyo.core import ActType, Env
from plyo.error import DependencyNotInstalled

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    _ObsT_contra = TypeVar("_ObsT_contra", contravariant=True)
    _ActT_contra = TypeVar("_ActT_contra", contravariant=True)
else:
    from typing import TypeVar

    _ObsT_contra = TypeVar("_ObsT_contra", contravariant=True)
    _ActT_contra = TypeVar("_ActT_contra", contravariant=True)

__all__ = ["MissingKeysToAction", "PlayPlot", "PlayableGame", "display_arr", "play"]

#: A combination of keys, as codes in ascending order.
Keys = tuple[int, ...]


class MissingKeysToAction(Exception):
    """An environment does not say which keys do what."""


def _pygame() -> Any:
    return load_pygame()


class PlayableGame:
    """A window on an environment, and the keys that are held down.

    Attributes:
        env: The environment.
        relevant_keys: The codes of the keys that mean something.
        original_video_size: (width, height) of the picture at the beginning, in pixels.
        video_size: The same for the present size of the window.
        screen: The window.
        pressed_keys: The codes of the relevant keys that are held down.
        running: Whether the player has not left yet.
    """

    env: Env[Any, Any]
    relevant_keys: set[int]
    original_video_size: tuple[int, int]
    video_size: tuple[int, int]
    screen: Any
    pressed_keys: set[int]
    running: bool

    def __init__(
        self,
        env: Env[Any, Any],
        keys_to_action: dict[tuple[int, ...], Any] | None = None,
        zoom: float | None = None,
    ) -> None:
        """Opens the window.

        Args:
            env: The environment, which has been reset, of the render mode ``"rgb_array"`` or ``"rgb_array_list"``.
            keys_to_action: The action of each combination of key codes; ``None`` asks the environment.
            zoom: How many times larger than the picture the window is; ``None`` for 1.

        Raises:
            ValueError: The render mode is another, or ``zoom`` is not positive.
            TypeError: ``keys_to_action`` is no dictionary.
            MissingKeysToAction: It is ``None``, and the environment does not know either.
            plyo.error.DependencyNotInstalled: There is no pygame.
            pygame.error: There is no display.
        """
        if env.render_mode not in {"rgb_array", "rgb_array_list"}:
            raise ValueError(
                "PlayableGame wrapper works only with rgb_array and rgb_array_list render modes, "
                f"but your environment render_mode = {env.render_mode}."
            )
        if zoom is not None and zoom <= 0:
            raise ValueError(f"Zoom must be a positive float, got {zoom}")
        self.env = env
        self.relevant_keys = self._get_relevant_keys(keys_to_action)
        self.original_video_size = self._get_video_size(zoom)
        self.video_size = self.original_video_size
        pygame = _pygame()
        self.screen = open_window(pygame, self.video_size, pygame.RESIZABLE)
        self.pressed_keys = set()
        self.running = True

    def _get_relevant_keys(self, keys_to_action: dict[tuple[int, ...], Any] | None = None) -> set[int]:
        if keys_to_action is None:
            if not self.env.has_wrapper_attr("get_keys_to_action"):
                assert self.env.spec is not None
                raise MissingKeysToAction(
                    f"{self.env.spec.id} does not have explicit key to action mapping, "
                    "please specify one manually, `play(env, keys_to_action=...)`"
                )
            keys_to_action = self.env.get_wrapper_attr("get_keys_to_action")()
        if not isinstance(keys_to_action, dict):
            raise TypeError(f"keys_to_action must be a dictionary, got {type(keys_to_action)}")
        return {key for keys in keys_to_action for key in keys}

    def _get_video_size(self, zoom: float | None = None) -> tuple[int, int]:
        height, width = self._look().shape[:2]
        return (width, height) if zoom is None else (int(width * zoom), int(height * zoom))

    def _look(self) -> NDArray[Any]:
        """The present picture; of lists the last one, and if nothing is new the one before."""
        rendered: Any = self.env.render()
        if isinstance(rendered, list):
            rendered = rendered[-1] if rendered else self._picture
        assert isinstance(rendered, np.ndarray)
        self._picture: NDArray[Any] = rendered
        return rendered

    def process_event(self, event: Any) -> None:
        """Takes note of a key, of a new size of the window, or of Escape or the closing of the window.

        Args:
            event: An event of pygame.
        """
        pygame = _pygame()
        if event.type == pygame.KEYDOWN:
            if event.key in self.relevant_keys:
                self.pressed_keys.add(event.key)
            elif event.key == pygame.K_ESCAPE:
                self.running = False
        elif event.type == pygame.KEYUP:
            self.pressed_keys.discard(event.key)
        elif event.type == pygame.QUIT:
            self.running = False
        elif event.type == pygame.WINDOWRESIZED:
            width, height = self.original_video_size
            scale = min(event.x / width, event.y / height)
            self.video_size = (round(scale * width), round(scale * height))


def display_arr(
    screen: Any, arr: NDArray[np.uint8], video_size: tuple[int, int], transpose: bool | None
) -> None:
    """Shows a picture in the middle of a window, with black beside it where their shapes differ.

    Args:
        screen: The window.
        arr: The picture, uint8 ``(height, width, 3)``.
        video_size: The (width, height) at which to show it, in pixels.
        transpose: Whether its rows come first, as usual; otherwise it is ``(width, height, 3)``.
    """
    assert isinstance(arr, np.ndarray)
    assert arr.dtype == np.uint8
    pygame = _pygame()
    picture = pygame.surfarray.make_surface(arr.swapaxes(0, 1) if transpose else arr)
    picture = pygame.transform.scale(picture, video_size)
    width, height = screen.get_size()
    screen.fill((0, 0, 0))
    screen.blit(picture, ((width - video_size[0]) / 2, (height - video_size[1]) / 2))


def play(
    env: Env[Any, ActType],
    transpose: bool | None = True,
    fps: int | None = None,
    zoom: float | None = None,
    callback: Callable[..., Any] | None = None,
    keys_to_action: dict[Any, ActType] | None = None,
    seed: int | None = None,
    noop: ActType | int = 0,
    wait_on_player: bool = False,
) -> None:
    """Lets somebody play an environment with the keyboard, until Escape or until the window is closed.

    Args:
        env: The environment, of the render mode ``"rgb_array"`` or ``"rgb_array_list"``. It stays open.
        transpose: Whether the rows of its pictures come first, as usual.
        fps: Steps per second at most; ``None`` for ``metadata["render_fps"]``, or 30 without.
        zoom: How many times larger than the picture the window is; ``None`` for 1.
        callback: Called after each step with the observation before it, the one after it, the action, the reward,
            terminated, truncated and the info, as :meth:`PlayPlot.callback` takes them.
        keys_to_action: The action of each combination of keys: a key is a character or a code of pygame, a combination
            a string of characters or a tuple, as in ``{"w": 1, ("a", "w"): 2, pygame.K_LEFT: 3}``. ``None`` takes what
            the environment's ``get_keys_to_action`` returns, where the empty combination is the ``noop``.
        seed: The seed of each reset.
        noop: The action while no combination that is known is held down.
        wait_on_player: Whether the environment waits while no key is held down.

    Raises:
        MissingKeysToAction: There are no ``keys_to_action``, and the environment does not know any.
        TypeError: Keys are neither strings nor integers nor tuples of these; or ``metadata["render_fps"]`` is no
            integer.
        ValueError: A combination is empty, an action is not in the action space, the render mode is another, or
            ``zoom`` is not positive.
        plyo.error.DependencyNotInstalled: There is no pygame.
        pygame.error: There is no display.
    """
    observation, _ = env.reset(seed=seed)
    if keys_to_action is None:
        keys_to_action, noop = _own_keys(env, noop)
    key_codes = _checked_keys(keys_to_action, env)
    game = PlayableGame(env, key_codes, zoom)
    pygame = _pygame()
    try:
        if fps is None:
            fps = env.metadata.get("render_fps", 30)
            if not is_integer(fps):
                raise TypeError(f"Expected env.metadata['render_fps'] to be an integer, got {type(fps)}")
        clock = pygame.time.Clock()
        _show_and_listen(game, pygame, transpose)
        clock.tick(fps)
        ended = False
        while game.running:
            if ended:
                observation, _ = env.reset(seed=seed)
                ended = False
            elif not wait_on_player or game.pressed_keys:
                action = key_codes.get(tuple(sorted(game.pressed_keys)), noop)
                before = observation
                observation, reward, terminated, truncated, info = env.step(action)
                ended = terminated or truncated
                if callback is not None:
                    callback(before, observation, action, reward, terminated, truncated, info)
            _show_and_listen(game, pygame, transpose)
            clock.tick(fps)
    finally:
        pygame.quit()


def pygame_keys(actions: dict[frozenset[str], Any]) -> dict[Keys, Any]:
    """Combinations of named keys as the codes that :func:`play` takes.

    Args:
        actions: The action of each combination of characters and ``"left"``, ``"right"``, ``"up"``, ``"down"``.

    Raises:
        plyo.error.DependencyNotInstalled: There is no pygame.
    """
    pygame = _pygame()
    arrows = {name: getattr(pygame, f"K_{name.upper()}") for name in ("left", "right", "up", "down")}
    return {
        tuple(sorted(arrows[key] if key in arrows else ord(key) for key in keys)): action
        for keys, action in actions.items()
    }


def _show_and_listen(game: PlayableGame, pygame: Any, transpose: bool | None) -> None:
    """Shows the present picture, and reads the player's keys."""
    display_arr(game.screen, game._look(), transpose=transpose, video_size=game.video_size)
    for event in pygame.event.get():
        game.process_event(event)
    pygame.display.flip()


def _own_keys(env: Env[Any, Any], noop: Any) -> tuple[dict[Any, Any], Any]:
    """The keys that an environment knows, and the action for none of them."""
    if not env.has_wrapper_attr("get_keys_to_action"):
        if env.spec is None:
            raise ValueError(
                "The environment must have an `env.spec` to auto-detect missing keys to action mappings."
            )
        raise MissingKeysToAction(
            f"{env.spec.id} does not have explicit key to action mapping, please specify one manually"
        )
    own = env.get_wrapper_attr("get_keys_to_action")()
    if own is None:
        raise ValueError("keys_to_action dictionary cannot be None")
    if isinstance(own, dict) and () in own:
        own = dict(own)
        noop = own.pop(())
    return own, noop


def _checked_keys(keys_to_action: Any, env: Env[Any, Any]) -> dict[Keys, Any]:
    """The actions by codes of keys in ascending order; raises if a key or an action is illegal."""
    if not isinstance(keys_to_action, dict):
        raise TypeError(f"keys_to_action must be a dictionary, got {type(keys_to_action)}")
    for key, action in keys_to_action.items():
        if isinstance(key, tuple):
            if len(key) == 0:
                raise ValueError("Key combinations in keys_to_action tuples cannot be empty")
            if not all(isinstance(k, (str, int)) for k in key):
                raise TypeError(f"All keys in key combination tuple must be integers or strings, got {key}")
        elif not isinstance(key, (str, int)):
            raise TypeError(f"Keys in keys_to_action must be integers or strings, got {type(key)}")
        if action not in env.action_space:
            raise ValueError(
                f"Action {action} is not a valid action in the environment action space: {env.action_space}"
            )
    codes = {}
    for key, action in keys_to_action.items():
        keys = (key,) if isinstance(key, int) else key
        codes[tuple(sorted(ord(k) if isinstance(k, str) else k for k in keys))] = action
    return codes


class PlayPlot(Generic[_ObsT_contra, _ActT_contra]):
    """Plots numbers while somebody plays; :meth:`callback` is for :func:`play`.

    Attributes:
        data_callback: Computes the numbers.
        horizon_timesteps: How many of the last steps are shown.
        plot_names: The titles.
        fig: The figure.
        ax: Its axes.
        t: The number of steps so far.
        cur_plot: The points that are shown, ``None`` before the first step.
        data: The numbers of the last steps.
    """

    data_callback: Callable[..., Iterable[Any]]
    horizon_timesteps: int
    plot_names: list[str]
    fig: Any
    ax: list[Any]
    t: int
    cur_plot: list[Any]
    data: list[deque[float]]

    def __init__(
        self, callback: Callable[..., Iterable[Any]], horizon_timesteps: int, plot_names: list[str]
    ) -> None:
        """Opens the figure.

        Args:
            callback: Gets what :meth:`callback` gets and returns a number for each plot.
            horizon_timesteps: How many of the last steps are shown.
            plot_names: The titles, one for each plot.

        Raises:
            plyo.error.DependencyNotInstalled: There is no matplotlib.
        """
        self.data_callback = callback
        self.horizon_timesteps = horizon_timesteps
        self.plot_names = plot_names
        axes = _pyplot().subplots(len(plot_names), squeeze=False)
        self.fig, self.ax = axes[0], list(axes[1][:, 0])
        for axis, name in zip(self.ax, plot_names, strict=True):
            axis.set_title(name)
        self.t = 0
        self.cur_plot = [None for _ in plot_names]
        self.data = [deque(maxlen=horizon_timesteps) for _ in plot_names]

    def callback(
        self,
        obs_t: _ObsT_contra,
        obs_tp1: _ObsT_contra,
        action: _ActT_contra,
        rew: float,
        terminated: bool,
        truncated: bool,
        info: dict[str, Any],
    ) -> None:
        """Adds the numbers of a step to the plots.

        Args:
            obs_t: The observation before the step.
            obs_tp1: The observation after it.
            action: The action.
            rew: The reward.
            terminated: Whether the task has ended.
            truncated: Whether the episode was cut off.
            info: The info.
        """
        numbers = self.data_callback(obs_t, obs_tp1, action, rew, terminated, truncated, info)
        for number, series in zip(numbers, self.data, strict=True):
            series.append(number)
        self.t += 1
        first = max(0, self.t - self.horizon_timesteps)
        for i, axis in enumerate(self.ax):
            if self.cur_plot[i] is not None:
                self.cur_plot[i].remove()
            self.cur_plot[i] = axis.scatter(range(first, self.t), list(self.data[i]), c="blue")
            axis.set_xlim(first, self.t)
        self._show()

    def _show(self) -> None:
        """Lets the window, if there is one, show the plots."""
        if getattr(self.fig.canvas, "required_interactive_framework", None) is None:
            self.fig.canvas.draw()  # into memory: there is no window
        else:
            _pyplot().pause(0.000001)


def _pyplot() -> Any:
    """The module ``matplotlib.pyplot``.

    Raises:
        plyo.error.DependencyNotInstalled: It is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as e:
        raise DependencyNotInstalled(f"matplotlib is not installed, run `{pip_install('plot')}`") from e
    return plt
