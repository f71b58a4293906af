"""The texts that a task is compiled from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path

from plyo.error import CompileError

#: The most characters of a struct's name: snapshots carry it with the digest.
MAX_NAME = 27

_COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


@dataclass(frozen=True)
class Source:
    """The texts of one or several tasks.

    Attributes:
        stem: The name of the file without its ending, such as ``"point_mass"``.
        text: The header.
        scene: The header that draws its tasks, ``""`` without one.
        headers: The user's headers that these include: the path from the folder of the file, and the text. They are
            known once the compiler has read them.
        names: The structs to compile.
        folder: Where included headers are, ``None`` for a text and for a source from another machine.
        origin: The file that people see in messages.
    """

    stem: str
    text: str
    scene: str
    headers: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    folder: str | None = field(default=None, compare=False)
    origin: str = field(default="", compare=False)

    @property
    def digest(self) -> str:
        """A digest of all texts, 64 hexadecimal digits: what makes tasks differ."""
        parts = [self.text, self.scene, sorted(self.headers), self.names]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def scenes(self) -> dict[str, str]:
        """The struct that draws each task that is drawn."""
        code = strip_comments(self.text + "\n" + self.scene)
        return {name: f"{name}Scene" for name in self.names if re.search(rf"\bstruct\s+{name}Scene\b", code)}

    def read_header(self, path: str) -> str | None:
        """The present text of an included header, by its path from the folder; None if there is none."""
        if self.folder is None:
            return dict(self.headers).get(path)
        try:
            return (Path(self.folder) / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def with_headers(self, headers: dict[str, str]) -> Source:
        """The same with the headers that the compiler has read."""
        return replace(self, headers=tuple(sorted(headers.items())))

    def without_folder(self) -> Source:
        """The same for another machine or process, which takes all texts from here."""
        return replace(self, folder=None)

    def to_json(self) -> str:
        """The texts for the cache."""
        fields = ("stem", "text", "scene", "headers", "names", "origin")
        return json.dumps({name: getattr(self, name) for name in fields})

    @staticmethod
    def from_json(text: str) -> Source:
        """What :meth:`to_json` has written."""
        values = json.loads(text)
        values["headers"] = tuple((path, content) for path, content in values["headers"])
        values["names"] = tuple(values["names"])
        return Source(**values)


def strip_comments(code: str) -> str:
    """C++ without comments and the contents of texts; lines stay where they are."""

    def blank(match: re.Match[str]) -> str:
        return '""' if match[0].startswith('"') else "\n" * match[0].count("\n") + " "

    return _COMMENT_OR_TEXT.sub(blank, code)


def find_tasks(code: str) -> list[str]:
    """The structs of a header that are environments: those with an ``EnvInfo info``, and versions of a template."""
    code = strip_comments(code)
    found = []
    for match in re.finditer(r"(template\s*<[^;{}]*>\s*)?\bstruct\s+(\w+)[^;{()]*\{", code):
        if not re.search(r"\bEnvInfo\s+info\b", body_of(code, match.end())):
            continue
        if match[1] is None:
            found.append(match[2])
        else:
            found += re.findall(rf"\busing\s+(\w+)\s*=\s*{match[2]}\s*<", code)
    # a struct around an environment is none itself
    return [name for name in dict.fromkeys(found) if not name.endswith("Scene")]


def body_of(code: str, start: int) -> str:
    """The text after an opening brace, up to the one that closes it."""
    depth = 1
    for place in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[place], 0)
        if depth == 0:
            return code[start:place]
    return code[start:]


def read_source(source: str | Path, *, name: str | None = None, trust: bool = False) -> Source:
    """The source of a path or a text.

    Args:
        source: A path, or a text, which has a brace or several lines.
        name: The only struct to compile, None for all environments.
        trust: Whether a file of somebody else's will do.
    """
    if isinstance(source, str) and ("\n" in source or "{" in source):
        names = _names(source, name, "the text")
        return Source(_snake(names[0]), source, "", (), names, None, f"{_snake(names[0])}.hpp")
    if not isinstance(source, str | os.PathLike):
        raise TypeError(f"source must be the path of a header or its text, got {source!r:.80}")
    if source == "":
        raise CompileError("the text is empty: `plyo new NAME` writes an environment to begin with")
    path = Path(source)
    text = _read(path, trust)
    beside = path.with_name(f"{path.stem}_scene{path.suffix}")
    scene = _read(beside, trust) if beside.is_file() else ""
    names = _names(text, name, str(path))
    return Source(path.stem, text, scene, (), names, str(path.absolute().parent), str(path))


def _read(path: Path, trust: bool) -> str:
    """The text of a file that may be compiled."""
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            check_owner(path, about, trust)
            return file.read().decode("utf-8")
    except IsADirectoryError:
        raise CompileError(f"{path} is a folder: name the header in it") from None
    except UnicodeDecodeError:
        raise CompileError(f"{path} is no text in UTF-8") from None


def check_owner(path: Path, about: os.stat_result, trust: bool) -> None:
    """Refuses a file that somebody else may have written, unless it is trusted."""
    if trust or not hasattr(os, "geteuid"):
        return
    if about.st_uid not in (os.geteuid(), 0):
        why = "belongs to another user"
    elif about.st_mode & stat.S_IWOTH:
        why = "can be written by every user"
    else:
        return
    raise PermissionError(
        f"{path} {why}: compiling it runs its code with your rights; read it, and compile it with trust=True"
    )


def _names(text: str, name: str | None, where: str) -> tuple[str, ...]:
    """The structs to compile."""
    found = find_tasks(text)
    if not found:
        raise CompileError(
            f"{where} has no environment: a struct with `static constexpr EnvInfo info`; `plyo new NAME` writes one"
        )
    if name is not None and name not in found:
        raise CompileError(f"{where} has no environment {name!r}; it has {', '.join(found)}")
    chosen = (name,) if name is not None else tuple(found)
    for long in chosen:
        if len(long) > MAX_NAME:
            raise CompileError(f"the name {long} has {len(long)} characters, at most {MAX_NAME} are possible")
    return chosen


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
