"""What is in the way of readers with disabilities, or of a narrow window."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def accessibility_faults(tab: Page, path: str, width: int) -> list[str]:
    """axe's faults on the page that is shown, and whether it is wider than the window.

    Args:
        tab: shows the page.
        path: names it in the faults.
        width: of the window, in pixels.
    """
    faults = [
        f"{path}: {fault['id']}: {fault['nodes'][0]['html'][:150]}"
        for fault in Axe().run(tab).response["violations"]
    ]
    if tab.evaluate("document.documentElement.scrollWidth") > width:
        faults.append(f"{path}: wider than the window")
    return faults
