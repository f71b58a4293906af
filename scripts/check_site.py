"""Checks the built docs site, beyond what a strict build checks: python scripts/check_site.py [build/site].

The search index must have pages for the words that readers look for first, every public name its place in the API
reference, every page its title; no page may show unrendered Markdown.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from pathlib import Path

from make_api_pages import LAYOUT, public_names

#: Words, and a page that must be among those which have them.
WANTED = {
    "autoreset": "guide/vector_environments/",
    "LunarLander": "environments/box2d/lunar_lander/",
    "num_threads": "engine/",
    "CartPole": "environments/classic_control/cart_pole/",
    "EnvPool": "guide/moving/",
    "snapshot": "glossary/",
}


def pages_with(index: list[dict[str, str]], word: str) -> set[str]:
    """The pages whose text or title has a word."""
    return {
        entry["location"].split("#")[0]
        for entry in index
        if word.lower() in (entry["title"] + " " + entry["text"]).lower()
    }


def described_names(site: Path) -> set[str]:
    """The names that the site describes, from its inventory for Sphinx."""
    raw = (site / "objects.inv").read_bytes()
    start = raw.index(b"\n", raw.index(b"# The remainder")) + 1
    return {line.split(" ")[0] for line in zlib.decompress(raw[start:]).decode().splitlines()}


def main() -> int:
    """Prints what is wrong with the site; returns 1 if anything is."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else "build/site")
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    wrong = [
        f"a search for {word} does not find {page}"
        for word, page in WANTED.items()
        if page not in pages_with(index, word)
    ]
    names = described_names(site)
    linked = set(
        re.findall(r"`?(plyo[\w.]+)`? is \[", (Path("docs/api/plyo.md")).read_text(encoding="utf-8"))
    )
    for _, modules in LAYOUT.values():
        wrong += [
            f"{module}.{name} is not described"
            for module in modules
            for name in public_names(module)
            if f"{module}.{name}" not in names | linked and name != "__version__"
        ]
    for path in sorted(site.glob("**/index.html")):
        text = re.sub(r"<(pre|code)\b.*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        wrong += [
            f"{path} shows {found!r}" for found in re.findall(r"```\w*|:(?:class|func|meth|mod):`", text)
        ]
    print(*wrong, sep="\n")
    print(f"{len(index)} entries to search, {len(names)} names described, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
