"""Pages of the guide whose examples need a library that the other tests do without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
BLOCK = re.compile(r"^```py\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run_examples(page: str) -> dict[str, Any]:
    """Runs the blocks of a page that are marked ``py``, one after the other; returns the names that they leave."""
    path = GUIDE / f"{page}.md"
    text = path.read_text()
    names: dict[str, Any] = {"__name__": "__main__"}
    blocks = list(BLOCK.finditer(text))
    assert blocks
    for block in blocks:
        lines_before = text.count("\n", 0, block.start(1))
        exec(compile("\n" * lines_before + block[1], str(path), "exec"), names)
    return names
