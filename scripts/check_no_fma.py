"""Searches object code for fused multiply-adds, which round once where the numeric contract asks for two roundings.

python scripts/check_no_fma.py FILE...      libraries, archives or objects; needs objdump

Fails if one is found, or if an x86-64 file has no AVX-512 kernels, because then it is the wrong file.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

# x86: vfmadd231pd, vfnmsub132ss, vfmaddsub213pd; ARM: fmadd, fnmsub, fmla, fmls
FUSED = re.compile(r"\b(?:vfn?m(?:add|sub)\w*|fn?m(?:add|sub)|fml[as])\b")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")


def search(file: str) -> tuple[int, int, list[str]]:
    """The instructions of a file, those of them with 512-bit registers, and the functions with fused ones."""
    command = ["objdump", "--disassemble", "--no-show-raw-insn", "--demangle", file]
    objdump = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert objdump.stdout is not None
    instructions = wide = 0
    function = "?"
    found: dict[str, str] = {}
    for line in objdump.stdout:
        if match := FUNCTION.match(line):
            function = match[1]
        elif line.startswith(" "):
            instructions += 1
            wide += "%zmm" in line
            if FUSED.search(line):
                found.setdefault(function, line.split("\t", 1)[-1].strip())
    if objdump.wait():
        raise SystemExit(f"objdump cannot read {file}")
    return instructions, wide, [f"{name}: {instruction}" for name, instruction in found.items()]


def main(files: list[str]) -> int:
    """Searches all files; returns 1 if any of them breaks the contract."""
    if not files:
        raise SystemExit(__doc__)
    bad = False
    for file in files:
        instructions, wide, found = search(file)
        name = Path(file).name
        print(
            f"{name}: {instructions} instructions, {wide} with 512-bit registers, {len(found)} with fused ones"
        )
        for line in found:
            print(f"  {line}")
        if not wide and "x86_64" in subprocess.run(["uname", "-m"], capture_output=True, text=True).stdout:
            print("  there are no AVX-512 kernels in it")
            bad = True
        bad = bad or bool(found)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
