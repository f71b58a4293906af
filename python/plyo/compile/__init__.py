"""Environments of one's own: one C++ struct, compiled on this machine, with the speed and bits of the built-in ones.

Only :func:`compile` itself is loaded with Plyo; the rest is loaded when a task is compiled.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plyo._registry import lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The package of the modules of compiled tasks.
PACKAGE = "plyo.envs.user"


def compile(
    source: str | Path,
    *,
    name: str | None = None,
    debug: bool = False,
    compiler: str | None = None,
    verbose: bool = False,
    trust: bool = False,
) -> list[str]:
    """Compiles the tasks of a C++ header and registers them as native tasks.

    The result is kept on disk: the next call with the same text needs no compiler. The text is compiled again when it,
    a header that it includes, the instruction set, the compiler or Plyo has changed. Batches that exist keep the code
    that they were made with; new ones get the new code. An environment that is made runs code of the text: compile only
    what you would import.

    The compiler runs once more when a batch first needs what few do: ``math="reference"``, or parameters of their own
    for environments.

    Args:
        source: The path of the header, or its text: a text has a brace or several lines. A file ``NAME_scene.hpp``
            beside a file ``NAME.hpp`` draws its tasks.
        name: The struct to compile, ``None`` for every struct with an ``EnvInfo info``.
        debug: Whether the module reports undefined behaviour, such as an index outside its array, by an error with the
            line of the source. It is slow.
        compiler: The program to compile with, such as ``"g++-13"``, or ``"ziglang"`` for the package of that name.
            ``None`` takes the environment variable ``PLYO_CXX``, then ``CXX``, then the first of g++ 12 or later,
            clang++ 16 or later, and the package ``ziglang``.
        verbose: Whether to print the command, what the compiler says, and the seconds that it takes.
        trust: Whether to compile a file that belongs to another user, or that others can write.

    Returns:
        The ids that are registered, such as ``["PointMass-v0"]``.

    Raises:
        plyo.error.CompileError: The text does not compile; at most three lines say why, and ``error.full`` has all that
            the compiler said. Or there is no compiler, or the cache cannot be used.
        FileNotFoundError: There is no such file.
        PermissionError: The file is somebody else's and ``trust`` is false.
        ValueError: An id or name belongs to a built-in task, or two variants have one id.
    """
    from plyo.compile.loading import compile_source
    from plyo.compile.sources import read_source

    return compile_source(
        read_source(source, name=name, trust=trust), debug=debug, compiler=compiler, verbose=verbose
    )


class _Finder:
    """Finds the modules of compiled tasks that this process has not loaded yet, by the digest in their names."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """The spec of such a module, None for any other."""
        if fullname != PACKAGE and not fullname.startswith(f"{PACKAGE}."):
            return None
        from plyo.compile.loading import load_module_named

        return load_module_named(fullname)


def _compile_for_id(path: str, env_id: str | None) -> str:
    """Compiles the header that an id begins with; the id."""
    from plyo.compile.loading import compile_for_id

    return compile_for_id(path, env_id)


lookup.compile_for_id = _compile_for_id
if not any(finder is _Finder for finder in sys.meta_path):
    sys.meta_path.append(_Finder)
