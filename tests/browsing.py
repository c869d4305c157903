"""What tests of pages do in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def press(chromium: Any, *keys: str) -> None:
    webdriver = pytest.importorskip("selenium.webdriver")
    webdriver.ActionChains(chromium).send_keys(*keys).perform()


def find(chromium: Any, selector: str) -> Any:
    return chromium.find_element("css selector", selector)


def faults_of_accessibility(chromium: Any) -> list[Any]:
    """What axe-core finds on the page: rule, impact and the first places."""
    axe = pytest.importorskip("axe_core_python")
    chromium.execute_script(Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8"))
    found = chromium.execute_async_script(
        "const done = arguments[0]; axe.run().then(r => done(r.violations), e => done(String(e)))"
    )
    return [
        (fault["id"], fault["impact"], [node["html"][:160] for node in fault["nodes"][:3]])
        for fault in found
    ]


def await_charts(chromium: Any) -> None:
    chromium.execute_async_script(
        "const done = arguments[0]; const wait = () => document.documentElement.dataset.charts"
        " ? done() : setTimeout(wait, 20); wait();"
    )
