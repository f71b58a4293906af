"""Runs clang-tidy, with the settings of .clang-tidy, on every source file of a configured build.

python scripts/clang_tidy.py [BUILD]      BUILD has the compilation database; build/dev without it

A build in groups (PLYO_UNITY=ON) is checked in a third of the time: complaints name the sources that a group includes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
# GCC compiles kernels with these options; clang refuses them
GCC_ONLY = ("-fno-tree-pre", "-fno-thread-jumps", "-fno-version-loops-for-strides")
# a complaint about a place in a file, or about the command line
PROBLEM = r"(?:/\S+: )?(?:error|warning):"


def is_repeated(file: str) -> bool:
    """Whether a generated file, or a group of them, includes an environment again, for another mathematics library."""
    return "/plyo_reference_" in file or ("/generated/" in file and not file.endswith("_fast.cpp"))


def sources(build: Path) -> list[str]:
    """The files to check."""
    database = build / "compile_commands.json"
    if not database.is_file():
        raise SystemExit(f"{database} is missing: configure first, with cmake --preset dev")
    files = {str(Path(entry["directory"], entry["file"])) for entry in json.loads(database.read_text())}
    return sorted(file for file in files if not is_repeated(file))


def check(build: Path, file: str) -> str:
    """The complaints of clang-tidy about a file; empty for a clean file."""
    command = ["clang-tidy", "-p", str(build), "--quiet", file]
    command += [f"--removed-arg={option}" for option in GCC_ONLY]
    # a build outside the tree has no settings above its files
    if not Path(file).is_relative_to(ROOT):
        command.append(f"--config-file={ROOT / '.clang-tidy'}")
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return done.stdout + done.stderr if done.returncode else ""


def shorten(complaint: str) -> str:
    """A complaint with its path, if it has one, relative to the tree."""
    path, rest = complaint.split(":", 1)
    return f"{os.path.relpath(path, ROOT)}:{rest}" if path.startswith("/") else complaint


def main() -> int:
    """Prints complaints, each once; returns 1 if there are any."""
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "dev").resolve()
    files = sources(build)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outputs = list(pool.map(lambda file: check(build, file), files))
    failed = [file for file, output in zip(files, outputs, strict=True) if output]
    # a complaint about a header comes once for every file that includes it
    complaints = [
        part for output in outputs for part in re.split(rf"^(?={PROBLEM})", output, flags=re.MULTILINE)
    ]
    for complaint in sorted({shorten(part) for part in complaints if re.match(PROBLEM, part)}):
        print(complaint, end="")
    print(f"clang-tidy: {len(files)} files, {len(failed)} with complaints")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
