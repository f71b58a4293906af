"""Episodes that are over, simulated again to be looked at."""

from plyo.replay.replay import Ending, Replay, ReplayStep

__all__ = ["Ending", "Replay", "ReplayStep"]
