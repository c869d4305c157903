"""A real Chromium for the tests of pages."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    binary, executable = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and executable):
        pytest.skip("Chromium and its driver are not here")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SE_AVOID_STATS", "true")
        patch.setenv("SE_OFFLINE", "true")
        service = webdriver.ChromeService(executable_path=executable, env=dict(os.environ))
        driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(120)  # axe-core on a busy machine
    yield driver
    driver.quit()


@pytest.fixture
def opened(chromium: Any, folder: Path) -> Iterator[Callable[..., Any]]:
    """Open a page; at the end no console message and no request beyond the folder."""
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.get_log("performance")

    def open_page(page: str = "index.html", *, width: int = 1280, dark: bool = False) -> Any:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},  # a click must not miss
        ]
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        chromium.get((folder / page).as_uri())
        return chromium

    yield open_page
    assert chromium.get_log("browser") == []
    requests = requested(chromium)
    assert requests
    inside = folder.as_uri() + "/"
    assert [url for url in requests if not url.startswith((inside, "data:"))] == []


def requested(chromium: Any) -> list[str]:
    messages = [
        json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")
    ]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
