"""Steps in vector lanes in place of MuJoCo's own, where they are known to have its bits.

What a pack of lanes computes is ``cpp/physics3d``. It is used where the build of libmujoco is known
(:mod:`plyo.mujoco.dialects`), the model is one that packs can step (:mod:`plyo.mujoco.eligibility`), and the two have
been stepped side by side without a difference (:mod:`plyo.mujoco.lane_trials`). MuJoCo takes all other steps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plyo import logger
from plyo._native import MujocoLanes, MujocoModel
from plyo.mujoco.dialects import DIALECTS, find_dialect, guess_dialect
from plyo.mujoco.eligibility import find_refusal
from plyo.mujoco.lane_constants import lane_arrays, lane_numbers
from plyo.mujoco.lane_trials import SUBSTEPS, make_trials
from plyo.mujoco.library import callbacks_set, mujoco_version
from plyo.mujoco.tuning import fingerprint

#: What users may ask for.
Wish = bool | str


@dataclass(frozen=True)
class Acceleration:
    """Whether the environments of a batch are stepped in packs of vector lanes, and how many steps were.

    Attributes:
        is_on: Whether they are.
        reason: Why not; empty where they are.
        dialect: The orders of operations of the installed libmujoco, by the first release that had them; empty where
            that is not known.
    """

    is_on: bool
    reason: str = ""
    dialect: str = ""
    _lanes: MujocoLanes | None = field(default=None, repr=False, compare=False)

    @property
    def substeps(self) -> int:
        """Substeps of single environments that packs have taken so far."""
        return 0 if self._lanes is None else int(self._lanes.counts()["in_packs"])

    @property
    def escaped_substeps(self) -> int:
        """Those that packs have left to MuJoCo so far: the rest of a step after an escape."""
        return 0 if self._lanes is None else int(self._lanes.counts()["by_mujoco"])

    @property
    def escapes(self) -> dict[str, int]:
        """How often a pack has left an environment's step to MuJoCo, by the reason."""
        return {} if self._lanes is None else dict(self._lanes.counts()["escapes"])

    def __bool__(self) -> bool:
        return self.is_on

    def __str__(self) -> str:
        return f"on (MuJoCo's orders since {self.dialect})" if self.is_on else f"off: {self.reason}"


def check_wish(wish: Any) -> None:
    """Raises unless it is an argument ``acceleration``.

    Raises:
        ValueError: It is not.
    """
    if not isinstance(wish, bool) and wish != "auto":
        raise ValueError(f"acceleration must be True, False or 'auto', got {wish!r}")


def accelerate(
    stock: Any,
    wish: Wish,
    path: str,
    wrap: Callable[[Any], MujocoModel],
    *,
    tuned: bool | None = None,
    steps_in_packs: bool = True,
) -> tuple[Acceleration, MujocoLanes | None]:
    """Finds out whether packs step a model, and makes what steps them.

    Args:
        stock: The ``mujoco.MjModel`` as its file has it.
        wish: Whether the user wants it; ``"auto"`` where it is known to have MuJoCo's bits. True also with a build of
            libmujoco that is not known, if the comparison finds no difference.
        path: The model's file, for messages.
        wrap: Makes what steps a model with MuJoCo, for the comparison.
        tuned: Whether a faster copy of the model may be stepped; False leaves ``"auto"`` to MuJoCo.
        steps_in_packs: Whether the task can be stepped so.

    Raises:
        ValueError: True was asked for, and packs cannot step the task or the model.
    """
    if wish is False:
        return Acceleration(False, "acceleration=False"), None
    if wish == "auto" and tuned is False:
        return Acceleration(False, "tuned=False"), None
    reason = find_refusal(stock) if steps_in_packs else "the task is not one for vector lanes"
    if reason is not None:
        if wish is True:
            raise ValueError(f"acceleration=True cannot step {path} in vector lanes: {reason}")
        return Acceleration(False, reason), None
    if callbacks_set():
        return Acceleration(False, f"the callback {callbacks_set()[0]} is set"), None
    dialect = find_dialect()
    if dialect is None and wish is not True:
        _note_unknown_build()
        return Acceleration(False, _unknown_build()), None
    name = dialect or guess_dialect()
    with _lock:
        key = (mujoco_version(), fingerprint(stock), name)
        if key not in _known:
            if len(_known) >= _MOST_KNOWN:
                del _known[next(iter(_known))]
            _known[key] = _compare(stock, name, path, wrap)
        reason = _known[key]
    if reason:
        return Acceleration(False, reason), None
    lanes = make_lanes(stock, name)
    return Acceleration(True, dialect=name, _lanes=lanes), lanes


_lock = threading.Lock()
#: By version, content and dialect: why packs do not step it, empty where they do.
_known: dict[tuple[str, bytes, str], str] = {}
_MOST_KNOWN = 256
#: No difference, and no reason to trust the lanes either: their use would be none.
NOTHING_COMPARED = "the packs left every step of the comparison to MuJoCo"
_noted: set[str] = set()


def make_lanes(model: Any, dialect: str, isa: str = "") -> MujocoLanes:
    """What steps lanes of a model in packs.

    Args:
        model: The ``mujoco.MjModel``.
        dialect: The orders of operations, a key of :data:`plyo.mujoco.dialects.DIALECTS`.
        isa: The instruction set, as ``PLYO_ISA`` names it; empty for the one in use.

    Raises:
        ValueError: The model is too large, or this machine has no such instruction set.
    """
    return MujocoLanes(numbers=lane_numbers(model, DIALECTS[dialect]), arrays=lane_arrays(model), isa=isa)


def find_difference(model: Any, lanes: MujocoLanes, native: MujocoModel, seed: int = 0) -> str:
    """Compares packs with MuJoCo.

    Returns:
        The first quantity that differs, and where; empty without a difference.

    Raises:
        RuntimeError: MuJoCo fails with the model.
    """
    trials = make_trials(model, seed)
    few = trials[:: len(trials.starts) // 24 or 1]
    for single, some in ((False, trials), (True, few)):
        difference, compared, _ = native.compare_lanes([lanes], some.starts, some.controls, SUBSTEPS, single)
        if difference:
            return str(difference)
        if not compared:
            return NOTHING_COMPARED
    return ""


def _compare(stock: Any, dialect: str, path: str, wrap: Callable[[Any], MujocoModel]) -> str:
    """Why packs do not step a model."""
    try:
        lanes = make_lanes(stock, dialect)
    except ValueError as e:
        return f"the model is not one for vector lanes: {e}"
    try:
        difference = find_difference(stock, lanes, wrap(stock))
    # a model with which MuJoCo itself fails is no matter of ours
    except RuntimeError as e:
        return f"MuJoCo fails with the model in the comparison: {e}"
    if difference == NOTHING_COMPARED:
        return difference
    if difference:
        logger.warn(
            "Vector lanes do not step %s like MuJoCo %s: %s. MuJoCo itself steps it, which is slower; "
            "`acceleration=False` does so without this warning.",
            *(path, mujoco_version(), difference),
            stacklevel=4,
        )
        return f"it steps unlike MuJoCo: {difference}"
    return ""


def _unknown_build() -> str:
    return f"MuJoCo {mujoco_version()} is not one of the builds whose bits vector lanes are known to have"


def _note_unknown_build() -> None:
    """Says so once in a process."""
    if mujoco_version() not in _noted:
        _noted.add(mujoco_version())
        logger.warn(
            "%s: MuJoCo itself takes all steps, which is slower. `acceleration=True` compares the two, and uses them "
            "where no bit differs; `acceleration=False` does without this message.",
            _unknown_build(),
            stacklevel=4,
        )
