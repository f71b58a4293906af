"""Writes docs/environments/: a page for every native task and every Atari game, and their list.

They are made from the descriptions of the tasks and the table of the games.

python scripts/make_task_pages.py            writes them
python scripts/make_task_pages.py --check    fails if the committed ones differ
"""

from __future__ import annotations

import os
import re
import sys
from itertools import groupby
from math import isinf
from pathlib import Path
from typing import Any

import atari_pages
import plyo
from plyo.tasks.descriptions import native_tasks

PAGES = Path(__file__).parents[1] / "docs" / "environments"
PICTURES = Path(__file__).parents[1] / "docs" / "pictures" / "tasks"
Task = dict[str, Any]

EXAMPLE = """```python
{imports}

env = gym.make("{id}")
observation, info = env.reset(seed=0)
for _ in range(10):
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    if terminated or truncated:
        observation, info = env.reset()
env.close()

envs = gym.make_vec("{id}", num_envs={num_envs})
observations, infos = envs.reset(seed=0)
trajectory = envs.rollout(gym.policies.Random(), num_steps=10)
```"""


#: The imports of the example, and those of the example of an old version, of which `make` warns.
IMPORTS = "import plyo as gym"
OLD_IMPORTS = """import warnings

import plyo as gym

warnings.simplefilter("ignore", DeprecationWarning)  # {newest} is newer"""


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; empty columns are left out."""
    kept = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line[i] for i in kept) + " |" for line in lines)


def number(value: float) -> str:
    """A bound in short form: `-inf`, `4.8`, `0.4189`."""
    if isinf(value):
        return "inf" if value > 0 else "-inf"
    return f"{value:.4g}"


def code(value: object) -> str:
    """A value as a literal of Python."""
    return f"`{value!r}`"


def box_or_choices(description: Task) -> str:
    """The elements of a space: the numbers of a box, the choices of a Discrete, the parts of a Tuple or Dict."""
    if description["kind"] == "tuple":
        parts = description["parts"]
        overview = table(
            ["part", "meaning", "space"],
            [[str(i), part.get("name", ""), space_text(part)] for i, part in enumerate(parts)],
        )
        details = [(f"Part {i}", box_or_choices(part)) for i, part in enumerate(parts)]
        return "\n\n".join([overview, *(f"{head}:\n\n{text}" for head, text in details if text)])
    if description["kind"] == "dict":
        parts = description["parts"]
        overview = table(["key", "space"], [[f"`{part['name']}`", space_text(part)] for part in parts])
        details = [(f"`{part['name']}`", box_or_choices(part)) for part in parts]
        return "\n\n".join([overview, *(f"{head}:\n\n{text}" for head, text in details if text)])
    names, units = description["names"], description["units"]
    if not names:
        return ""
    if description["kind"] == "discrete":
        return table(
            ["value", "meaning"], [[str(i), name] for i, name in enumerate(names, description["start"])]
        )
    rows = [
        [str(i) if len(names) == description["size"] else "all", name, unit, number(low), number(high)]
        for i, (name, unit, low, high) in enumerate(
            zip(names, units, description["low"], description["high"], strict=True)
        )
    ]
    return table(["index", "meaning", "unit", "least", "greatest"], rows)


def space_section(description: Task) -> str:
    """A space, and the table of its elements if they have names."""
    elements = box_or_choices(description)
    return f"{space_text(description)}:\n\n{elements}" if elements else f"{space_text(description)}."


def space_text(description: Task) -> str:
    """The kind of a space in a few words."""
    if description["kind"] == "tuple":
        return f"`Tuple` of {len(description['parts'])}"
    if description["kind"] == "dict":
        return f"`Dict` of {len(description['parts'])}"
    if description["kind"] == "discrete":
        start = f", start={description['start']}" if description["start"] else ""
        return f"`Discrete({description['size']}{start})`"
    return f"`Box`, {description['dtype']}, shape `{description['shape']}`"


def fields(values: list[Task]) -> str:
    """Keyword arguments or reset options with their defaults."""
    return table(
        ["name", "default", "meaning"], [[f"`{v['name']}`", code(v["default"]), v["doc"]] for v in values]
    )


def assignable(task: Task) -> str:
    """Which keyword arguments may be assigned."""
    names = [f"`{field['attribute']}`" for field in task["params"] if field["attribute"]]
    return f"Attributes of `env.unwrapped` that may be assigned: {', '.join(names)}." if names else ""


#: What the pages of a family say beside the descriptions.
NOTES = {
    "robotics": (
        "The model is one of the installed package `gymnasium_robotics`, and the installed `mujoco` steps it, from "
        '3.3 on (`pip install ".[robotics]"`). Gymnasium-Robotics 1.4.2 itself cannot make this task with '
        "MuJoCo 3.12 or later.\n\nEnvironments and batches have `compute_reward(achieved_goal, desired_goal, info)`, "
        "`compute_terminated` and `compute_truncated`, of one pair of goals or arrays of them, as for hindsight "
        "replay; `env.unwrapped.goal` is the desired goal. Snapshots and rollouts have the goals."
    )
}


def example(task: Task) -> str:
    """A first loop and a batch."""
    task_id = task["variants"][-1]["id"]
    spec = plyo.spec(task_id)
    alike = [
        other
        for other in plyo.registry.values()
        if (other.namespace, other.name) == (spec.namespace, spec.name)
    ]
    newest = max(alike, key=lambda other: other.version or 0)
    return EXAMPLE.format(
        imports=IMPORTS if newest == spec else OLD_IMPORTS.format(newest=newest.id),
        id=task_id,
        num_envs=64 if task["needs"] else 1024,  # a step of MuJoCo takes long
    )


def picture_of(task: Task) -> Path | None:
    """Where the moving picture of a task is, which `make_task_pictures.py` draws; None for tasks without pictures."""
    if "rgb_array" not in task["render_modes"]:
        return None
    # versions of a task look alike, as do robots with sensors of touch and without
    name = re.sub("(_touch_sensors)?(_v[0-9]+)?$", "", file_name(task).removesuffix(".md"))
    return PICTURES / f"{name}.webp"


def picture(task: Task) -> str:
    """The moving picture of a task on its page."""
    path = picture_of(task)
    if path is None:
        return ""
    return f"![{task['name']}]({os.path.relpath(path, PAGES / str(task['family']))})"


def page(task: Task) -> str:
    """The page of a task."""
    ids = [
        [
            f"`{v['id']}`",
            *("-" if v[k] is None else f"{v[k]:g}" for k in ("max_episode_steps", "reward_threshold")),
        ]
        for v in task["variants"]
    ]
    parts = [
        f"# {task['name']}",
        task["summary"],
        picture(task),
        table(["id", "time limit, steps", "solved at a mean return of"], ids),
        f"Source: {task['source']}.",
        NOTES.get(task["family"], ""),
        "## Observation",
        space_section(task["observation"]),
        "## Action",
        space_section(task["action"]),
    ]
    if task["params"]:
        parts += ["## Keyword arguments of `make` and `make_vec`", assignable(task), fields(task["params"])]
    if task["constants"]:
        parts += [
            "## Constants of the dynamics",
            "Attributes of `env.unwrapped` that may be assigned, and names for `params`, `set_params` and "
            "`get_params`.",
            fields(task["constants"]),
        ]
    if task["infos"]:
        rows = [
            [
                f"`{v['name']}`",
                "bool" if v["optional"] else v["dtype"],
                v["doc"],
                "" if v["at_reset"] else "steps",
            ]
            for v in task["infos"]
        ]
        parts += ["## Info", table(["key", "type", "meaning", "only in"], rows)]
    members = [*task["attributes"], *task["methods"]]
    if task["has_model"]:
        members.append({"name": "P", "doc": "the ways that a step can end, by state and action"})
    if members:
        rows = [[f"`{v['name']}`", v["doc"]] for v in members]
        parts += ["## Members of `env.unwrapped`", table(["name", "meaning"], rows)]
    if task["reset_options"]:
        parts += ["## Options of `reset`", fields(task["reset_options"])]
    parts += ["## Example", example(task)]
    return "\n\n".join(part for part in parts if part) + "\n"


def file_name(task: Task) -> str:
    """`cart_pole.md` for CartPole."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", task["name"]).lower() + ".md"


