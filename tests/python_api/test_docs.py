"""The Python examples of the documentation run as they stand."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

import plyo

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text()
    monkeypatch.chdir(tmp_path)  # for the files of examples
    names: dict[str, Any] = {"__name__": "__main__"}  # the blocks of a page follow one another
    for block in BLOCK.finditer(text):
        lines_before = text.count("\n", 0, block.start(1))
        exec(compile("\n" * lines_before + block[1], str(page), "exec"), names)


def test_the_pages_of_the_tasks_are_up_to_date() -> None:
    script = ROOT / "scripts" / "make_task_pages.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_of_the_reference_are_up_to_date() -> None:
    script = ROOT / "scripts" / "make_api_pages.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_table_of_the_benchmarks_is_that_of_the_newest_results() -> None:
    script = ROOT / "benchmarks" / "table.py"
    done = subprocess.run([sys.executable, script, "--print"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in (ROOT / "docs" / "benchmarks.md").read_text()


def public_names(module: ModuleType, seen: set[ModuleType]) -> Iterator[str]:
    """The public names of a module and of the modules among them."""
    seen.add(module)
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__]
    for name in getattr(module, "__all__", [n for n in own if not n.startswith("_")]):
        try:
            value = getattr(module, name)
        except (plyo.error.DependencyNotInstalled, ModuleNotFoundError):  # of what JAX or torch is needed for
            value = None
        if not isinstance(value, ModuleType):
            yield f"{module.__name__}.{name}"
        elif value not in seen:
            yield from public_names(value, seen)


def test_every_public_name_is_in_the_reference() -> None:
    pages = "\n".join(page.read_text() for page in (ROOT / "docs" / "api").glob("*.md"))
    there = set(re.findall(r"^(?:::: |- `)(plyo[\w.]*)", pages, re.MULTILINE))
    names = set(public_names(plyo, set()))
    assert {"plyo.make_vec", "plyo.vector.utils.batch_space", "plyo.error.ResetNeeded"} <= names
    assert not names - there


def test_the_picture_of_the_readme_is_small_and_moves() -> None:
    path = ROOT / "docs" / "pictures" / "tasks.gif"
    assert path.stat().st_size < 2**20
    with Image.open(path) as picture:
        assert picture.n_frames > 20


def test_there_are_examples() -> None:
    assert sum(len(BLOCK.findall(page.read_text())) for page in PAGES) > 8


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.relative_to(ROOT))
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), f"{page.name} links to {target}"
