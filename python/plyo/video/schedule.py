"""The episodes that are recorded by default."""

from __future__ import annotations


def capped_cubic_video_schedule(episode_id: int) -> bool:
    """Whether an episode is recorded by default: 0, 1, 8, 27, ..., 729, then 1000, 2000, 3000, ...

    Args:
        episode_id: The number of the episode, from 0.
    """
    if episode_id < 1000:
        root: int = round(episode_id ** (1 / 3))
        return root**3 == episode_id
    return episode_id % 1000 == 0
