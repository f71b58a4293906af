"""What a compiler says, in at most three lines that a reader can act on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from plyo.compile.sources import Source, strip_comments
from plyo.error import CompileError

_LINE = re.compile(r"^(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<rest>.*)$")
_SENTENCE = re.compile(r"static assertion failed(?:: | due to requirement '.*?': )(?P<text>.+)$")
#: What a message of a compiler means for a task.
_MEANINGS = (
    (
        "exception handling disabled",
        "a task cannot throw: end the episode, or check(const Params&) the arguments",
    ),
    ("cannot use 'throw'", "a task cannot throw: end the episode, or check(const Params&) the arguments"),
    ("cannot use 'try'", "a task cannot throw or catch"),
    (
        "iteration count exceeds limit",
        "the loop did not end in a rollout of 100 steps that the compiler runs",
    ),
    ("exceeded maximum", "this did not end in a rollout of 100 steps that the compiler runs"),
)


#: Messages that leave the reason to a line after them.
_VAGUE = (
    "non-constant condition for static assertion",
    "not an integral constant expression",
    "never produces a constant",
)
#: Lines that say where something was called, and no reason.
_CALLS = ("in call to", "in instantiation of", "required from", "in 'constexpr' expansion", "declared here")


class _Said(NamedTuple):
    """One line of a compiler's that has a place."""

    file: str
    line: str
    column: str
    rest: str
    is_error: bool

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")


def to_error(said: str, source: Source, work: Path, include: str) -> CompileError:
    """The error for what a compiler said about a source.

    Args:
        said: All of it.
        source: The source.
        work: The folder that it was compiled in.
        include: The folder of Plyo's headers.
    """
    said = _with_real_names(said, source, work)
    if re.search(r"No space left on device|File too large|File size limit|Disk quota exceeded", said):
        return CompileError(
            f"there is no room for the module in {work.parent.parent}; set PLYO_CACHE_DIR to a folder with room",
            said,
        )
    lines = [_parse(line) for line in said.splitlines()]
    errors = [(i, line) for i, line in enumerate(lines) if line is not None and line.is_error]
    if not errors:
        texts = [line for line in said.splitlines() if line.strip()] or ["it says nothing"]
        told = next((text for text in texts if "error" in text), texts[-1])
        return CompileError(f"the compiler fails without an error in the source: {told}", said)
    of_user = [line for _, line in errors if _is_users(line, include) and _gives_reason(line)]
    sentences = [line for _, line in errors if _SENTENCE.search(line.rest)]
    if sentences and (not of_user or errors[0][1] in sentences):
        return CompileError(_tell_sentence(sentences[0], source, include), said)
    if of_user:
        # a missing sign may make other errors, also before it
        chosen = next((line for line in of_user if line.rest.startswith("expected")), of_user[0])
        return CompileError(_tell(chosen), said)
    return CompileError(_tell_of_headers(lines, errors[0][0], source, include), said)


def _tell_of_headers(lines: list[_Said | None], place: int, source: Source, include: str) -> str:
    """The words for an error in Plyo's headers, with the user's line that has led there."""
    after = [line for line in lines[place + 1 :] if line is not None]
    before = [line for line in lines[:place] if line is not None and _is_users(line, include)]
    error = lines[place]
    assert error is not None  # the caller has found it
    if any(part in error.rest for part in _VAGUE):
        # what could not be computed stands in a line after it
        reason = next((line for line in after if _gives_reason(line)), None)
        if reason is not None and _is_users(reason, include):
            return _tell(reason)
        error = reason or error
    near = next((line for line in after if _is_users(line, include)), None)
    caller = before[-1] if before else near
    if caller is None:
        return f"{_clean(error.rest)}\n{_where(source)}"
    return f"{caller.place}: {_meaning(error.rest)}"


