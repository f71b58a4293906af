"""Replays in notebooks: the episode as a film inside the page."""

from __future__ import annotations

import base64
import tempfile
import time
from pathlib import Path

from plyo.basics.notebook_parts import box
from plyo.error import Error
from plyo.replay.episode import Episode
from plyo.replay.films import DrawnReplay, is_native
from plyo.video.apng import ApngWriter

#: How wide a film is in pixels, how many pictures it has at most, and how long it is drawn, in seconds.
_WIDTH, _MAX_FRAMES, _SECONDS = 300, 100, 1.0
#: No page should be larger than this because of a film, in bytes.
_MAX_BYTES = 1_000_000
#: The steps that are simulated at most.
_MAX_STEPS = 5000


def replay_html(replay: Episode, length: int) -> str | None:
    """A replay as an animated PNG under its facts; None for what is drawn by Python code or not at all.

    A long episode has fewer pictures than steps, and the film ends where a second of drawing or its size is over. An
    episode that cannot be simulated has the reason in place of the film.
    """
    shown = min(length, _MAX_STEPS)
    every = -(-(shown + 1) // _MAX_FRAMES)
    facts = [] if every == 1 else [f"one picture for {every} steps"]
    try:
        if not is_native(replay._spec):
            return None
        with DrawnReplay(replay, None, None) as drawn:
            body, last = _film(drawn, every, shown)
    except NotImplementedError:
        return None
    except (Error, ImportError, TypeError, ValueError) as e:
        return box(repr(replay), [f"cannot be shown: {e}"], "")
    if last + every <= length:
        facts.append(f"the film ends at step {last}")
    return box(repr(replay), facts, body)


def _film(drawn: DrawnReplay, every: int, shown: int) -> tuple[str, int]:
    """The film as HTML, and the last step in it."""
    start, last = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.png"
        writer = None
        try:
            for last, picture in drawn.some_pictures(_WIDTH, every):
                if writer is None:
                    # no faster than screens, no slower than eyes like
                    fps = min(30.0, max(4.0, drawn.fps / every))
                    writer = ApngWriter(str(path), (picture.shape[1], picture.shape[0]), fps)
                writer.write(picture)
                late = time.monotonic() - start > _SECONDS
                if last + every > shown or late or writer.nbytes > _MAX_BYTES:
                    break
        finally:
            if writer is not None:
                writer.finish()
        data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<div><img alt="the episode" src="data:image/png;base64,{data}"/></div>', last
