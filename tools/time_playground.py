"""Times the playground of a built site in Chromium: bytes loaded, first findings, later ones.

Every example is opened in a browser that has loaded nothing yet, and then checked five times more.
Needs the packages and the Chromium that the tests need.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import shutil
import statistics
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def time_example(browser: Browser, root: str, example: str) -> tuple[int, float, list[float]]:
    """Bytes that the playground loads, and seconds to the first findings and to later ones."""
    context = browser.new_context()
    page = context.new_page()
    loaded: list[int] = []

    def count(response: Response) -> None:
        if "/playground/" in response.url and "?" not in response.url:
            loaded.append(int(response.headers.get("content-length", "0")))

    page.on("response", count)
    start = time.perf_counter()
    page.goto(f"{root}playground/?example={example}", wait_until="commit")
    page.wait_for_selector(".status[data-checked]")
    first = time.perf_counter() - start
    later = []
    for _ in range(5):
        number = int(page.get_attribute(".status", "data-checked") or 0)
        start = time.perf_counter()
        page.click("button.check")
        page.wait_for_selector(f'.status[data-checked="{number + 1}"]')
        later.append(time.perf_counter() - start)
    context.close()
    return sum(loaded), first, later


def main(site: Path) -> None:
    handler = functools.partial(_Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_port}/"
    examples = sorted(file.name for file in (site / "playground" / "examples").iterdir())
    sizes, firsts, laters = [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for example in examples:
            size, first, later = time_example(browser, root, example)
            sizes.append(size)
            firsts.append(first)
            laters += later
        browser.close()
    server.shutdown()
    print(f"{len(examples)} examples")
    print(f"bytes loaded    {min(sizes):,} to {max(sizes):,}")
    for name, values in (("first findings", firsts), ("later findings", laters)):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"{name}  {low:.2f} s least, {middle:.2f} s median, {high:.2f} s most")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path, help="folder of a built site")
    main(parser.parse_args().site)
