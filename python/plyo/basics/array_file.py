"""Reading ``.npz`` files from elsewhere: arrays of plain data, or a ``ValueError`` that names the file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plyo.error import DependencyNotInstalled, Error

__all__ = ["MAX_UNPACKED", "UntrustedFile", "naming_file", "read_arrays"]

#: Limit for the arrays of a file in bytes; the size of the file is the limit if it is larger.
MAX_UNPACKED = 2**30


class UntrustedFile(Error, ValueError):
    """A file names an environment or a wrapper that is neither registered here nor Plyo's own."""


@contextmanager
def naming_file(path: str, fault: str) -> Iterator[None]:
    """Turns any exception from reading a broken file into a ``ValueError`` that names the file.

    Args:
        path: The file.
        fault: The text after its name, such as ``"holds no policy that Plyo saved"``.

    Raises:
        UntrustedFile: The same exception, with the name of the file.
        plyo.error.DependencyNotInstalled: As it is: the file is not at fault.
        ValueError: For every other exception.
    """
    try:
        yield
    except DependencyNotInstalled:
        raise
    except UntrustedFile as e:
        raise UntrustedFile(f"{path} is not trusted: {e}") from e
    except Exception as e:  # of any kind: broken files raise all kinds
        said = str(e) if type(e) is ValueError else f"{type(e).__name__}: {e}"
        raise ValueError(f"{path} {fault}: {said}") from e


def read_arrays(path: str, fault: str) -> dict[str, NDArray[Any]]:
    """Reads all arrays of an ``.npz`` file. Runs no code, and takes no more memory than the file's headers declare.

    Args:
        path: The file.
        fault: As for :func:`naming_file`.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no ``.npz`` file of plain arrays, or a damaged one.
    """
    data = Path(path).read_bytes()
    with naming_file(path, fault), zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        _check_members(members, max(MAX_UNPACKED, len(data)))
        return {member.filename.removesuffix(".npy"): _read_member(archive, member) for member in members}


def _check_members(members: list[zipfile.ZipInfo], limit: int) -> None:
    """Refuses files that are no ``.npz`` files, and files that would unpack to more than the limit."""
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or not all(name.endswith(".npy") for name in names):
        raise ValueError(f"its parts must be arrays of different names, got {names[:8]}")
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(
                f"{member.filename} is packed by method {member.compress_type}; NumPy uses 0 and 8"
            )
    total = sum(member.file_size for member in members)
    if total > limit:
        raise ValueError(f"it says that it unpacks to {total} bytes; {limit} are the most that are read")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    """Reads an array; its header must declare the number of bytes that follow."""
    with archive.open(member) as stream:
        # read with a size, because the data may be longer than declared; the last read checks the checksum
        data = stream.read(member.file_size)
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"{member.filename} is of version {version} of the format, known are 1.0 and 2.0")
    if dtype.kind not in "biufUS":
        raise ValueError(f"{member.filename} is of the type {dtype}, which is neither numbers nor text")
    left = len(data) - file.tell()
    if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != left or len(data) != member.file_size:
        raise ValueError(f"{member.filename} says {dtype} of the shape {shape}, but has {left} bytes")
    file.seek(0)
    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array
