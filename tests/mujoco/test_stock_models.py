"""The file of stock models that the tests in C++ read is that of the installed ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from plyo.mujoco.dialects import find_dialect

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/make_stock_models.py"


@pytest.mark.skipif(
    find_dialect() != "4.0", reason="the file is of MuJoCo 4.0, whose compiler makes the numbers"
)
def test_the_file_is_that_of_the_installed_models():
    result = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")
