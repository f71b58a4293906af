"""What MkDocs does for the site beside its plugins: the navigation by folders, and links out of docs/."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: The target of a Markdown link or picture.
TARGET = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
FENCED = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Puts the pages of a folder where the navigation names the folder."""
    named = set(pages_named(config.nav))
    config.nav = expanded(config.nav, named)
    return config


def pages_named(entries: Any) -> list[str]:
    """The pages that the navigation names one by one."""
    if isinstance(entries, str):
        return [entries] if entries.endswith(".md") else []
    parts = entries.values() if isinstance(entries, dict) else entries
    return [page for part in parts for page in pages_named(part)]


def expanded(entries: list[Any], named: set[str]) -> list[Any]:
    """The navigation with folders replaced by their pages."""
    made: list[Any] = []
    for entry in entries:
        if isinstance(entry, dict):
            made += [
                {title: part if isinstance(part, str) else expanded(part, named)}
                for title, part in entry.items()
            ]
        elif entry.endswith("/"):
            pages = sorted(str(path.relative_to(DOCS)) for path in (DOCS / entry).glob("*.md"))
            made += [page for page in pages if page not in named]
        else:
            made.append(entry)
    return made


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Turns links to files outside docs/ into links to the repository, where they exist."""
    folder = posixpath.dirname(page.file.src_uri)
    tree = config.repo_url.rstrip("/") + "/blob/main/"

    if folder == "api":
        page.meta.setdefault("search", {"boost": 0.5})  # the guide comes first
    # what stands behind the language says which tests run a block, and is no Markdown
    markdown = re.sub(r"^(```\w+) [\w ]+$", r"\1", markdown, flags=re.MULTILINE)

    def outward(link: re.Match[str]) -> str:
        target = link[2]
        if "://" in target or target.startswith("/"):
            return link[0]
        path = posixpath.normpath(posixpath.join("docs", folder, target))
        if path.startswith("docs/"):
            return link[0]
        if not (ROOT / path).exists():
            return link[0]  # MkDocs warns of it, and a strict build fails
        return f"{link[1]}{tree}{path}{link[3]}"

    parts = FENCED.split(markdown)
    return "".join(part if part.startswith("```") else TARGET.sub(outward, part) for part in parts)
