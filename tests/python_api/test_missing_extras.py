"""Modules over libraries that are not installed name the extra that installs them."""

from __future__ import annotations

import importlib
import sys

import pytest

from plyo.error import DependencyNotInstalled

#: By module: the library that is missing, and its extra.
NEEDED = {"plyo.ray": ("ray", "ray"), "plyo.adapters.rllib": ("ray", "rllib")}


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_library_is_named_with_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library, extra = NEEDED[name]
    monkeypatch.setitem(sys.modules, library, None)
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        monkeypatch.delitem(sys.modules, loaded)
    with pytest.raises(DependencyNotInstalled, match=rf'pip install "plyo\[{extra}\]"'):
        importlib.import_module(name)
