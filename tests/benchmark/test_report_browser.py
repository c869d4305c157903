"""The report in a real Chromium, opened from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import faults_of_accessibility, find, press
from made_scores import METRICS, made_scores

from foveola.benchmark.report import write_report

webdriver = pytest.importorskip("selenium.webdriver")
pytestmark = pytest.mark.browser

HOSTILE_MODEL = "<img src=x onerror=\"document.title='broken'\">"
HOSTILE_IMAGE = "</script><script>document.title='broken'</script>"
LONG = "long" * 80
RIGHT_TO_LEFT = "شبكة الانتباه"
MODELS = ("gold-standard", "centre-bias", "uniform", "itti-koch")
WIDTHS = (390, 1920)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with hostile names; its folder's name needs quoting in an address."""
    folder = tmp_path_factory.mktemp("report")
    scores = made_scores(
        folder,
        models=(*MODELS, HOSTILE_MODEL, LONG, RIGHT_TO_LEFT),
        stimuli=(HOSTILE_IMAGE, LONG, RIGHT_TO_LEFT, *(f"image {i}.jpg" for i in range(12))),
        dataset=HOSTILE_MODEL,
    )
    return write_report(scores, folder / "a report #1").parent


def column(chromium: Any, index: int) -> list[float]:
    rows = "[...document.querySelectorAll('.board tbody tr')]"
    script = f"return {rows}.map(row => row.cells[{index}].dataset.value)"
    return [float(value) for value in chromium.execute_script(script)]


def sorted_by(chromium: Any) -> list[tuple[str, str]]:
    heads = chromium.find_elements("css selector", "th[aria-sort]")
    return [(head.get_attribute("data-name"), head.get_attribute("aria-sort")) for head in heads]


@pytest.mark.parametrize("page", ["index.html", "images/0001.html", "images/0015.html"])
@pytest.mark.parametrize("width", WIDTHS)
def test_pages_open_fit_and_show_their_pictures(
    opened: Callable[..., Any], page: str, width: int
) -> None:
    chromium = opened(page, width=width)
    page_width, shown = chromium.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth]"
    )
    assert page_width <= shown == width
    broken = chromium.execute_script(
        "for (const i of document.images) i.loading = 'eager';"
        "return Promise.all([...document.images].map(i => i.decode().then(() => '', () => i.src)))"
    )
    assert len(broken) > 5
    assert not any(broken)


def test_hostile_names_are_text(opened: Callable[..., Any]) -> None:
    for page in ("index.html", "images/0001.html"):
        chromium = opened(page)
        assert chromium.title != "broken"
        names = [name.text for name in chromium.find_elements("css selector", ".model .name")]
        assert HOSTILE_MODEL in names
        assert RIGHT_TO_LEFT in names
        assert len(chromium.find_elements("css selector", "script")) == 1
    assert HOSTILE_IMAGE in find(chromium, "h1").text


def test_columns_are_sorted_by_mouse(opened: Callable[..., Any]) -> None:
    chromium = opened()
    assert sorted_by(chromium) == [("IG", "descending")]
    buttons = chromium.find_elements("css selector", ".board th.metric button")
    for i, name in enumerate(METRICS, start=1):
        best_first = name == "KLDiv"  # ascending
        if name != "IG":
            buttons[i - 1].click()
            assert sorted_by(chromium) == [(name, "ascending" if best_first else "descending")]
        values = column(chromium, i)
        assert values == sorted(values, reverse=not best_first)
        assert f"Sorted by {name}" in find(chromium, "#status").text or name == "IG"
        buttons[i - 1].click()
        values = column(chromium, i)
        assert values == sorted(values, reverse=best_first)


def test_columns_are_sorted_by_keyboard(opened: Callable[..., Any]) -> None:
    chromium = opened()
    keys = webdriver.Keys
    chromium.execute_script("document.querySelector('.scroll').focus()")
    press(chromium, keys.TAB, keys.TAB, keys.TAB, keys.ENTER)  # model, IG, AUC
    assert sorted_by(chromium) == [("AUC", "descending")]
    press(chromium, keys.SPACE)
    assert sorted_by(chromium) == [("AUC", "ascending")]
    ranks = [one.text for one in chromium.find_elements("css selector", "tr.model .rank")]
    assert ranks == ["4", "3", "2", "1"]
    back = webdriver.ActionChains(chromium).key_down(keys.SHIFT)
    back.send_keys(keys.TAB, keys.TAB).key_up(keys.SHIFT).perform()
    press(chromium, keys.ENTER)
    assert sorted_by(chromium) == [("model", "ascending")]


