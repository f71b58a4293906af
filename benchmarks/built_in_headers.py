"""Copies of the built-in tasks' headers, to be compiled as a user's."""

from __future__ import annotations

import re
from pathlib import Path

CPP = Path(__file__).resolve().parents[1] / "cpp"


def copy_header(path: Path, folder: Path) -> Path:
    """Writes a header of a family, with ids that begin with "Own", and those of the family that it includes.

    A copy takes everything else from the headers that come with Plyo, as a user's header does: with some from the
    source tree a struct would be there twice.

    Returns:
        The copy of the header.
    """
    return _copy(path, path.parent, folder)


def _copy(path: Path, family: Path, folder: Path) -> Path:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r'#include "([^"]+)"', text):
        place = (path.parent / name).resolve()
        if place.is_relative_to(family):
            _copy(place, family, folder)
        elif place.is_file():
            installed = place.relative_to(CPP).as_posix()
            installed = installed.replace("core/environment.hpp", "plyo/environment.hpp")
            text = text.replace(f'#include "{name}"', f"#include <{installed}>")
    text = re.sub(r'(Variant\{\s*")', r"\1Own", text)
    copy = folder / path.relative_to(family)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text, encoding="utf-8")
    return copy
