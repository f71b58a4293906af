"""Writes docs/api/: the list of every public name, which the docs site fills with the docstrings.

    python scripts/make_api_pages.py            writes the pages
    python scripts/make_api_pages.py --check    fails if the committed ones differ

Reads the sources and imports nothing, so modules of libraries that are not installed have their pages too.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "python"
PAGES = ROOT / "docs" / "api"

#: The pages, and the modules of each. A name that several modules have is described where it comes first.
LAYOUT: dict[str, tuple[str, list[str]]] = {
    "plyo": ("plyo", ["plyo"]),
    "spaces": ("plyo.spaces", ["plyo.spaces", "plyo.spaces.utils"]),
    "vector": ("plyo.vector", ["plyo.vector", "plyo.vector.async_vector_env", "plyo.vector.utils"]),
    "wrappers": ("plyo.wrappers", ["plyo.wrappers", "plyo.wrappers.utils"]),
    "wrappers_vector": ("plyo.wrappers.vector", ["plyo.wrappers.vector"]),
    "policies": ("plyo.policies", ["plyo.policies"]),
    "tabular": ("plyo.tabular", ["plyo.tabular"]),
    "replay": ("plyo.replay", ["plyo.replay"]),
    "returns": ("plyo.returns", ["plyo.returns"]),
    "randomize": ("plyo.randomize", ["plyo.randomize"]),
    "video": ("plyo.video", ["plyo.video"]),
    "utils": (
        "plyo.utils",
        [
            "plyo.utils",
            "plyo.utils.env_checker",
            "plyo.utils.passive_env_checker",
            "plyo.utils.performance",
            "plyo.utils.play",
            "plyo.utils.save_video",
            "plyo.utils.seeding",
            "plyo.utils.env_match",
            "plyo.utils.step_api_compatibility",
        ],
    ),
    "envs": ("plyo.envs", ["plyo.envs", "plyo.envs.registration"]),
    "compile": ("plyo.compile", ["plyo.compile", "plyo.compile.notebook"]),
    "error": ("plyo.error", ["plyo.error"]),
    "logger": ("plyo.logger", ["plyo.logger"]),
    "train": ("plyo.train", ["plyo.train"]),
    "bench": ("plyo.bench", ["plyo.bench"]),
    "gymnasium": ("plyo.gymnasium", ["plyo.gymnasium"]),
    "torch": ("plyo.torch", ["plyo.torch"]),
    "jax": ("plyo.jax", ["plyo.jax"]),
    "ray": ("plyo.ray", ["plyo.ray"]),
    "adapters": (
        "plyo.adapters",
        [
            "plyo.adapters",
            "plyo.adapters.sb3",
            "plyo.adapters.torchrl",
            "plyo.adapters.tianshou",
            "plyo.adapters.skrl",
            "plyo.adapters.rllib",
            "plyo.adapters.envpool",
        ],
    ),
}

#: Pages that keep what `plyo` also has; of the rest, what `plyo` has is described there.
HOMES = ("spaces", "replay", "returns")

INTRODUCTION = (
    "Every public name of `plyo`, from its docstring. A host of code shows only the names here; `help(plyo.make_vec)` "
    "in Python shows what the site shows."
)


@cache
def tree(module: str) -> ast.Module:
    """The syntax of a module."""
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


def path_of(module: str) -> Path:
    """The file of a module; its stub where there is no other."""
    base = SOURCES.joinpath(*module.split("."))
    choices = [base / "__init__.py", base.with_suffix(".py"), base / "__init__.pyi", base.with_suffix(".pyi")]
    return next(path for path in choices if path.exists())


def is_module(name: str) -> bool:
    """Whether a dotted name is a module of the package."""
    try:
        path_of(name)
    except StopIteration:
        return False
    return True


def statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a module, those under `if TYPE_CHECKING` and `try` included."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, ast.If | ast.Try):
            found += statements([*node.body, *node.orelse])
    return found


@cache
def defined(module: str) -> dict[str, str | None]:
    """The names of a module: where each was imported from, None for what is defined in it."""
    names: dict[str, str | None] = {}
    for node in statements(tree(module).body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update({t.id: None for t in targets if isinstance(t, ast.Name)})
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names.setdefault(alias.asname or alias.name, f"{node.module}.{alias.name}")
    return names


def public_names(module: str) -> list[str]:
    """`__all__`, or what a module without it defines under a public name."""
    for node in tree(module).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return [
        node.name
        for node in tree(module).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


def origin(module: str, name: str) -> str:
    """The dotted name of what a public name of a module is, where it is defined."""
    source = defined(module).get(name)
    if source is None:
        return f"{module}.{name}"
    if is_module(source) or not source.startswith("plyo.") or source.startswith("plyo._native"):
        return source
    parent, _, member = source.rpartition(".")
    return origin(parent, member)


def pages() -> dict[Path, str]:
    """All pages with their text."""
    homes: dict[str, tuple[str, str]] = {}  # what is described, the page and the name that it stands under
    made = {PAGES / f"{page}.md": "" for page in LAYOUT}
    for page in sorted(LAYOUT, key=lambda page: page not in HOMES):
        title, modules = LAYOUT[page]
        parts = [f"# {title}"]
        for module in modules:
            if module != title:
                parts.append(f"## {module}")
            parts.append(f"::: {module}\n    options:\n      show_root_heading: false\n      members: false")
            parts += members(page, module, homes, 2 if module == title else 3)
        made[PAGES / f"{page}.md"] = "\n\n".join(parts) + "\n"
    rows = [f"| [{title}]({page}.md) | {summary(title)} |" for page, (title, _) in LAYOUT.items()]
    made[PAGES / "README.md"] = "\n".join(
        ["# API reference", "", INTRODUCTION, "", "| module | what it has |", "|---|---|", *rows, ""]
    )
    return made


def members(page: str, module: str, homes: dict[str, tuple[str, str]], level: int) -> list[str]:
    """The names of a module: descriptions, or links to where they stand already."""
    described, elsewhere = [], []
    for name in public_names(module):
        full, source = f"{module}.{name}", origin(module, name)
        if name == "__version__":
            elsewhere.append(f"- `{full}`: the version, a string")
        elif is_module(source):
            target = next((p for p, (_, modules) in LAYOUT.items() if source in modules), None)
            elsewhere.append(f"- `{full}`: [a module]({target}.md)" if target else f"- `{full}`: a module")
        elif source in homes:
            other, stands_as = homes[source]
            elsewhere.append(f"- `{full}` is [`{stands_as}`]({other}.md#{stands_as})")
        else:
            homes[source] = (page, full)
            described.append(f"::: {full}\n    options:\n      heading_level: {level}")
    lists = ["\n".join(elsewhere)] if elsewhere else []
    return [*described, *lists]


def summary(module: str) -> str:
    """The first sentence of a module's docstring, without its markup."""
    text = (ast.get_docstring(tree(module)) or "").split("\n\n")[0].replace("\n", " ")
    return re.sub(r":\w+:(?=`)", "", text.replace("``", "`")).replace("|", "\\|")


def stale(made: dict[Path, str]) -> list[Path]:
    """Files that are missing, differ, or belong to no module."""
    there = set(PAGES.glob("*.md"))
    return sorted(
        (there - made.keys())
        | {path for path, text in made.items() if path not in there or path.read_text() != text}
    )


def main() -> int:
    """Writes or checks the pages."""
    made = pages()
    if sys.argv[1:] == ["--check"]:
        for path in stale(made):
            print(f"{path} is out of date: run python scripts/make_api_pages.py")
        return 1 if stale(made) else 0
    PAGES.mkdir(exist_ok=True)
    for path in stale(made):
        if path in made:
            path.write_text(made[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
