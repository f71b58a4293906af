"""Looks at the built docs site in a headless Chromium, and writes pictures at the widths of a desktop and a phone.

    python scripts/look_at_site.py build/site docs/pictures/site

Fails if a page is wider than the screen, if the browser reports an error, or if the search finds nothing. Needs
`pip install playwright pillow` and a Chromium: that of the system, or `playwright install chromium`.
"""

from __future__ import annotations

import functools
import http.server
import io
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

SCREENS = {"desktop": (1280, 800), "phone": (390, 844)}
PAGES = {"home": "", "task": "environments/classic_control/cart_pole/", "reference": "api/vector/"}
WORDS = ("autoreset", "LunarLander", "num_threads")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server of files that logs nothing."""

    def log_message(self, *args: Any) -> None:
        """Logs nothing."""


def save(png: bytes, path: Path) -> None:
    """Writes a screenshot in 64 colours, which text and drawings do with."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def look(browser: Any, address: str, folder: Path) -> list[str]:
    """Takes the pictures; returns what is wrong."""
    wrong: list[str] = []
    for screen, (width, height) in SCREENS.items():
        page = browser.new_page(viewport={"width": width, "height": height})
        page.on("pageerror", lambda error: wrong.append(f"an error in the browser: {error}"))
        for name, path in PAGES.items():
            page.goto(address + path, wait_until="load")
            page.wait_for_timeout(500)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wrong.append(f"/{path} is wider than {width} pixels")
            save(page.screenshot(), folder / f"{name}_{screen}.png")
        page.close()
    page = browser.new_page(viewport=dict(zip(("width", "height"), SCREENS["desktop"], strict=True)))
    for word in WORDS:
        page.goto(address)
        page.fill(".md-search__input", word)
        try:
            page.wait_for_selector(".md-search-result__item", timeout=20_000)
        except Exception as e:  # of playwright, of which there are several
            wrong.append(f"the search finds no {word}: {e}")
    save(page.screenshot(), folder / "search_desktop.png")
    return wrong


def main() -> int:
    """Serves the site and looks at it."""
    site, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        own = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=own, args=["--no-sandbox"])
        wrong = look(browser, f"http://127.0.0.1:{server.server_port}/", folder)
        browser.close()
    server.shutdown()
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
