"""Takes the README's pictures of the page: ``python docs/img/shoot.py http://localhost:3000`` in front of a running service."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
ARTICLE = HERE.parents[1] / "labels/data/seeds/003_0745e370c114ee04.txt"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(address: str) -> None:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=shutil.which("chromium"))
        for scheme in SCHEMES:
            shoot(chromium, address, scheme, HERE / f"page-{scheme}.png")
        chromium.close()


def shoot(chromium: Browser, address: str, scheme: Literal["light", "dark"], path: Path) -> None:
    """Write the page's result for the seed article, one sentence explained."""
    tab = chromium.new_page(color_scheme=scheme, viewport={"width": 1120, "height": 880})
    tab.goto(address)
    tab.get_by_label("Article", exact=True).fill(ARTICLE.read_text(encoding="utf-8"))
    tab.get_by_role("button", name="Score").click()
    tab.locator(".sentence", has_text="form an anti-Western axis").click()
    tab.locator(".words li").first.wait_for()
    tab.locator("#result").evaluate("result => scrollTo(0, result.offsetTop)")
    tab.mouse.move(0, 0)
    tab.screenshot(path=path)
    tab.close()


if __name__ == "__main__":
    main(sys.argv[1])
