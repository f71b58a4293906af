"""``plyo new``, ``plyo check`` and ``plyo cache``: environments of one's own."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from plyo.cli.common import user_errors
from plyo.error import CompileError

__all__ = ["cache", "check", "new"]


def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its name, such as point_mass.", show_default=False)
    ],
    scene: Annotated[bool, typer.Option("--scene", help="Also write a header that draws it.")] = False,
    wheel: Annotated[
        bool,
        typer.Option("--wheel", help="Write a project of its own, which pip installs, into the folder NAME."),
    ] = False,
) -> None:
    """Writes an environment to begin with: a C++ header with comments, and a test."""
    from plyo.compile.templates import files_of, to_name, to_stem

    with user_errors(ValueError, OSError):
        stem = to_stem(name)
        root = Path(stem) if wheel else Path()
        files = {root / path: text for path, text in files_of(name, scene=scene, wheel=wheel).items()}
        there = [str(path) for path in files if path.exists()]
        if there:
            raise ValueError(f"{', '.join(there)} is there already: nothing was written")
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            typer.echo(f"{path}")
        header = next(path for path in files if path.name == f"{stem}.hpp")
        typer.echo(f"\nplyo check {header}\nplyo train {header}:{to_name(stem)}-v0")


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE.hpp", help="The header.", show_default=False)],
    compiler: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="Such as g++-13 or ziglang.", show_default=False)
    ] = None,
    time_limit: Annotated[
        float, typer.Option(min=1.0, metavar="SECONDS", help="For the steps of one task.")
    ] = 60.0,
) -> None:
    """Compiles a header, takes 10⁵ random steps in a process of its own, and says what is wrong and how fast it is."""
    from plyo.compile.checking import check as check_source
    from plyo.compile.checking import describe
    from plyo.compile.sources import read_source

    with user_errors(OSError):
        if not file.exists() or file.is_dir():
            raise typer.BadParameter(
                f"{file} is no file: name a header, such as point_mass.hpp, which plyo new writes"
            )
        try:
            reports = check_source(read_source(file), compiler=compiler, time_limit=time_limit)
        except CompileError as e:
            typer.echo(str(e), err=True)
            raise typer.Exit(2) from None
    for report in reports:
        typer.echo("\n".join(describe(report)))
    if any(report.problem for report in reports):
        raise typer.Exit(1)


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all of them.")] = False,
) -> None:
    """Lists the compiled environments that are kept, with their sizes."""
    from plyo.compile.cache import open_cache

    with user_errors(OSError):
        opened = open_cache()
        if clear:
            size = sum(size for _, _, size in opened.listed())
            for folder in opened.root.iterdir():
                if folder.is_dir():
                    shutil.rmtree(folder)
            typer.echo(f"removed {size / 1e6:.1f} MB from {opened.root}")
            return
        rows = opened.listed()
    for name, compiler, size in rows:
        typer.echo(f"{name}\t{compiler}\t{size / 1e3:.0f} kB")
    typer.echo(f"{len(rows)} modules, {sum(size for *_, size in rows) / 1e6:.1f} MB in {opened.root}")
