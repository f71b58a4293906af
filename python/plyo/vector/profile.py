"""Where the time of a batch goes: the counters of :meth:`plyo.vector.NativeVectorEnv.profile`."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plyo._native import Engine

__all__ = ["PHASES", "UNMEASURED", "Profile"]

#: What threads do in native code.
PHASES = {
    "actions": "actions are copied and checked",
    "kernel": "the task's own steps",
    "episodes": "time limits, returns, ends of episodes",
    "resets": "resets, in steps or asked for",
    "observations": "observations are written",
    "infos": "infos and statistics are written",
    "wrappers": "native wrappers of a rollout",
    "policy": "a native policy chooses actions",
    "records": "a rollout records what it is to return",
    "waiting": "a thread has nothing to do",
}
#: What there is in place of a table if a block had short calls only, and too few of them.
UNMEASURED = "none of these calls was measured: one of many short calls is, so profile more of them"


class Profile:
    """Where the time of a batch goes, in a ``with`` block. Everything can be read in the block and after it.

    Short calls and the steps of rollouts are measured one in 17 times, or in 127 where they take less than a
    microsecond, so that measuring costs little; the numbers stand for all of them.

    Args:
        engine: The batch in native code.
    """

    def __init__(self, engine: Engine) -> None:
        self._start, self._stop, self._count = engine.start_profile, engine.stop_profile, engine.read_profile
        self._has_begun = False
        self._reading: dict[str, Any] | None = None  # what there was at the end

    def __enter__(self) -> Profile:
        """Begins to count.

        Raises:
            RuntimeError: The block has begun before, or another profile of the batch counts, or another thread uses
                the batch.
        """
        if self._has_begun:
            raise RuntimeError("a profile counts once: take another one with envs.profile()")
        self._start()
        self._has_begun = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends to count."""
        self._stop()
        self._reading = self._count()

    def read(self) -> dict[str, Any]:
        """All numbers at once, as a dictionary: ``elapsed``, ``native``, ``num_calls``, ``num_steps``, ``phases``.

        Raises:
            RuntimeError: The block has not begun.
        """
        if not self._has_begun:
            raise RuntimeError("the profile has not begun: write `with envs.profile() as profile:`")
        return self._count() if self._reading is None else self._reading

    @property
    def elapsed(self) -> float:
        """The wall clock's time since the beginning, in seconds."""
        return float(self.read()["elapsed"])

    @property
    def native(self) -> float:
        """The part of it in calls of the native engine, in seconds."""
        return float(self.read()["native"])

    @property
    def outside(self) -> float:
        """The rest of it, in seconds: your own code, Python, and arrays that are made and converted."""
        return _outside(self.read())

    @property
    def num_calls(self) -> int:
        """The calls of the engine: steps, rollouts, resets."""
        return int(self.read()["num_calls"])

    @property
    def num_steps(self) -> int:
        """The steps of single environments."""
        return int(self.read()["num_steps"])

    @property
    def phases(self) -> dict[str, float]:
        """The seconds that threads spent in each phase, all threads together; :data:`PHASES` explains their names."""
        return dict(self.read()["phases"])

    def rows(self) -> list[tuple[str, str, str, str]]:
        """The lines of a table: a name, seconds, a share, an explanation. Phases without time are left out."""
        reading = self.read()
        elapsed = max(reading["elapsed"], 1e-12)
        outside = _outside(reading)
        table = [
            ("outside", f"{outside:.3f}", _percent(outside / elapsed), "your code, Python, new arrays"),
            (
                "native",
                f"{reading['native']:.3f}",
                _percent(reading["native"] / elapsed),
                "in the engine; of it:",
            ),
        ]
        total = max(sum(reading["phases"].values()), 1e-12)
        for name, explanation in PHASES.items():
            seconds = reading["phases"][name]
            if seconds > 0:
                table.append((f"  {name}", f"{seconds:.3f}", _percent(seconds / total), explanation))
        return table

    def __str__(self) -> str:
        """The table as text."""
        reading = self.read()
        steps = reading["num_steps"]
        head = f"{reading['elapsed']:.3f} s, {reading['num_calls']} calls, {steps} steps"
        if steps:
            head += f", {1e9 * reading['elapsed'] / steps:.4g} ns a step"
        if reading["num_calls"] and not reading["native"]:
            return f"{head}\n{UNMEASURED}"
        lines = [
            f"{name:<14} {seconds:>9} s {share:>7}  {explanation}"
            for name, seconds, share, explanation in self.rows()
        ]
        return "\n".join([head, *lines])


def _outside(reading: dict[str, Any]) -> float:
    return max(0.0, float(reading["elapsed"] - reading["native"]))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
