"""The folder of compiled modules: found by content, private to its user, replaced in one step.

    ROOT/sources/DIGEST.json         texts, to find a task again that a spec in JSON names by its digest
    ROOT/VERSION-HEADERS/KEY.json    what was made of a text: the included headers, the module, its digest
    ROOT/VERSION-HEADERS/SHA256.so   a module

ROOT is ``PLYO_CACHE_DIR``, ``$XDG_CACHE_HOME/plyo`` or ``~/.cache/plyo``. Where none of the last two can be used,
modules live in a temporary folder of this process.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from plyo import logger
from plyo._native import __version__
from plyo.compile import compilers
from plyo.compile.headers import headers_digest
from plyo.error import CompileError

try:
    import fcntl
except ImportError:  # pragma: no cover - a system without it does not compile tasks
    fcntl = None  # type: ignore[assignment]

#: Bytes of modules from which on those that were not used for longest are thrown away.
MAX_BYTES = 200_000_000
#: Seconds after which the temporary files of a killed compiler are thrown away.
_STALE = 3600.0


@dataclass(frozen=True)
class Module:
    """A compiled module in the cache.

    Attributes:
        path: The shared object.
        compiler: What compiled it.
        includes: The user's headers that it is made of, by their paths from the source, with their texts' digests.
        tasks: The names of its tasks.
        seconds: How long the compiler took.
    """

    path: Path
    compiler: str
    includes: dict[str, str]
    tasks: list[str]
    seconds: float


class Cache:
    """The modules of this version of Plyo in one folder.

    Args:
        root: The folder for all versions; it exists and is private.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = make_private(root / f"{__version__}-{headers_digest()[:16]}")
        self.sources = make_private(root / "sources")

    def entries(self, key: str) -> list[dict[str, Any]]:
        """What was made under a key by the compiler of today, an entry for each version of the included headers.

        On a machine without a compiler, what any other has made will do. A damaged file has no entries.
        """
        choice = compilers.choice_of_today()
        return [
            entry
            for entry in self._all_entries(key)
            if not choice
            or (entry.get("choice") == choice and compilers.are_as_before(entry.get("programs", {})))
        ]

    def _all_entries(self, key: str) -> list[dict[str, Any]]:
        """The same for all compilers."""
        try:
            entries = json.loads(self._own_file(self.folder / f"{key}.json"))["entries"]
            return [entry for entry in entries if {"sha256", "includes", "tasks"} <= entry.keys()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []

    def open_entry(self, key: str, entry: dict[str, Any]) -> Module | None:
        """The module of an entry; None if it is not there, or not the one that was put there."""
        path = self.folder / f"{entry['sha256']}.so"
        try:
            if hashlib.sha256(self._own_file(path)).hexdigest() != entry["sha256"]:
                path.unlink()
                return None
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(self.folder / f"{key}.json")
            os.utime(path)
        return Module(
            path, entry.get("compiler", ""), entry["includes"], entry["tasks"], entry.get("seconds", 0.0)
        )

    def put(self, key: str, module: bytes, entry: dict[str, Any]) -> Module:
        """Keeps a module; the entry gets its digest."""
        digest = hashlib.sha256(module).hexdigest()
        self._write(self.folder / f"{digest}.so", module)
        programs = compilers.programs_called(entry.get("compiler", ""))
        entry = {**entry, "sha256": digest, "choice": compilers.choice_of_today(), "programs": programs}
        same = (entry["includes"], entry["choice"])
        others = [
            other for other in self._all_entries(key) if (other["includes"], other.get("choice")) != same
        ]
        # the latest last; an edited header leaves a few versions, and so does a folder that machines share
        text = json.dumps({"entries": [*others[-7:], entry]})
        self._write(self.folder / f"{key}.json", text.encode())
        self._throw_away()
        found = self.open_entry(key, entry)
        if found is None:
            raise CompileError(f"the module in the cache {self.folder} has changed while it was written")
        return found

    def put_source(self, digest: str, text: str) -> None:
        """Keeps the texts of a task."""
        path = self.sources / f"{digest}.json"
        if not path.exists():
            self._write(path, text.encode())

    def find_source(self, prefix: str) -> str | None:
        """The texts whose digest begins so, None if they are not here or were changed."""
        for path in sorted(self.sources.glob(f"{prefix}*.json")):
            with contextlib.suppress(OSError):
                return self._own_file(path).decode("utf-8", "replace")
        return None

    def listed(self) -> list[tuple[str, str, int]]:
        """The tasks, the compiler and the bytes of every module of every version of Plyo."""
        rows = []
        for manifest in sorted(self.root.glob("*/*.json")):
            if manifest.parent == self.sources:
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                for entry in json.loads(self._own_file(manifest))["entries"]:
                    size = (manifest.parent / f"{entry['sha256']}.so").stat().st_size
                    rows.append((", ".join(entry["tasks"]), str(entry.get("compiler", "")), size))
        return rows

    @contextlib.contextmanager
    def work_folder(self) -> Iterator[Path]:
        """A folder for a compiler; it is removed at the end."""
        now = time.time()
        for old in self.folder.glob("work-*"):
            with contextlib.suppress(OSError):
                if now - old.stat().st_mtime > _STALE:
                    shutil.rmtree(old, ignore_errors=True)
        with told_plainly(self.root):
            work = Path(tempfile.mkdtemp(prefix="work-", dir=self.folder))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)

    @contextlib.contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Keeps other processes from compiling the same; where files cannot be locked, all of them compile it.

        The system gives the lock back when its holder dies.
        """
        try:
            descriptor = os.open(self.folder / f"{key}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _own_file(self, path: Path) -> bytes:
        """The contents of a file that nobody else can have written."""
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise PermissionError(f"{path} is not private")
            return file.read()

    def _write(self, path: Path, content: bytes) -> None:
        """Writes a file in one step: others see it whole or not at all."""
        with told_plainly(self.root):
            descriptor, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                Path(name).replace(path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def _throw_away(self) -> None:
        """Removes the modules that were not used for longest where there are too many; those in use stay mapped."""
        files = []
        for path in self.folder.glob("*.so"):
            with contextlib.suppress(OSError):
                about = path.stat()
                files.append((about.st_mtime, about.st_size, path))
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= MAX_BYTES:
                break
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size


@contextlib.contextmanager
def told_plainly(root: Path) -> Iterator[None]:
    """Names the folder and the way out in errors of writing to the cache."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = (
            "there is no room for the module" if full else f"the module cannot be written ({error.strerror})"
        )
        raise CompileError(
            f"{why} in {root}; set PLYO_CACHE_DIR to a folder with room that is yours"
        ) from error


