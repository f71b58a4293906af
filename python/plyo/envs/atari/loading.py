"""The package ale-py: loaded when the first game is made, never when Plyo is imported.

It is licensed under the GPL. Plyo reaches it through its modules for Python only, and contains nothing of it.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import os
from functools import cache
from pathlib import Path
from typing import Any

from plyo import logger
from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled

#: The versions that the table of games and the tests are for: from the first, up to the second exclusive.
TESTED = ((0, 12, 1), (0, 13))


def load_ale(game: str = "") -> Any:
    """The package ``ale_py``, which writes only errors from now on.

    Args:
        game: The game that needs it, for the error.

    Raises:
        plyo.error.DependencyNotInstalled: It is not installed.
    """
    try:
        ale_py = importlib.import_module("ale_py")
        interface = ale_py.ALEInterface
    except (ImportError, AttributeError) as e:  # the latter for a plain folder of that name
        needs = f"the game {game}" if game else "an Atari game"
        raise DependencyNotInstalled(
            f"{needs} needs ale-py, which cannot be imported ({e}): run `{pip_install('atari')}`, which is the extra "
            '"plyo[atari]"'
        ) from e
    _warn_of_version(str(ale_py.__version__))
    # an interface prints a banner unless this was called before it is made
    interface.setLoggerMode(ale_py.LoggerMode.Error)
    return ale_py


@cache
def _warn_of_version(version: str) -> None:
    """Warns, once, of a version outside the tested range."""
    numbers = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    low, high = TESTED
    if not low <= tuple(numbers) < high:
        logger.warn(
            f"ale-py {version} is installed, Plyo's Atari games are tested with {_text(low)} up to {_text(high)}, the "
            "latter excluded: episodes may differ"
        )


def _text(version: tuple[int, ...]) -> str:
    """A version as text."""
    return ".".join(map(str, version))


def rom_path(game: str) -> Path:
    """The file of a game, checked by its hash; a failure to load it would not come back as an exception.

    The environment variable ``ALE_ROMS_DIR`` names another folder than the package's.

    Raises:
        OSError: There is no such file or folder, or the file is another than expected.
        plyo.error.DependencyNotInstalled: ale-py is not installed.
    """
    load_ale(game)
    folder = os.environ.get("ALE_ROMS_DIR") or _package_folder()
    path = Path(folder) / f"{game}.bin"
    if not path.is_file():
        raise FileNotFoundError(
            f"the file of {game} is missing: there is no {path}; ALE_ROMS_DIR is "
            f"{os.environ.get('ALE_ROMS_DIR')!r}, unset it for the files of ale-py"
        )
    status = path.stat()
    return _checked(game, folder, status.st_size, status.st_mtime_ns)


def _package_folder() -> str:
    """The folder of the package's own files."""
    roms = importlib.import_module("ale_py.roms")
    return str(Path(str(roms.__file__)).parent)


def check_state(game: str, state: Any) -> None:
    """Checks that a state is one of a game.

    Args:
        game: The game.
        state: The state, ``ale_py.ALEState``.

    Raises:
        TypeError: It is something else.
        ValueError: It is of another game.
    """
    if type(state) is not load_ale(game).ALEState:
        raise TypeError(f"a state is an ale_py.ALEState of clone_state(), got {state!r:.80} ({type(state)})")
    # the hash of the game's file is part of it, after a header of numbers
    if _hash_of(rom_path(game)).encode() not in state.serialize()[:128]:
        raise ValueError(f"the state is none of {game}: it is of another game, or damaged")


@cache
def _hash_of(path: Path) -> str:
    """The MD5 hash of a file."""
    return hashlib.md5(path.read_bytes()).hexdigest()


@cache
def _checked(game: str, folder: str, size: int, changed: int) -> Path:
    """The file of a game in a folder, checked anew after every change of the file."""
    roms = importlib.import_module("ale_py.roms")
    # it prints where another folder is named
    with contextlib.redirect_stdout(io.StringIO()):
        path = roms.get_rom_path(game)
    if path is None:
        raise OSError(f"the installed ale-py has no game {game}")
    return Path(path)
