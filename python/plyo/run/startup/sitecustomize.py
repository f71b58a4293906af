"""Every interpreter of ``plyo run`` loads this file when it starts: it hooks the import of ``gymnasium``.

An interpreter loads one ``sitecustomize`` only, so this one then loads that which would have been loaded without it.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would slow every start


def _hook() -> None:
    """Installs the hook, where Plyo can be used."""
    if os.environ.get("PLYO_RUN") == sys.implementation.cache_tag:
        import _plyo_run_hook  # type: ignore[import-not-found]  # it lies beside this file

        _plyo_run_hook.install()


def _load_next() -> None:
    """Loads the ``sitecustomize`` that this one hides, if there is one."""
    this = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401 - it may be there, and does its work
    except ImportError as e:
        if e.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = this


try:
    _hook()
finally:
    # the path is that of an interpreter without the hook
    sys.path[:] = [entry for entry in sys.path if entry != _HERE]
    _load_next()
