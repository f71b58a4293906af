"""scripts/check_no_fma.py over the listings of objdump."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_no_fma.py"

PRODUCT = "   0:\tvmulpd %zmm0,%zmm1,%zmm2\n"
FUSED = "   8:\tvfmadd231pd %zmm0,%zmm1,%zmm2\n"
ARM_PRODUCT = "   0:\tfmul\tv0.2d, v0.2d, v1.2d\n"
ARM_FUSED = "   8:\tfmadd\td0, d1, d2, d0\n"
FAST = "0000 <plyo::BatchKernels<plyo::envs::fast::Acrobot>::step()>:\n"
REFERENCE = "0000 <plyo::BatchKernels<plyo::envs::reference::Acrobot>::reset()>:\n"
MUJOCO = "0000 <plyo::MujocoKernels<plyo::envs::fast::Ant<5> >::reset_lane(unsigned long)>:\n"
X86 = "a.o:     file format elf64-x86-64\n"
ARM = "a.o:     file format elf64-littleaarch64\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the script that stands for objdump is a shell's")
@pytest.mark.parametrize(
    ("listing", "exit_code", "text"),
    [
        (X86 + FAST + PRODUCT, 0, "1 instructions, 1 with 512-bit registers, 0 with fused ones"),
        (X86 + FAST + PRODUCT + FUSED, 1, "fast::Acrobot>::step(): vfmadd231pd"),
        (X86 + FAST + PRODUCT.replace("zmm", "ymm"), 1, "there are no AVX-512 kernels in it"),
        (ARM + FAST + ARM_PRODUCT, 0, "0 with fused ones"),
        (ARM + FAST + ARM_FUSED, 1, "fast::Acrobot>::step(): fmadd"),
        (ARM + REFERENCE + ARM_FUSED, 0, "0 with fused ones"),
        (ARM + MUJOCO + ARM_FUSED, 0, "0 with fused ones"),
        (ARM, 1, "name the objdump of its processor in OBJDUMP"),
    ],
)
def test_the_processor_is_the_files_and_references_may_fuse(
    listing: str, exit_code: int, text: str, tmp_path: Path
) -> None:
    (tmp_path / "listing").write_text(listing)
    objdump = tmp_path / "objdump"
    objdump.write_text(f'#!/bin/sh\ncat "{tmp_path / "listing"}"\n')
    objdump.chmod(0o755)
    done = subprocess.run(
        [sys.executable, SCRIPT, "a.o"],
        env={**os.environ, "OBJDUMP": str(objdump)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code
    assert text in done.stdout + done.stderr
