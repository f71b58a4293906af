"""Fixtures of the tests around MuJoCo."""

import pytest


@pytest.fixture(autouse=True)
def log_folder(tmp_path, monkeypatch):
    """MuJoCo writes warnings into a file in the working directory, one for each cheetah that it loads."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