def pages() -> dict[Path, str]:
    """All pages with their text."""
    tasks = sorted(native_tasks().values(), key=lambda task: (task["family"], task["name"]))
    made = {PAGES / task["family"] / file_name(task): page(task) for task in tasks}
    parts = [
        "# Environments",
        "The native tasks, by family, and the games of Atari. Every page is made from the description of its task.",
    ]
    for family, members in groupby(tasks, key=lambda task: str(task["family"])):
        rows = [
            [
                f"[{task['name']}]({family}/{file_name(task)})",
                ", ".join(f"`{v['id']}`" for v in task["variants"]),
                task["summary"],
            ]
            for task in members
        ]
        parts += [f"## {family.replace('_', ' ').capitalize()}", table(["task", "ids", "goal"], rows)]
    made |= {PAGES / "atari" / name: text for name, text in atari_pages.pages().items()}
    parts += ["## Atari", "By way of ale-py: see [Atari](../guide/atari.md).", atari_pages.overview()]
    made[PAGES / "README.md"] = "\n\n".join(part for part in parts if part) + "\n"
    return made


def stale(made: dict[Path, str]) -> list[Path]:
    """Files that are missing, differ, or belong to no task."""
    there = set(PAGES.glob("**/*.md"))
    return sorted(
        (there - made.keys())
        | {path for path, text in made.items() if path not in there or path.read_text() != text}
    )


def main() -> int:
    """Writes or checks the pages."""
    made = pages()
    if sys.argv[1:] == ["--check"]:
        for path in stale(made):
            print(f"{path} is out of date: run python scripts/make_task_pages.py")
        return 1 if stale(made) else 0
    for path in stale(made):
        if path not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
