"""The helpers of the Python tests serve those of the spaces too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "python_api"))
