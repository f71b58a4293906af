"""The clock that MuJoCo reads dozens of times in a step, silenced while batches step.

The Python bindings set MuJoCo's time callback to a clock of their own, from the import on, or before version 3.14 from
the first ``MjData`` on. Reading it costs 5 to 25 % of a step, and only ``mjData.timer`` shows the result. The callback
belongs to the whole process: it is replaced when the first batch asks, and given back when the last one closes. A
callback that the user has set stays.
"""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

from plyo.mujoco.library import load_library, load_mujoco


class _Symbol(ctypes.Structure):
    """What dladdr says about an address."""

    _fields_ = (
        ("file", ctypes.c_char_p),
        ("base", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("address", ctypes.c_void_p),
    )


def _file_of(address: int) -> Path | None:
    """The shared object that has the function; ``None`` for one made at run time."""
    symbol = _Symbol()
    found = ctypes.CDLL(None).dladdr(ctypes.c_void_p(address), ctypes.byref(symbol))
    return Path(symbol.file.decode()).resolve() if found and symbol.file else None


def _is_built_in(address: int) -> bool:
    """Whether it is the clock of the bindings, not one that the user has set through them or past them."""
    mujoco = load_mujoco()
    # with a callback of the user's, the bindings have another function of their own there
    if mujoco.get_mjcb_time() is not None:
        return False
    file = _file_of(address)
    return file is not None and file.parent == Path(mujoco.__file__).resolve().parent


def _let_bindings_set_theirs() -> None:
    """Makes an ``MjData``: without a callback, one that somebody makes later would set the clock again."""
    mujoco = load_mujoco()
    mujoco.MjData(mujoco.MjModel.from_xml_string("<mujoco/>"))


class Clock:
    """The time callback of the process, shared by all that want it silent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._silent = 0  # the address that was stored, 0 for none
        self._built_in = 0  # what was there before

    def silence(self, no_op: int) -> bool:
        """Makes the callback do nothing, until each call has had its :meth:`give_back`.

        The swap is safe while other threads step: MuJoCo tests the pointer and then calls through it, and both the old
        and the new one are functions.

        Args:
            no_op: The address of a C function ``double (void)`` that any thread may call without the interpreter's lock
                and that stays for the life of the process. The first caller's is used.

        Returns:
            Whether no time is read from now on; not with a callback of the user's, which stays.
        """
        callback = ctypes.c_void_p.in_dll(load_library(), "mjcb_time")
        with self._lock:
            self._holders += 1
            if not callback.value:
                _let_bindings_set_theirs()
            now = callback.value or 0
            if now in (0, self._silent):
                return True
            if not _is_built_in(now):
                return False
            self._built_in = now
            self._silent = no_op
            callback.value = no_op
            return True

    def give_back(self) -> None:
        """Ends one :meth:`silence`; the last one puts the clock back, if nobody has put another one there.

        Raises:
            ValueError: There is no :meth:`silence` left to end.
        """
        callback = ctypes.c_void_p.in_dll(load_library(), "mjcb_time")
        with self._lock:
            if self._holders == 0:
                raise ValueError("The clock of MuJoCo was given back more often than it was silenced.")
            self._holders -= 1
            if self._holders or not self._silent:
                return
            if callback.value == self._silent:
                callback.value = self._built_in
            self._silent = 0


#: The one of the process.
clock = Clock()
