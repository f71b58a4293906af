"""MuJoCo's bindings append warnings to MUJOCO_LOG.TXT of the working directory: each test has its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
