from __future__ import annotations

import csv
import errno
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from made_scores import METRICS, MODELS, STIMULI, made_scores
from PIL import Image
from report_page import Page

from foveola import data_schema as ds
from foveola.benchmark.report import write_report
from foveola.benchmark.report_data import open_report_data
from foveola.benchmark.report_folder import ENTRIES
from foveola.benchmark.report_methods import Interval, methods_paragraph

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report that tests read and leave as it is."""
    folder = tmp_path_factory.mktemp("report")
    return write_report(made_scores(folder), folder / "out")


def pages_of(index: Path) -> list[Path]:
    return [index, *sorted((index.parent / "images").iterdir())]


def test_every_link_leads_to_a_file_of_the_report(report: Path) -> None:
    inside = report.parent.resolve()
    for path in pages_of(report):
        links = Page(path).links()
        assert len(links) > 5
        for link in links:
            target = (path.parent / link.partition("#")[0]).resolve()
            assert target.is_file(), f"{path.name} names {link}"
            assert target.is_relative_to(inside)


def test_nothing_is_named_on_the_network(report: Path) -> None:
    for path in report.parent.rglob("*.*"):
        # plotly.js names its licences; the page's policy lets nothing out.
        if path.suffix in (".html", ".css", ".js") and path.name != "plotly.min.js":
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text), path.name


def test_every_page_has_a_policy_a_language_and_a_title(report: Path) -> None:
    for path in pages_of(report):
        page = Page(path)
        policies = [m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
        assert "default-src 'none'" in (policies[0]["content"] or "")
        assert page.all("html")[0]["lang"] == "en"
        assert len(page.all("h1")) == 1
        # The policy forbids what is written into the page.
        assert all("style" not in attributes for _, attributes in page.tags)
        assert all("src" in script for script in page.all("script"))


def test_leaderboard_is_ordered_and_marks_the_best(report: Path) -> None:
    page = Page(report)
    rows = [row for row in page.all("tr") if "data-key" in row]
    names = [row["data-key"] for row in rows]
    assert names == ["gold-standard", "itti-koch", "my maps", "centre-bias", "uniform"]
    assert [row["class"] for row in rows] == ["gold", "model", "model", "baseline", "baseline"]
    best = [cell for cell in page.all("td") if cell.get("class") == "best"]
    assert len(best) == len(METRICS)  # itti-koch everywhere, and never the gold standard
    sorted_heads = [head for head in page.all("th") if "aria-sort" in head]
    assert [head["data-name"] for head in sorted_heads] == ["IG"]
    assert [head["data-name"] for head in page.all("th") if "data-name" in head][1:] == list(
        METRICS
    )


def test_csv_beside_it_agrees_with_the_scores(report: Path) -> None:
    with (report.parent / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(MODELS) * len(METRICS)
    scores = ds.read_scores_csv(report.parent.parent / "scores.csv")
    of = [s.value for s in scores if (s.model, s.metric) == ("itti-koch", "NSS")]
    row = next(row for row in rows if (row["model"], row["metric"]) == ("itti-koch", "NSS"))
    assert float(row["mean"]) == pytest.approx(sum(of) / len(of))
    assert float(row["low"]) == pytest.approx(min(of))  # of three images some draws take one only
    assert float(row["high"]) == pytest.approx(max(of))
    assert row["images"] == str(len(STIMULI))


def test_image_page_holds_photo_fixations_density_maps_and_scores(report: Path) -> None:
    page = Page(report.parent / "images" / "0002.html")
    names = [Path(image["src"] or "").name for image in page.all("img")]
    assert names.count("density.png") == 1
    assert sorted(set(names)) == sorted(
        [
            "photo.jpg",
            "density.png",
            "scale.png",
            "gain-scale.png",
            *(f"{kind}-{i:02d}.png" for i in range(1, 6) for kind in ("model", "gain")),
        ]
    )
    assert len(page.all("circle")) == 12
    assert len([g for g in page.all("g") if g.get("class") == "observer"]) == 2
    assert {link["rel"]: link["href"] for link in page.all("link")}["prev"] == "0001.html"
    assert {link["rel"]: link["href"] for link in page.all("link")}["next"] == "0003.html"
    assert "2 of 3" in page.text
    assert "64 × 48 px · 2 observers · 12 fixations" in page.text
    assert len([row for row in page.all("tr") if "data-key" in row]) == len(MODELS)


def test_maps_keep_their_place_from_image_to_image(report: Path) -> None:
    def order(path: Path) -> list[str]:
        names = [Path(image["src"] or "").name for image in Page(path).all("img")]
        return [name for name in names if name.startswith("model")]

    first, *others = [order(path) for path in pages_of(report)[1:]]
    assert all(other == first for other in others)


def test_pictures_are_small_and_readable(report: Path) -> None:
    pictures = sorted((report.parent / "pictures").rglob("*.??g"))
    assert len(pictures) == len(STIMULI) * (3 + 2 * len(MODELS)) + 2
    for path in pictures:
        with Image.open(path) as image:
            image.load()
            assert max(image.size) <= 640
            assert not image.getexif()


def test_footer_and_methods_state_what_the_figures_rest_on(report: Path) -> None:
    text = " ".join(Page(report).text.split())
    for part in (
        "2 saliency models and 3 references (gold-standard, centre-bias, uniform, itti-koch, "
        "my maps) were scored on made (3 images, 2 observers, 36 fixations, 20.0 px per degree of "
        "visual angle) by the metric profile tuebingen.",
        "Nobody (2026).",
        "20 px (1.00 degrees of visual angle)",
        "95% bootstrap interval, 1,000 resamples, seed 0",
        f"Foveola {ds.foveola_version()}",
        "Seed of the scores7",
        ds.sha256_of(report.parent.parent / "fix.h5"),
    ):
        assert part in text


def test_provenance_names_inputs_and_no_folder(report: Path) -> None:
    made = json.loads((report.parent / "foveola-report.json").read_text())
    assert [one["name"] for one in made["inputs"]] == ["scores.csv", "scores.h5", "fix.h5"]
    folder = str(report.parent.parent)
    for path in report.parent.rglob("*.*"):
        assert folder.encode() not in path.read_bytes()


def test_hostile_names_are_text(tmp_path: Path) -> None:
    scores = made_scores(
        tmp_path,
        models=(HOSTILE, "gold-standard"),
        stimuli=(HOSTILE, "a\u202egpj.exe"),
        observers=(HOSTILE, "\x1b[31m"),
        dataset=HOSTILE,
        metrics=("AUC", HOSTILE),
    )
    index = write_report(scores, tmp_path / "out")
    for path in pages_of(index):
        page = Page(path)
        names = [Path(script["src"] or "").name for script in page.all("script")]
        assert names == ["report.js", "report_image.js"][: len(names)]  # ours
        assert HOSTILE in page.text
        assert "\u202e" not in page.text
        assert "\x1b" not in page.text
    assert "a[U+202E]gpj.exe" in Page(index).text
    assert {p.name for p in index.parent.iterdir()} <= ENTRIES


def test_a_formula_as_a_name_stays_text_in_spreadsheets(tmp_path: Path) -> None:
    index = write_report(made_scores(tmp_path, models=("=1+1", "b")), tmp_path / "out")
    with (index.parent / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        assert {row["model"] for row in csv.DictReader(file)} == {"'=1+1", "b"}


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_report(made_scores(tmp_path), tmp_path / "out", on_progress=lambda *now: told.append(now))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_older_report_is_replaced(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    index = write_report(scores, tmp_path / "out")
    index.write_text("older")
    assert write_report(scores, tmp_path / "out") == index
    assert "Leaderboard" in index.read_text()
    assert not list(tmp_path.glob("out.*"))


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "deep" / "out").mkdir(parents=True)
    assert write_report(made_scores(tmp_path), tmp_path / "deep" / "out").is_file()


@pytest.mark.parametrize("stranger", ["thesis.txt", "out/notes.txt"])
def test_what_is_not_ours_is_refused(tmp_path: Path, stranger: str) -> None:
    scores = made_scores(tmp_path)
    folder = tmp_path / "out"
    if stranger.startswith("out"):
        write_report(scores, folder)
    folder.mkdir(exist_ok=True)
    (folder / Path(stranger).name).write_text("mine")
    with pytest.raises(ds.FoveolaError, match=f"{Path(stranger).name}.*Choose another folder"):
        write_report(scores, folder)
    assert (folder / Path(stranger).name).read_text() == "mine"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ds.FoveolaError, match=r"out is a file\. Choose another folder"):
        write_report(made_scores(tmp_path), tmp_path / "out")
    with pytest.raises(ds.FoveolaError, match=r"can't be written to .* Choose another folder"):
        write_report(tmp_path / "scores.csv", tmp_path / "out" / "deeper")


def test_a_failure_leaves_the_older_report_as_it_was(report: Path) -> None:
    def fail(done: int, total: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = report.read_bytes()
    # Not that the companion, which is open meanwhile, is damaged.
    with pytest.raises(ds.FoveolaError, match=r"can't be written to .*No space.*make room"):
        write_report(report.parent.parent / "scores.csv", report.parent, on_progress=fail)
    assert report.read_bytes() == before
    assert not list(report.parent.parent.glob("out.*"))


def test_a_report_that_can_not_take_its_place_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = made_scores(tmp_path)
    index = write_report(scores, tmp_path / "out")
    index.write_text("older")
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(ds.FoveolaError, match="Permission denied"):
        write_report(scores, tmp_path / "out")
    assert index.read_text() == "older"
    assert not list(tmp_path.glob("out.*"))


def test_methods_tell_where_fixations_came_from(tmp_path: Path) -> None:
    scores = made_scores(tmp_path, models=("mine",), stimuli=("one.jpg",), metrics=("CC", "odd"))
    whole = ds.read_fixation_set(tmp_path / "fix.h5")
    told = {"source": "simulated", "first_dropped": True, "off_stimulus": 1}
    info = whole.info.model_copy(update={**told, "citation": "", "px_per_deg": float("nan")})
    with open_report_data(scores) as data:
        changed = replace(data, fixations=replace(whole, info=info))
        text = methods_paragraph(changed, Interval("interval", 10, 3))
    assert text.startswith(
        "1 saliency model (mine) was scored on made (1 image, 2 observers, 12 fixations) by the "
        "metric profile tuebingen. Its fixations are simulated, not recorded. The first fixation "
        "of each trial was left out. 1 fixation outside the images was left out. "
        "Metrics: correlation coefficient (CC); odd. "
    )
    assert "a standard deviation of 20 px." in text
    assert "centre bias" not in text


def test_methods_tell_what_the_gold_standard_has_no_score_for(tmp_path: Path) -> None:
    with open_report_data(made_scores(tmp_path)) as data:
        assert "from those of all others." in methods_paragraph(data, Interval("interval", 10, 3))
        data.values[0, :, 4:] = float("nan")
        data.values[0, 0, 0] = float("nan")
        text = methods_paragraph(data, Interval("interval", 10, 3))
    assert "of all others; without one map for all of them it has no CC, KLDiv and SIM." in text


def test_methods_of_scores_alone_name_the_version(tmp_path: Path) -> None:
    scores = made_scores(tmp_path)
    (tmp_path / "scores.h5").unlink()
    with open_report_data(scores) as data:
        text = methods_paragraph(data, Interval("interval", 10, 3))
    assert "were scored (3 images). Metrics" in text
    assert text.endswith(f"Software: Foveola {ds.foveola_version()}.")


def test_categories_have_leaderboards_of_their_own(tmp_path: Path) -> None:
    stimuli = ("b/1.jpg", f"{HOSTILE.replace('/', '')}/2.jpg", "b/3.jpg", "4.jpg")
    index = write_report(made_scores(tmp_path, stimuli=stimuli), tmp_path / "out")
    pages = sorted((index.parent / "categories").iterdir())
    assert [path.name for path in pages] == ["001.html", "002.html", "003.html"]
    for path in (index, *pages):
        links = Page(path).links()
        for link in links:
            assert (path.parent / link.partition("#")[0]).resolve().is_file(), link
    names = ["no folder", HOSTILE.replace("/", ""), "b"]
    for path, name, images in zip(pages, names, ([4], [2], [1, 3]), strict=True):
        page = Page(path)
        assert name in page.text
        current = [one["href"] for one in page.all("a") if one.get("aria-current") == "page"]
        assert current == [f"../categories/{path.name}"]
        shown = [link for link in page.links() if "images/" in link]
        assert shown == [f"../images/{number:04d}.html" for number in images]
    # The mean of the two images of b, and not of all.
    scores = ds.read_scores_csv(tmp_path / "scores.csv")
    own = [
        s.value
        for s in scores
        if (s.model, s.metric) == ("itti-koch", "IG") and s.stimulus.startswith("b/")
    ]
    row = next(
        line for line in pages[2].read_text().split("<tr ") if 'data-key="itti-koch"' in line
    )
    assert float(row.split('data-value="')[1].split('"')[0]) == pytest.approx(sum(own) / 2)


def test_models_that_do_not_differ_share_a_letter(tmp_path: Path) -> None:
    stimuli = tuple(f"{i}.jpg" for i in range(16))
    models = ("gold-standard", "itti-koch", "one", "two")
    index = write_report(made_scores(tmp_path, models=models, stimuli=stimuli), tmp_path / "out")
    rows = index.read_text(encoding="utf-8").split("<tr ")[1:]
    letters = {
        row.split('data-key="')[1].split('"')[0]: row.split("groups </span>")[1].split("<")[0]
        for row in rows
        if "data-key" in row
    }
    assert letters == {"gold-standard": "a", "itti-koch": "b", "one": "c", "two": "c"}
    assert "models that share a letter do not differ" in index.read_text(encoding="utf-8")
