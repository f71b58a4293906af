"""Follows the chapter "Adding an environment" of CONTRIBUTING.md, in a copy of the tree.

    python scripts/try_contributing.py [--keep FOLDER]

Writes the chapter's files, and only those, into the copy, installs it into a fresh virtual environment, and checks that
`plyo list` shows the new id and that its own test and the contract tests pass for it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEW_ID = "PointMass-v0"
NEW_TASK = "PointMass"
BLOCK = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: The files that a build or a test leaves behind.
LEFTOVERS = shutil.ignore_patterns("build", "dist", ".git", ".*_cache", "__pycache__", "*.so", ".venv")


def files_of_the_example() -> dict[str, str]:
    """The fenced blocks of CONTRIBUTING.md that name a file."""
    files = dict(BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text()))
    endings = sorted(Path(name).suffix for name in files)
    if endings != [".hpp", ".hpp", ".py"]:
        raise SystemExit(f"CONTRIBUTING.md must add one header, one scene and one test, not {sorted(files)}")
    for name in files:
        if (ROOT / name).exists():
            raise SystemExit(f"{name} exists already: the example of CONTRIBUTING.md must be a new one")
    return files


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Runs a command with further environment variables, prints it, and returns its output."""
    print("$", " ".join(str(part) for part in command), flush=True)
    start = time.monotonic()
    environment = {**os.environ, "COLUMNS": "150", "NO_COLOR": "1", **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    print(done.stdout[-6000:] if done.returncode else done.stdout[-1500:], end="")
    print(f"({time.monotonic() - start:.0f} s)", flush=True)
    if done.returncode:
        raise SystemExit(f"failed with {done.returncode}: {command}")
    return done.stdout


def check_passed(output: str, at_least: int) -> None:
    """Fails if pytest ran fewer tests than expected."""
    passed = re.search(r"(\d+) passed", output)
    if passed is None or int(passed[1]) < at_least:
        raise SystemExit(f"at least {at_least} tests of {NEW_ID} were expected to run and pass")


def try_in(folder: Path) -> None:
    """Tries the example in an empty folder."""
    tree = folder / "plyo"
    shutil.copytree(ROOT, tree, ignore=LEFTOVERS)
    for name, text in files_of_the_example().items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
        print(f"wrote {name}, {text.count(chr(10))} lines")

    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    run(programs / "pip", "install", "--quiet", "--disable-pip-version-check", ".[test]", cwd=tree)

    listed = run(programs / "plyo", "list", cwd=folder)
    if NEW_ID not in listed:
        raise SystemExit(f"plyo list does not show {NEW_ID}")
    pytest = [programs / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    own_test = next(name for name in files_of_the_example() if name.endswith(".py"))
    check_passed(run(*pytest, own_test, cwd=tree), at_least=4)
    check_passed(run(*pytest, "tests/contract", "-k", NEW_TASK, cwd=tree), at_least=30)


def main() -> None:
    """Tries the example in a temporary folder, or in a folder to keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="an empty or new folder to work in, which is kept")
    keep = parser.parse_args().keep
    if keep is not None:
        try_in(keep.resolve())
    else:
        with tempfile.TemporaryDirectory(prefix="plyo-contributing-") as folder:
            try_in(Path(folder))
    print(f"{NEW_ID}: one header, one scene and one test were enough")


if __name__ == "__main__":
    sys.exit(main())