def test_keys_step_through_the_images(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0001.html")
    keys = webdriver.Keys

    def at() -> str:
        return str(chromium.current_url.rpartition("/")[2])

    press(chromium, keys.ARROW_LEFT)
    assert at() == "0001.html"
    press(chromium, keys.ARROW_RIGHT)
    assert at() == "0002.html"
    press(chromium, keys.ARROW_RIGHT)
    assert at() == "0003.html"
    press(chromium, keys.ARROW_LEFT)
    assert at() == "0002.html"
    find(chromium, "#next").click()
    assert at() == "0003.html"
    find(chromium, ".brand a").click()
    assert at() == "index.html"


def test_views_are_switched_and_kept_while_stepping(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0002.html")
    keys = webdriver.Keys
    assert find(chromium, "#fixations").is_displayed()
    assert find(chromium, ".under").is_displayed()
    on_top = chromium.execute_script(
        "const b = document.querySelector('.frame .map').getBoundingClientRect();"
        "return document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2).className"
    )
    assert on_top == "map"
    press(chromium, "f", "o")
    assert not find(chromium, "#fixations").is_displayed()
    assert not find(chromium, ".under").is_displayed()
    press(chromium, keys.ARROW_RIGHT)
    assert "/0003.html" in chromium.current_url
    assert not find(chromium, "#fixations").is_displayed()
    assert not find(chromium, "#over-photo").is_selected()
    find(chromium, "#show-fixations").click()
    find(chromium, "#over-photo").click()
    assert find(chromium, "#fixations").is_displayed()
    assert find(chromium, ".under").is_displayed()


def test_one_observer_is_chosen_by_keyboard(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0001.html")
    dots = chromium.find_elements("css selector", "#fixations circle")
    assert sum(dot.is_displayed() for dot in dots) == 12
    find(chromium, "#observer").send_keys(webdriver.Keys.ARROW_DOWN)
    assert chromium.current_url.endswith("0001.html")
    assert sum(dot.is_displayed() for dot in dots) == 6
    texts = [text.text for text in chromium.find_elements("css selector", "#fixations text")]
    assert texts == ["1", "2", "3", "4", "5", "6"]


def test_images_are_found_by_name(opened: Callable[..., Any]) -> None:
    chromium = opened()
    field = find(chromium, "#find")
    items = chromium.find_elements("css selector", "#gallery li")
    field.send_keys("IMAGE 1")
    assert sum(item.is_displayed() for item in items) == 3  # 1, 10 and 11
    field.send_keys(" nowhere")
    assert sum(item.is_displayed() for item in items) == 0
    assert find(chromium, "#nothing-found").is_displayed()
    field.clear()
    field.send_keys("image 7")
    next(item for item in items if item.is_displayed()).find_element("css selector", "a").click()
    assert find(chromium, "h1").text == "image 7.jpg"


def test_methods_are_copied_or_selected(opened: Callable[..., Any]) -> None:
    chromium = opened()
    find(chromium, "#copy").click()
    text = chromium.execute_script("return getSelection().toString()")
    assert text.startswith("4 saliency models and 3 references")


def test_every_image_is_reached_by_a_link_of_its_own(opened: Callable[..., Any]) -> None:
    chromium = opened()
    links = chromium.find_elements("css selector", "#gallery a")
    assert len({link.get_attribute("href") for link in links}) == len(links) == 15


@pytest.mark.parametrize("page", ["index.html", "images/0002.html"])
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1920, False), (1920, True)])
def test_no_serious_fault_of_accessibility(
    opened: Callable[..., Any], page: str, width: int, dark: bool
) -> None:
    chromium = opened(page, width=width, dark=dark)
    assert faults_of_accessibility(chromium) == []
