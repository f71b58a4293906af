"""The machine and the software of a measurement."""

from __future__ import annotations

import platform
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

import numpy as np

from plyo import _native

_PEERS = ("gymnasium", "envpool")

# AMD's cores by family and first and last model.
_AMD_CORES = (
    (23, 0x00, 0x2F, "zen1"),
    (23, 0x30, 0xFF, "zen2"),
    (25, 0x10, 0x1F, "zen4"),
    (25, 0x60, 0x7F, "zen4"),
    (25, 0xA0, 0xAF, "zen4"),
    (25, 0x00, 0xFF, "zen3"),
    (26, 0x00, 0xFF, "zen5"),
)
# Words that do not distinguish CPUs.
_FILLER = re.compile(
    r"\((r|tm)\)|@.*|\b(cpu|processor|with|radeon|graphics|genuine|virtual|\d+-core|\d+-bit)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Machine:
    """A machine and the software on it.

    Attributes:
        name: A label such as ``"amd-epyc-zen4-2c"``: the kind of processor and how many cores this process may use.
        cpu: The processor's own name.
        cores: The processors that this process may use.
        instruction_set: The instruction set of Plyo's kernels.
        system: The operating system and architecture.
        plyo: The version of Plyo.
        commit: The git commit of Plyo's source tree, with ``+`` if the tree has changes; None outside of one.
        compiler: The compiler of Plyo's extension module, None if unknown.
        python: The version of Python.
        numpy: The version of NumPy.
        peers: The versions of the installed peers.
        date: The time of the measurement, UTC.
    """

    name: str
    cpu: str
    cores: int
    instruction_set: str
    system: str
    plyo: str
    commit: str | None
    compiler: str | None
    python: str
    numpy: str
    peers: dict[str, str]
    date: str


def describe_machine(source: Path | None = None) -> Machine:
    """Describes this machine.

    Args:
        source: The root of Plyo's source tree; None finds it if the package is imported from one.
    """
    cpu = _cpu_fields()
    model = cpu.get("model name") or platform.processor() or platform.machine()
    cores = _native.available_threads()
    return Machine(
        name=machine_label(model, _integer(cpu.get("cpu family")), _integer(cpu.get("model")), cores),
        cpu=model,
        cores=cores,
        instruction_set=_native.isa(),
        system=f"{platform.system()} {platform.machine()}",
        plyo=_native.__version__,
        commit=_commit(source or Path(__file__).resolve().parents[3]),
        compiler=getattr(_native, "__compiler__", None),
        python=platform.python_version(),
        numpy=np.__version__,
        peers=_peer_versions(),
        date=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M"),
    )


def machine_label(model: str, family: int, number: int, cores: int) -> str:
    """A name for machines of this kind.

    Args:
        model: The processor's name, such as ``"AMD EPYC"``.
        family: Its family, as /proc/cpuinfo has it; 0 if unknown.
        number: Its model number.
        cores: The number of cores.
    """
    parts = [re.sub(r"[^a-z0-9]+", "-", _FILLER.sub(" ", model).lower()).strip("-") or "unknown"]
    if "amd" in parts[0]:
        parts += [core for f, low, high, core in _AMD_CORES if f == family and low <= number <= high][:1]
    return "-".join([*parts, f"{cores}c"])


def _cpu_fields() -> dict[str, str]:
    """The first processor of /proc/cpuinfo; empty without that file."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.split("\n\n")[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}


def _integer(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def _commit(source: Path) -> str | None:
    """The commit of a source tree of Plyo."""
    if not (source / ".git").exists() or not (source / "python" / "plyo").is_dir():
        return None
    git = ["git", "-C", str(source)]
    try:
        commit = subprocess.run(
            [*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        )
        status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.stdout.strip() + ("+" if status.stdout.strip() else "")


def _peer_versions() -> dict[str, str]:
    versions = {}
    for peer in _PEERS:
        try:
            versions[peer] = metadata.version(peer)
        except metadata.PackageNotFoundError:
            continue
    return versions
