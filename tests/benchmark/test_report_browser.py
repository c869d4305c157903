"""The report in a real Chromium, opened from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import await_charts, faults_of_accessibility, find, press
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
        assert len(chromium.find_elements("css selector", "script")) == 1 + (page != "index.html")
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
    assert "/0001.html" in chromium.current_url
    assert sum(dot.is_displayed() for dot in dots) == 6
    texts = [text.text for text in chromium.find_elements("css selector", "#fixations text")]
    assert texts == ["1", "2", "3", "4", "5", "6"]


def readings(chromium: Any) -> dict[str, str]:
    script = (
        "return Object.fromEntries([...document.querySelectorAll('[data-reading]')]"
        ".map(one => [one.dataset.reading, one.textContent]))"
    )
    return dict(chromium.execute_script(script))


def await_values(chromium: Any) -> None:
    chromium.execute_async_script(
        "const done = arguments[0]; const wait = () => document.body.dataset.valuesRead"
        " ? done() : setTimeout(wait, 20); wait();"
    )


def test_the_cursor_reads_values_in_all_maps_by_mouse(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0002.html")
    frame = find(chromium, ".frame[data-map=photo]")
    box = frame.rect
    mouse = webdriver.ActionChains(chromium)
    # From the middle of the frame to a quarter of its width.
    mouse.move_to_element(frame).move_by_offset(-round(box["width"] / 4), 0).perform()
    await_values(chromium)
    found = readings(chromium)
    assert found["photo"] in {f"x {x}, y {y} px" for x in (15, 16) for y in (23, 24)}
    assert "× uniform" in found["density"]
    # The made picture is 4 (row + column): row 12, column 8 of values from 0 to 0.002 per px.
    value = 4 * (11.5 + 7.5) / 255 * 2e-3
    number = float(found["model-01"].split()[0])  # the gold standard, a density
    assert number == pytest.approx(value * 64 * 48, rel=0.1)
    assert float(found["model-04"].replace("−", "-")) == pytest.approx(value, rel=0.1)
    crosses = chromium.find_elements("css selector", ".cross")
    places = {(c.value_of_css_property("left") != "auto", c.is_displayed()) for c in crosses}
    assert places == {(True, True)}
    shares = chromium.execute_script(
        "return [...document.querySelectorAll('.cross')].map(c => c.style.left)"
    )
    assert len(set(shares)) == 1
    mouse.move_to_element(find(chromium, "h1")).perform()
    assert set(readings(chromium).values()) == {""}


def test_the_cursor_is_moved_by_keys_and_linked_to(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0002.html")
    keys = webdriver.Keys
    press(chromium, "c")
    await_values(chromium)
    assert readings(chromium)["photo"] == "x 32, y 24 px"
    press(chromium, *[keys.ARROW_LEFT] * 10, *[keys.ARROW_DOWN] * 5)
    assert chromium.current_url.partition("#")[0].endswith("0002.html")
    assert readings(chromium)["photo"] == "x 25, y 26 px"
    before = readings(chromium)
    press(chromium, "g")
    gains = readings(chromium)
    assert gains["photo"] == before["photo"]
    assert gains["model-01"] != before["model-01"]
    find(chromium, "#share").click()
    link = find(chromium, "#link").get_property("value")
    assert link.partition("#")[0].endswith("images/0002.html")
    press(chromium, "g")
    chromium.get("about:blank")
    chromium.get(link)
    await_values(chromium)
    assert readings(chromium) == gains
    find(chromium, "h1").click()
    press(chromium, keys.ESCAPE)
    assert set(readings(chromium).values()) == {""}
    press(chromium, keys.ARROW_RIGHT)
    assert "/0003.html" in chromium.current_url


def test_gains_are_shown_with_their_sign(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0001.html")
    chromium.get(chromium.current_url + "#gain=1&x=0.1&y=0.5")  # of the same page
    await_values(chromium)
    assert find(chromium, ".gain").is_displayed()
    assert not find(chromium, ".maps .map").is_displayed()
    left = readings(chromium)["model-01"]
    assert left.startswith("+")
    assert left.endswith("bit per 1 % of the image")
    assert float(left.split()[0]) == pytest.approx(1e-4 * 64 * 48 / 100, rel=0.05)
    press(chromium, *[webdriver.Keys.ARROW_RIGHT] * 40)
    assert readings(chromium)["model-01"].startswith("0 ")
    press(chromium, *[webdriver.Keys.ARROW_RIGHT] * 40)
    assert readings(chromium)["model-01"].startswith("−")
    press(chromium, "g")
    assert find(chromium, ".maps .map").is_displayed()


def shown_dots(chromium: Any) -> int:
    dots = chromium.find_elements("css selector", "#fixations circle")
    return sum(dot.is_displayed() for dot in dots)


def test_the_replay_goes_by_slider_and_by_itself(opened: Callable[..., Any]) -> None:
    chromium = opened("images/0001.html")
    keys = webdriver.Keys
    find(chromium, "#observer").send_keys(keys.ARROW_DOWN)
    assert shown_dots(chromium) == 6
    slider = find(chromium, "#time")
    slider.send_keys(keys.HOME)
    assert shown_dots(chromium) == 1
    assert chromium.current_url.partition("#")[0].endswith("0001.html")
    slider.send_keys(*[keys.PAGE_UP] * 4)
    middle = shown_dots(chromium)
    assert 1 < middle < 6
    assert "so far" in find(chromium, "#now").text
    link = chromium.current_url
    slider.send_keys(keys.HOME)
    find(chromium, "h1").click()
    press(chromium, "p")
    assert find(chromium, "#play").get_attribute("aria-pressed") == "true"
    chromium.execute_async_script(
        "const done = arguments[0]; const wait = () => play.ariaPressed === 'false'"
        " ? done() : setTimeout(wait, 20); wait();"
    )
    assert find(chromium, "#now").text == "whole: 6 fixations"
    chromium.get("about:blank")
    chromium.get(link)
    assert shown_dots(chromium) == middle
    assert find(chromium, "#observer").get_property("value") == "0"


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


@pytest.mark.parametrize("page", ["index.html", "images/0002.html", "models/005.html"])
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1920, False), (1920, True)])
def test_no_serious_fault_of_accessibility(
    opened: Callable[..., Any], page: str, width: int, dark: bool
) -> None:
    chromium = opened(page, width=width, dark=dark)
    if page.startswith("models"):
        await_charts(chromium)
        assert HOSTILE_MODEL in find(chromium, "h1").text
        assert chromium.title != "broken"
    assert faults_of_accessibility(chromium) == []
