"""Without JAX: Plyo imports none of it, and plyo.jax names its extra."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> str:
    """What a program prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_plyo_imports_no_jax() -> None:
    code = "import plyo, plyo.vector, sys; print([n for n in sys.modules if n.split('.')[:2][-1] == 'jax'])"
    assert run(code) == "[]\n"


@pytest.mark.parametrize("missing", ["jax", "jax.ffi"])
def test_the_extra_is_named(missing: str) -> None:
    code = f"""
import sys, types
jax = types.ModuleType("jax")
jax.__path__ = []
sys.modules.update({{"jax": jax, {missing!r}: None}})
from plyo.error import DependencyNotInstalled
try:
    import plyo.jax
except DependencyNotInstalled as e:
    print(e, repr(e.__cause__))
"""
    text = run(code)
    assert "JAX 0.5 or newer" in text
    assert "`pip install jax`" in text
    assert "ModuleNotFoundError" in text
