"""The pictures of notebooks: small, well-formed, of the present states."""

from __future__ import annotations

import struct
import time
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from contract_helpers import action_tape, make, make_vec

import plyo

pytestmark = pytest.mark.tasks("drawn")

SVG = "{http://www.w3.org/2000/svg}svg"


def elements(html: str) -> list[Any]:
    """The pictures of a representation, which has to be well-formed."""
    root = ElementTree.fromstring(html.replace("<br>", "<br/>"))
    return [e for e in root.iter() if e.tag in (SVG, "svg")]


def decoded(png: bytes) -> Any:
    """The pixels of a PNG without filters."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    at, data = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        chunk = png[at + 4 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(chunk)
        data += chunk[4:] if kind == b"IDAT" else b""
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, 1 + 3 * width)
    assert (rows[:, 0] == 0).all()
    return rows[:, 1:].reshape(height, width, 3)


def test_one_environment(task_id: str) -> None:
    env = make(task_id)
    assert "not reset yet" in env._repr_html_()
    assert elements(env._repr_html_()) == []
    assert env._repr_png_() is None
    env.reset(seed=0)
    for action in action_tape(task_id, 3, 1)[:, 0]:
        *_, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
    html = env._repr_html_()
    assert len(elements(html)) == 1
    # the first picture is shown whatever its size: CarRacing's has its whole track
    assert len(html.encode()) < 50_000 or (len(elements(html)) == 1 and len(html.encode()) < 100_000)
    assert task_id in html
    assert f"step {env.unwrapped._engine.elapsed_steps(0)}" in html
    assert decoded(env._repr_png_()).tobytes() == env.render(size=env._engine.picture_size()).tobytes()
    env.close()
    assert env._repr_html_() is None
    assert env._repr_png_() is None


def test_batches(task_id: str) -> None:
    envs = make_vec(task_id, 40)
    envs.reset(seed=0)
    html = envs._repr_html_()
    assert 1 <= len(elements(html)) <= 16
    # the first picture is shown whatever its size: CarRacing's has its whole track
    assert len(html.encode()) < 50_000 or (len(elements(html)) == 1 and len(html.encode()) < 100_000)
    assert "40 environments" in html
    assert decoded(envs._repr_png_()).tobytes() == envs.render_grid(range(16)).tobytes()
    best = min(_seconds(envs._repr_html_) for _ in range(5))
    assert best < 0.1  # 20 ms on a quiet machine
    # lanes that were never reset are left out
    some = make_vec(task_id, 3)
    some.reset(seed=0, options={"reset_mask": np.array([False, True, False])})
    assert len(elements(some._repr_html_())) == 1
    assert decoded(some._repr_png_()).tobytes() == some.render_grid([1]).tobytes()


def _seconds(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_titles_are_escaped() -> None:
    class Odd(plyo.envs.classic_control.CartPoleEnv):  # type: ignore[misc]
        pass

    Odd.__name__ = "<b>&"
    env = Odd()
    env.reset(seed=0)
    assert "&lt;b&gt;&amp;" in env._repr_html_()
    assert len(elements(env._repr_html_())) == 1


@pytest.mark.parametrize("task_id", ["CartPole-v1"])
def test_sixteen_cart_poles_fit(task_id: str) -> None:
    envs = plyo.make_vec(task_id, 16)
    envs.reset(seed=0)
    assert len(elements(envs._repr_html_())) == 16
