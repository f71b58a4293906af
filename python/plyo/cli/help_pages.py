"""The pages of ``--help``: plain words for types, paragraphs that fill their width, and examples."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

__all__ = ["HelpedCommand", "HelpedGroup", "unwrapped"]

#: Of each command, by its name; of the program itself under the empty one.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "": (
        "plyo train CartPole-v1",
        "plyo record CartPole-v1 --policy CartPole-v1.npz -o cartpole.mp4",
        "plyo play MountainCar-v0",
        "plyo info",
    ),
    "list": (
        "plyo list",
        "plyo list mujoco",
        "plyo list 'CartPole*'",
        "plyo list my_module:",
        "plyo list --json",
    ),
    "info": ("plyo info", "plyo info --json > info.json"),
    "doctor": ("plyo doctor",),
    "rollout": (
        "plyo rollout CartPole-v1",
        "plyo rollout CartPole-v1 --policy CartPole-v1.npz --seed 0",
        "plyo rollout my_module:My-v0 --num-envs 8 --steps 1000 --json",
    ),
    "show": (
        "plyo show Taxi-v4",
        "plyo show CartPole-v1 --output cartpole.png --size 800x1200",
        "plyo show CartPole-v1 --policy CartPole-v1.npz --steps 200",
    ),
    "new": ("plyo new point_mass", "plyo new point_mass --scene", "plyo new point_mass --scene --wheel"),
    "check": ("plyo check point_mass.hpp", "plyo check point_mass.hpp --compiler ziglang"),
    "cache": ("plyo cache", "plyo cache --clear"),
    "play": ("plyo play MountainCar-v0", "plyo play FrozenLake-v1 --terminal --seed 3"),
    "record": (
        "plyo record CartPole-v1 -o random.gif",
        "plyo record CartPole-v1 --policy CartPole-v1.npz --episodes 3 -o cartpole.mp4",
    ),
    "train": (
        "plyo train CartPole-v1",
        "plyo train FrozenLake-v1 --seed 0 --plot curve.png --video lake.gif",
        "plyo train Pendulum-v1 --generations 300 --log runs/pendulum",
        "plyo train Pendulum-v1 --algo ppo --output pendulum.npz",
    ),
    "bench": (
        "plyo bench --quick",
        "plyo bench CartPole-v1 Pendulum-v1 --threads 1,2 --json rates.json --plot rates.png",
    ),
}


class HelpedCommand(TyperCommand):
    """A command whose ``--help`` ends with examples and has no type where there is nothing to write."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters."""
        return _plain(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Prints the page."""
        super().format_help(ctx, formatter)
        _print_examples(self.name or "")


class HelpedGroup(TyperGroup):
    """The program itself, likewise."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters."""
        return _plain(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Prints the page."""
        super().format_help(ctx, formatter)
        _print_examples("")


def unwrapped(text: str | None) -> str:
    """A docstring whose paragraphs are one line each, which the page breaks at its own width."""
    paragraphs = (text or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).strip()


def _plain(params: Any) -> Any:
    """Takes the types of flags and arguments away: a flag takes no value, an argument has its name."""
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
        elif param.param_type_name == "argument":
            # newer versions of Typer add the Python type
            vars(param).update(display_type_rich=lambda ctx: None)
    return params


def _print_examples(name: str) -> None:
    typer.echo("Examples:" if len(EXAMPLES[name]) > 1 else "Example:")
    for example in EXAMPLES[name]:
        typer.echo(f"  {example}")
