"""Box2D's classes, made by SWIG, warn when they are imported, and do not survive it when a warning is an error."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import Box2D  # noqa: F401  (for what importing it does)
