"""Environments in notebooks: their present pictures as inline SVG, or as a PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plyo.basics.notebook_parts import box

#: The lanes of a batch that are shown, and how wide they are in CSS pixels.
MAX_LANES = 16
_LANE_WIDTH, _WIDTH = 150, 320
#: No page should be larger than this because of a picture, in bytes.
_MAX_BYTES = 48_000


def to_html(engine: Any, lanes: Sequence[int], title: str, facts: Sequence[str], style: str) -> str:
    """The pictures of some environments, under a title and a line of facts.

    Lanes that were never reset are left out, and those for which there is no room any more after the first.

    Args:
        engine: The engine.
        lanes: The environments, at most 16 of them.
        title: The heading.
        facts: The text below the picture.
        style: ``"gym"`` or ``"smooth"``.

    Returns:
        A self-contained ``<div>``.
    """
    width = _WIDTH if len(lanes) == 1 else _LANE_WIDTH
    facts = list(facts)
    pictures: list[str] = []
    size = 0
    for lane in lanes:
        if engine.elapsed_steps(lane) is None:
            continue
        picture = engine.svg(lane, style, width, f"environment {lane}" if len(lanes) > 1 else title)
        size += len(picture.encode())
        if pictures and size > _MAX_BYTES:
            facts.append(f"environments 0 to {lane - 1} shown")
            break
        pictures.append(picture)
    row = f'<div style="display:flex;flex-wrap:wrap;gap:4px">{"".join(pictures)}</div>'
    return box(title, facts, row)


def facts_of(env: Any, num_envs: int | None = None) -> list[str]:
    """The text about an environment or a batch: its spaces, and the step of the first environment."""
    single = env.observation_space if num_envs is None else env.single_observation_space
    actions = env.action_space if num_envs is None else env.single_action_space
    facts = [] if num_envs is None else [f"{num_envs} environments"]
    facts += [f"observation {_space_text(single)}", f"action {_space_text(actions)}"]
    steps = env._engine.elapsed_steps(0)
    return [*facts, "not reset yet: call reset(seed=0) to see it" if steps is None else f"step {steps}"]


def _space_text(space: Any) -> str:
    """A space in a few characters."""
    shape = getattr(space, "shape", None)
    if shape and type(space).__name__ == "Box":
        return f"Box{shape} {space.dtype}"
    return str(space)
