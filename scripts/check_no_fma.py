"""Searches object code for fused multiply-adds, which round once where the numeric contract asks for two roundings.

python scripts/check_no_fma.py FILE...      libraries, archives or objects; needs objdump, or what OBJDUMP names

Fails if one is found, or if an x86-64 file has no AVX-512 kernels, because then it is the wrong file. The reference
builds of environments and the MuJoCo tasks may have them: NumPy's float sine and its norms are made of std::fma, which
on ARM is an instruction.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

# x86: vfmadd231pd, vfnmsub132ss, vfmaddsub213pd; ARM: fmadd, fnmsub, fmla, fmls
FUSED = re.compile(r"\b(?:vfn?m(?:add|sub)\w*|fn?m(?:add|sub)|fml[as])\b")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
MAY_FUSE = re.compile(r"plyo::(?:envs::reference::|mujoco::|MujocoKernels<)")


def search(file: str) -> tuple[bool, int, int, list[str]]:
    """Whether a file is x86-64's, its instructions, those with 512-bit registers, and the functions with fused ones."""
    command = [
        os.environ.get("OBJDUMP", "objdump"),
        "--disassemble",
        "--no-show-raw-insn",
        "--demangle",
        file,
    ]
    objdump = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert objdump.stdout is not None
    is_x86 = False
    instructions = wide = 0
    function = "?"
    found: dict[str, str] = {}
    for line in objdump.stdout:
        if match := FUNCTION.match(line):
            function = match[1]
        elif line.startswith(" "):
            instructions += 1
            wide += "%zmm" in line
            if FUSED.search(line) and not MAY_FUSE.search(function):
                found.setdefault(function, line.split("\t", 1)[-1].strip())
        elif "file format" in line:
            is_x86 = is_x86 or "x86-64" in line
    if objdump.wait():
        raise SystemExit(f"objdump cannot read {file}")
    if not instructions:
        raise SystemExit(
            f"objdump finds no instruction in {file}: name the objdump of its processor in OBJDUMP"
        )
    return is_x86, instructions, wide, [f"{name}: {instruction}" for name, instruction in found.items()]


def main(files: list[str]) -> int:
    """Searches all files; returns 1 if any of them breaks the contract."""
    if not files:
        raise SystemExit(__doc__)
    bad = False
    for file in files:
        is_x86, instructions, wide, found = search(file)
        name = Path(file).name
        print(
            f"{name}: {instructions} instructions, {wide} with 512-bit registers, {len(found)} with fused ones"
        )
        for line in found:
            print(f"  {line}")
        if is_x86 and not wide:
            print("  there are no AVX-512 kernels in it")
            bad = True
        bad = bad or bool(found)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
