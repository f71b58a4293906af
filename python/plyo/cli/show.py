"""``plyo show``: one picture of a task, in a file or in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from plyo import policies
from plyo._registry.specs import EnvSpec
from plyo.cli.common import check_writable, choose_seed, find_task, load_policy, user_errors
from plyo.cli.options import PolicyOption, SeedOption, SizeOption, StyleOption, TaskArgument
from plyo.cli.recording import to_size
from plyo.cli.sight import Sight
from plyo.cli.terminal import shows_pictures, terminal_size, to_lines
from plyo.policies import Policy
from plyo.train.acting import Actor
from plyo.train.evaluation import make_batch
from plyo.train.python_tasks import is_native
from plyo.video.apng import encode_png


def show(
    task: TaskArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PICTURE.png",
            help="Where the picture is saved; in the terminal by default.",
            show_default=False,
        ),
    ] = None,
    size: SizeOption = None,
    seed: SeedOption = None,
    steps: Annotated[int, typer.Option(min=0, metavar="N", help="Steps before the picture is taken.")] = 0,
    policy: PolicyOption = None,
    style: StyleOption = None,
) -> None:
    """Shows one picture of a task, or its text if it has no pictures."""
    spec = find_task(task)
    chosen_seed = choose_seed(seed)
    actor = policies.Random(chosen_seed) if policy is None else load_policy(policy, spec)
    pixels = None if size is None else to_size(size)
    if output is not None:
        check_writable("--output", output)
        if output.suffix.lower() != ".png":
            raise typer.BadParameter(f"--output {output} must end in .png")
    with user_errors(ValueError, TypeError, NotImplementedError, RuntimeError, OSError):
        sight = Sight(spec, style)
        if not sight.has_pictures and (output is not None or pixels is not None):
            raise typer.BadParameter(f"{spec.id} has no pictures, only texts: leave --output and --size out")
        if sight.has_pictures and output is None and not shows_pictures(sys.stdout):
            raise typer.BadParameter(
                "there is no terminal to show the picture in; name a file: --output PICTURE.png"
            )
        _take_steps(sight, spec, actor, chosen_seed, steps)
        if output is not None:
            output.write_bytes(encode_png(sight.picture(pixels)))
            typer.echo(f"picture: {output}")
        elif sight.has_pictures:
            columns, rows = terminal_size()
            if pixels is not None:
                rows, columns = min(rows, -(-pixels[0] // 2)), min(columns, pixels[1])
            typer.echo("\n".join(to_lines(sight.fitted(columns, rows - 1 or 1))))
        else:
            typer.echo(sight.text())
        sight.env.close()


def _take_steps(sight: Sight, spec: EnvSpec, policy: Policy, seed: int, steps: int) -> None:
    """Begins an episode and takes steps; a new episode follows each end."""
    env = sight.env
    observation, _ = env.reset(seed=seed)
    given = _plan(spec, policy, seed, steps) if is_native(spec) else None
    actor = None if given is not None else Actor(policy, env.observation_space, env.action_space)
    for i in range(steps):
        if given is not None:
            action = given[i]
        else:
            assert actor is not None
            (action,) = actor.act([observation], np.zeros(1, np.intp))
        observation, _, terminated, truncated, _ = env.step(action)
        if (terminated or truncated) and i < steps - 1:
            observation, _ = env.reset()


def _plan(spec: EnvSpec, policy: Policy, seed: int, steps: int) -> list[Any]:
    """The actions of a policy in a native rollout, which are the same in a single environment."""
    envs = make_batch(spec, 1, "same_step", 1)
    envs.reset(seed=seed)
    if steps == 0:
        return []
    actions: Any = envs.rollout(policy, steps, record=["actions"]).actions
    if isinstance(actions, tuple):
        return list(zip(*(part[:, 0] for part in actions), strict=True))
    return list(actions[:, 0])
