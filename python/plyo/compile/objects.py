"""What a shared object needs and runs, read from its ELF tables: a module of tasks needs and runs almost nothing."""

from __future__ import annotations

import struct
from typing import NamedTuple

#: Functions that compilers call on their own for copies and texts, and that every C library has.
ALLOWED = frozenset(
    {
        *("memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"),
        *("__memcpy_chk", "__memmove_chk", "__memset_chk", "__stack_chk_fail"),
    }
)
_SYMBOL_TABLE, _INIT_ARRAY, _UNIQUE = 11, 14, 10


class SharedObject(NamedTuple):
    """What is in a shared object.

    Attributes:
        undefined: The functions that it takes from elsewhere.
        unique: Symbols that all objects of a process would share.
        runs_code: Whether code runs when it is loaded.
    """

    undefined: list[str]
    unique: list[str]
    runs_code: bool


def read_object(content: bytes) -> SharedObject:
    """Reads a 64-bit little-endian shared object.

    Raises:
        ValueError: It is none, or it is cut off.
    """
    if content[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit little-endian shared object")
    try:
        (offset,) = struct.unpack_from("<Q", content, 40)
        size, count = struct.unpack_from("<HH", content, 58)
        sections = [struct.unpack_from("<IIQQQQII", content, offset + i * size) for i in range(count)]
        undefined, unique = [], []
        for section in sections:
            if section[1] != _SYMBOL_TABLE:
                continue
            names = sections[section[6]][4]
            for place in range(section[4] + 24, section[4] + section[5], 24):
                name, info, _, where = struct.unpack_from("<IBBH", content, place)
                text = content[names + name : content.index(b"\0", names + name)].decode()
                if where == 0 and text:
                    undefined.append(text)
                if info >> 4 == _UNIQUE:
                    unique.append(text)
    except (struct.error, IndexError, ValueError) as error:
        raise ValueError(f"a damaged shared object: {error}") from None
    return SharedObject(undefined, unique, any(section[1] == _INIT_ARRAY for section in sections))
