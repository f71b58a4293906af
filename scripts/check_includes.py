"""Checks the includes of cpp/: arrows point down only, and no files include each other in a circle.

python scripts/check_includes.py [FOLDER]      cpp/ by default

Prints every include that breaks the rule, and fails if any does.
"""

from __future__ import annotations

import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# from the top down: a folder may include itself and those below it
FLOORS = (
    "bindings", "xla", "rollout", "engine", "scenes", "envs", "plyo", "kernels", "mujoco", "render", "physics2d",
    "physics3d", "lanes", "spaces", "core",
)  # fmt: skip
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def find_includes(root: Path) -> tuple[dict[Path, list[Path]], list[str]]:
    """The files that each file below a folder includes, and complaints about missing ones."""
    includes: dict[Path, list[Path]] = {}
    complaints = []
    for path in sorted([*root.rglob("*.hpp"), *root.rglob("*.cpp")]):
        includes[path] = []
        for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            target = next((p for p in ((path.parent / name).resolve(), root / name) if p.is_file()), None)
            if target is None:
                complaints.append(f"{path.relative_to(root)} includes {name}, which is not there")
            elif target.is_relative_to(root):
                includes[path].append(target)
            else:
                complaints.append(f"{path.relative_to(root)} includes {name}, which is outside {root.name}/")
    return includes, complaints


def check(root: Path) -> list[str]:
    """All faults in the includes of a folder."""
    root = root.resolve()
    includes, complaints = find_includes(root)
    for path, targets in includes.items():
        floor = path.relative_to(root).parts[0]
        if floor not in FLOORS:
            complaints.append(f"{floor}/ has no place in FLOORS of scripts/check_includes.py")
            continue
        for target in targets:
            below = target.relative_to(root).parts[0]
            if below in FLOORS and FLOORS.index(below) < FLOORS.index(floor):
                complaints.append(
                    f"{path.relative_to(root)} includes {target.relative_to(root)}: {below}/ is above {floor}/"
                )
    try:
        TopologicalSorter(includes).prepare()
    except CycleError as e:
        complaints.append("circle: " + " -> ".join(str(p.relative_to(root)) for p in reversed(e.args[1])))
    return list(dict.fromkeys(complaints))


def main() -> int:
    """Prints the complaints."""
    default = Path(__file__).resolve().parents[1] / "cpp"
    complaints = check(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())
