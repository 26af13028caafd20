"""A real browser for the tests, with the patience of a reader at a slow machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 180_000
"""Milliseconds: the first answer of a server reads the whole law, on whatever machine this is."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The foreign page of a test is not on this machine, the service is; browsers ask a person before they allow that.
    "--disable-features=LocalNetworkAccessChecks",
]


def launched() -> Iterator[Browser]:
    """The browser of a module; what is expected of its pages may come as late as PATIENCE."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def reader(browser: Browser, **options: Any) -> BrowserContext:
    """A reader of their own: no cookie, no cache of another's; `options` as Playwright's `new_context` takes them."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    return context
