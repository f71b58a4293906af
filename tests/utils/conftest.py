"""The helpers that run a call against both packages serve these tests too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python_api"))
sys.path.insert(0, str(Path(__file__).parent.parent / "video"))
sys.path.insert(0, str(Path(__file__).parent.parent / "wrappers"))
