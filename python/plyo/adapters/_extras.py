"""The error of an adapter whose library is not installed."""

from __future__ import annotations

from plyo.basics.install import pip_install
from plyo.error import DependencyNotInstalled


def not_installed(library: str, extra: str) -> DependencyNotInstalled:
    """The error to raise from the one of an import.

    Args:
        library: What was to be imported.
        extra: The extra of Plyo that installs it.
    """
    return DependencyNotInstalled(
        f"{library} is not installed or cannot be imported, run `{pip_install(extra)}`"
    )
