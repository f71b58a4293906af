"""Docstrings as Markdown: the roles of Sphinx (``:class:`X```) become code, linked where the site describes X."""

from __future__ import annotations

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:class|func|meth|mod|attr|data|exc|obj):`~?([^`]+)`")


class PlainRoles(griffe.Extension):
    """Rewrites the docstring of every object that is loaded."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrites one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = plain(obj.docstring.value)


def plain(text: str) -> str:
    """Roles as code; full names of Plyo as references, which a strict build checks."""
    return ROLE.sub(lambda role: as_code(role[1]), text).replace("``", "`")


def as_code(name: str) -> str:
    """The text for one name."""
    return f"[`{name}`][{name}]" if name.startswith("plyo.") else f"`{name}`"
