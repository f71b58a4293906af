"""Fixtures over the two faces of the engine."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["make", "make_vec"])
def face(request: pytest.FixtureRequest) -> str:
    """A single environment, or a batch."""
    return request.param
