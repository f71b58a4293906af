"""Past episodes, simulated again."""

from plyo.basics.array_file import UntrustedFile
from plyo.replay.episode import Ending, ReplayStep
from plyo.replay.replay import Replay

__all__ = ["Ending", "Replay", "ReplayStep", "UntrustedFile"]