def libm_error(names: list[str], source: Source) -> CompileError:
    """The error for functions of other libraries that a task calls."""
    name = names[0]
    short = name[:-1] if name.endswith("f") and name not in ("erf",) else name
    advice = (
        f"use math::{short}, which has the same bits everywhere"
        if _is_mathematics(short)
        else ("a task calls only its own functions and those of Plyo's headers")
    )
    for text, file in ((source.text, source.origin), *((text, path) for path, text in source.headers)):
        for number, line in enumerate(strip_comments(text).splitlines(), 1):
            if re.search(rf"(?<!math::)\b{short}f?\s*\(", line):
                return CompileError(f"{file}:{number}: the task calls {short} of another library: {advice}")
    return CompileError(f"the task calls {name} of another library: {advice}\n{_where(source)}")


def _is_mathematics(name: str) -> bool:
    return name in (
        *(
            "sin",
            "cos",
            "tan",
            "sincos",
            "asin",
            "acos",
            "atan",
            "atan2",
            "sinh",
            "cosh",
            "tanh",
            "exp",
            "exp2",
        ),
        *("log", "log2", "log10", "pow", "fmod", "hypot", "cbrt", "floor", "ceil", "round", "trunc", "sqrt"),
    )


def _with_real_names(said: str, source: Source, work: Path) -> str:
    """The same with the paths that the user knows."""
    said = said.replace(f"{work}/", "")
    origin = Path(source.origin)
    shown = {"": source.origin, "_scene": str(origin.with_name(f"{origin.stem}_scene{origin.suffix}"))}
    for part, name in shown.items():
        own = rf"(?<![\w/.-])(?:\./)?{re.escape(source.stem)}{part}\.hpp\b"
        said = re.sub(own, name.replace("\\", r"\\"), said)
    return said


def _parse(line: str) -> _Said | None:
    match = _LINE.match(line)
    if match is None:
        return None
    rest = match["rest"]
    kind = re.match(r"(fatal )?error: ", rest)
    return _Said(
        match["file"], match["line"], match["column"] or "", rest[kind.end() :] if kind else rest, bool(kind)
    )


def _is_users(line: _Said, include: str) -> bool:
    return (
        not line.file.startswith((include, "/usr/include", "/usr/lib", "module.cpp", "<"))
        and "/ziglang/" not in line.file
    )


def _gives_reason(line: _Said) -> bool:
    """Whether a line says what is wrong, and not only that something is."""
    return not any(part in line.rest for part in (*_VAGUE, *_CALLS))


def _tell_sentence(line: _Said, source: Source, include: str) -> str:
    """The sentence of a check, with the struct that it is about."""
    match = _SENTENCE.search(line.rest)
    assert match is not None  # the caller has looked
    sentence = match["text"].strip().strip('"')
    sentence = re.sub(r'"\s*"', "", sentence)
    if _is_users(line, include):
        return f"{line.place}: {sentence}"
    return f"{sentence}\n{_where(source)}"


def _where(source: Source) -> str:
    """The place of the first struct."""
    for number, line in enumerate(strip_comments(source.text).splitlines(), 1):
        if re.search(rf"\bstruct\s+{source.names[0]}\b", line):
            return f"{source.names[0]} is at {source.origin}:{number}"
    return f"{source.names[0]} is in {source.origin}"


def _tell(line: _Said) -> str:
    return f"{line.place}: {_meaning(line.rest)}"


def _meaning(rest: str) -> str:
    cleaned = _clean(rest)
    meaning = next((meaning for part, meaning in _MEANINGS if part in cleaned), None)
    called = re.search(r"non-'?constexpr'? function '(?:.*[ :])?(\w+)(?:\(.*\))?'", cleaned)
    if called is not None and _is_mathematics(called[1]):
        meaning = f"use math::{called[1]}, which has the same bits everywhere"
    elif called is not None:
        meaning = "declare it static constexpr; a task calls only such functions"
    return cleaned if meaning is None else f"{cleaned}\n{meaning}"


def _clean(rest: str) -> str:
    """Without the names of namespaces that only the headers know, and without the option of a warning."""
    rest = rest.removeprefix("note: ")
    rest = re.sub(r"\bplyo::envs::(fast|reference)::", "", rest)
    return re.sub(r"\s*\[-[\w=+-]+\]$", "", rest).replace("\u2018", "'").replace("\u2019", "'")