def make_private(folder: Path) -> Path:
    """Makes a folder that only its user can enter, or checks that an existing one is so.

    Raises:
        OSError: It cannot be made.
        CompileError: It belongs to somebody else, or others can write to it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.stat()
    if about.st_uid != os.geteuid():
        raise CompileError(
            f"the cache {folder} belongs to another user; set PLYO_CACHE_DIR to a folder of yours"
        )
    if about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CompileError(
            f"other users can write to the cache {folder} (mode {stat.S_IMODE(about.st_mode):o}), so what is in it "
            f"may be theirs; `chmod 700 {folder}` if you trust what is there, or set PLYO_CACHE_DIR"
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "cannot be written", str(folder))
    return folder


def open_cache() -> Cache:
    """The cache that the environment variables of today name."""
    asked = os.environ.get("PLYO_CACHE_DIR")
    if asked:
        try:
            return _open(Path(asked).expanduser().absolute())
        except OSError as error:
            raise CompileError(
                f"the cache PLYO_CACHE_DIR={asked} cannot be used: {error.strerror or error}"
            ) from error
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return _open((Path(base) if base else Path.home() / ".cache") / "plyo")
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home
        return _temporary(str(error))


@cache
def _temporary(why: str) -> Cache:
    """A cache for this process."""
    folder = Path(tempfile.mkdtemp(prefix="plyo-"))
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    logger.warn(
        f"compiled tasks are kept in {folder} until this process ends, as there is no lasting place ({why}); "
        "set PLYO_CACHE_DIR to have one"
    )
    return Cache(folder)


def _open(root: Path) -> Cache:
    if sys.platform != "linux":
        raise CompileError(f"tasks are compiled on Linux, this is {sys.platform}: write the task in Python")
    make_private(root)
    return Cache(root)
