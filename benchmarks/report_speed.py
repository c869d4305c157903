"""How long a benchmark's report takes to write, and its pages to open and to step.

    python benchmarks/report_speed.py [--images 70 700] [--keep FOLDER]

Made-up photographs of 800 x 600 px with fixations of 15 observers are scored for eight models, four
of them folders of PNG maps. For each number of images it prints the wall time and the peak memory
of ``foveola report`` in a process of its own, then, in headless Chromium, how long each kind of
page takes from its request to the last chart (median and largest of five), and a step to another
image. Whatever lies in FOLDER from an earlier call is not made again.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from foveola import data_schema as ds
from foveola.benchmark import score_models

WIDTH, HEIGHT, OBSERVERS, FIXATIONS = 800, 600, 15, 10
OPENINGS = 5


def smooth(rng: np.random.Generator, *channels: int) -> np.ndarray:
    """A smooth random picture, 0 to 255."""
    coarse = ndimage.gaussian_filter(
        rng.random((60, 80, *channels)), (2, 2, *([0] * len(channels)))
    )
    values = ndimage.zoom(coarse, (10, 10, *([1] * len(channels))), order=1)
    return np.asarray(255 * (values - values.min()) / np.ptp(values), np.uint8)


def make(folder: Path, images: int) -> Path:
    """Photographs, fixations, four folders of maps, and the scores of eight models."""
    scores = folder / "scores.csv"
    if scores.exists():
        return scores
    rng = np.random.default_rng(1)
    photographs = folder / "photographs"
    photographs.mkdir(parents=True, exist_ok=True)
    stimuli = []
    for i in range(images):
        path = photographs / f"{i:04}.jpg"
        Image.fromarray(smooth(rng, 3)).save(path, quality=85)
        stimuli.append(ds.image_stimulus(path, relative_to=folder))
    for model in range(4):
        maps = folder / f"model-{model}"
        maps.mkdir(exist_ok=True)
        for i in range(images):
            Image.fromarray(smooth(rng)).save(maps / f"{i:04}.png")
    table = np.zeros(images * OBSERVERS * FIXATIONS, ds.STIMULUS_FIXATION_DTYPE)
    table["stimulus"] = np.repeat(np.arange(images), OBSERVERS * FIXATIONS)
    table["observer"] = np.tile(np.repeat(np.arange(OBSERVERS), FIXATIONS), images)
    table["order"] = np.tile(np.arange(FIXATIONS), images * OBSERVERS)
    table["onset_s"], table["duration_s"] = 0.3 * table["order"], 0.25
    table["x_px"] = np.clip(rng.normal(WIDTH / 2, WIDTH / 6, len(table)), 0, WIDTH - 1)
    table["y_px"] = np.clip(rng.normal(HEIGHT / 2, HEIGHT / 6, len(table)), 0, HEIGHT - 1)
    observers = tuple(f"{i:02}" for i in range(OBSERVERS))
    info = ds.SetInfo(name="made", px_per_deg=24)
    made = ds.fixation_set(info, tuple(stimuli), observers, table, ds.provenance(seed=1), folder)
    ds.write_fixation_set(folder / "fixations.h5", made)
    names = ["gold-standard", "centre-bias", "uniform", "itti-koch"]
    names += [str(folder / f"model-{i}") for i in range(4)]
    score_models(folder / "fixations.h5", names, scores, workers=2)
    return scores


def write(file: Path, report: Path) -> None:
    """Write a report in a process of its own; print its wall time and peak memory."""
    begin = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    command = [sys.executable, "-m", "foveola.command_line", "report", str(file), "-o", str(report)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    peak_text = f"{peak / 1024:.0f} MB" if peak > before else f"no more than {before / 1024:.0f} MB"
    print(f"  {report.name}: written in {time.monotonic() - begin:.1f} s, peak {peak_text}")


def browser() -> Any:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1920,1080"):
        options.add_argument(word)
    options.add_argument("--disable-background-networking")
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


WAIT = """
const done = arguments[arguments.length - 1];
const wait = () => {
  const charts = document.querySelector("[data-figure]");
  const drawn = !charts || document.documentElement.dataset.charts;
  const seen = [...document.images].filter(i => i.loading !== "lazy").every(i => i.complete);
  document.readyState === "complete" && drawn && seen ? requestAnimationFrame(() => done()) :
    setTimeout(wait, 5);
};
wait();
"""


def opened_s(chromium: Any, page: Path) -> list[float]:
    times_s = []
    for _ in range(OPENINGS):
        chromium.get("about:blank")
        begin = time.monotonic()
        chromium.get(page.as_uri())
        chromium.execute_async_script(WAIT)
        times_s.append(time.monotonic() - begin)
    return times_s


def stepped_s(chromium: Any, page: Path, steps: int) -> list[float]:
    from selenium import webdriver
    from selenium.webdriver.common.keys import Keys

    chromium.get(page.as_uri())
    times_s = []
    for _ in range(steps):
        chromium.execute_async_script(WAIT)
        address = chromium.current_url
        begin = time.monotonic()
        webdriver.ActionChains(chromium, duration=0).send_keys(Keys.ARROW_RIGHT).perform()
        while chromium.current_url == address:
            time.sleep(0.002)
        chromium.execute_async_script(WAIT)
        times_s.append(time.monotonic() - begin)
    return times_s


def show(what: str, times_s: list[float]) -> None:
    print(f"  {what}: median {np.median(times_s):.3f} s, largest {max(times_s):.3f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, nargs="+", default=[70, 700])
    parser.add_argument("--keep", type=Path, default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = chosen.keep or Path(temporary)
        for images in chosen.images:
            folder = root / str(images)
            print(f"{images} images, 8 models")
            scores = make(folder, images)
            write(scores, folder / "benchmark")
            write(folder / "fixations.h5", folder / "data-set")
            chromium = browser()
            try:
                show("leaderboard opens", opened_s(chromium, folder / "benchmark" / "index.html"))
                model = sorted((folder / "benchmark" / "models").glob("*.html"))[0]
                show("a model opens", opened_s(chromium, model))
                show("the data set opens", opened_s(chromium, folder / "data-set" / "index.html"))
                image = sorted((folder / "benchmark" / "images").glob("*.html"))[0]
                show("an image opens", opened_s(chromium, image))
                show("a step to another image", stepped_s(chromium, image, min(15, images - 1)))
            finally:
                chromium.quit()


if __name__ == "__main__":
    main()
