"""Runs mypy (strict) and pyright over the Python of README.md, docs/guide and examples/, and tests/.../typed_calls.py.

python scripts/check_docs_types.py            checks all of it
python scripts/check_docs_types.py PAGE...    checks these files

The blocks of a page follow one another, so a page is one module; its lines keep their numbers. Both checkers have to be
installed for the interpreter that runs this script. Heavy libraries need not be: what is not installed is Any.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: The libraries that mypy is told to skip for the package itself.
MYPY_CONFIG = ROOT / "pyproject.toml"


def code_of(page: Path) -> str:
    """The Python of a page or of a program, each line at its own number; empty without any."""
    text = page.read_text()
    if page.suffix == ".py":
        return text
    parts: list[str] = []
    lines = 0
    for block in BLOCK.finditer(text):
        before = text.count("\n", 0, block.start(1))
        parts += ["\n" * (before - lines), block[1]]
        lines = before + block[1].count("\n")
    # the blocks use names again, as one does in a notebook
    return "".join([*parts, "# mypy: allow-redefinition\n"] if parts else parts)


def write_modules(pages: list[Path], folder: Path) -> dict[str, Path]:
    """Writes a module for each page that has Python; returns the pages by module."""
    modules: dict[str, Path] = {}
    for page in pages:
        code = code_of(page)
        if code:
            name = "_".join(page.resolve().relative_to(ROOT).with_suffix("").parts).replace("-", "_").lower()
            (folder / f"{name}.py").write_text(code)
            modules[f"{name}.py"] = page
    return modules


def run(command: list[str], folder: Path, modules: dict[str, Path]) -> bool:
    """Runs a checker in the folder and prints what it says of the pages; whether it found nothing."""
    env = os.environ | {"MYPYPATH": str(ROOT / "python")}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    for name, page in modules.items():
        said = said.replace(str(folder / name), name).replace(name, str(page))
    print(said.strip())
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    """Checks pages with both; the exit code is 1 if one of them complains."""
    pages = [Path(name) for name in arguments] or [
        ROOT / "README.md",
        *sorted((ROOT / "docs" / "guide").glob("*.md")),
        *sorted((ROOT / "examples").glob("*.py")),
        ROOT / "tests" / "python_api" / "typed_calls.py",
    ]
    package = ROOT / "python"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        modules = write_modules(pages, folder)
        settings = {
            "extraPaths": [str(package)],
            "reportMissingImports": "none",
            "reportUnnecessaryTypeIgnoreComment": "error",
            "reportMissingModuleSource": "error",
            # loops of examples take at least one round
            "reportPossiblyUnboundVariable": "none",
            "include": sorted(modules),
        }
        (folder / "pyrightconfig.json").write_text(json.dumps(settings))
        mypy = [sys.executable, "-m", "mypy", f"--config-file={MYPY_CONFIG}", "--follow-imports=silent"]
        mypy += ["--cache-dir", str(ROOT / "build" / "mypy-docs"), *sorted(modules)]
        pyright = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
        return int(not all([run(mypy, folder, modules), run(pyright, folder, modules)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
