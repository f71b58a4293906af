"""The helpers of the tests of spaces and of the Python API serve here too."""

import sys
from pathlib import Path

for folder in ("python_api", "spaces"):
    sys.path.insert(0, str(Path(__file__).parent.parent / folder))
