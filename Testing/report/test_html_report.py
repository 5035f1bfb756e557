"""The report as a web page, without a browser: what stands in it, and what is said where something is missing."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import warnings
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from ElastixPlusLib.accuracy.evidence import Evidence
from ElastixPlusLib.accuracy.tolerance import Tolerance, statements
from ElastixPlusLib.errors import ResultWriteError
from ElastixPlusLib.report.charts import Change, change_chart, jacobian_chart
from ElastixPlusLib.report.contents import ReportContents
from ElastixPlusLib.report.html_report import html_report
from ElastixPlusLib.report.report_folder import TABLE_FILES, write_report_folder
from ElastixPlusLib.report.report_packages import ReportPackageError
from report.made_contents import EMPTY, complete_contents, deformation, evidence, landmarks, structures

COMPLETE = complete_contents(scale=0.1)
SECTIONS = ("landmarks", "structures", "deformation", "consistency", "grey-values", "uncertainty")
ALL = evidence()
PIECES: dict[str, dict[str, object]] = {
    "landmarks": {"landmarks": ALL.landmarks},
    "structures": {"structures": ALL.structures},
    "deformation": {"deformation": ALL.deformation},
    "consistency": {"consistency": ALL.consistency},
    "grey-values": {"intensity": ALL.intensity},
    "uncertainty": {"uncertainty": ALL.uncertainty},
}


class Sections(HTMLParser):
    """The visible text below every heading with an anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {"": ""}
        self._current = ""
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"style", "script"}
        if tag == "h2":
            self._current = dict(attrs)["id"] or ""
            self.texts[self._current] = ""

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts[self._current] += data


@cache
def page_of(contents: ReportContents) -> str:
    return html_report(contents)


def sections(contents: ReportContents) -> dict[str, str]:
    parser = Sections()
    parser.feed(page_of(contents))
    return {anchor: " ".join(text.split()) for anchor, text in parser.texts.items()}


def with_evidence(**measured: object) -> ReportContents:
    return replace(EMPTY, evidence=replace(EMPTY.evidence, **measured))  # type: ignore[arg-type]


def svg_texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("}text")]  # noqa: S314


def chart(*changes: Change, more_is_better: bool = False) -> str:
    return change_chart(changes, "distance (mm)", 1.0, "tolerance", 5.0, more_is_better=more_is_better)


def test_the_sections_come_in_the_order_of_their_weight():
    page = page_of(COMPLETE)
    found = re.findall(r'<h2 id="([^"]+)"', page)
    assert found == ["glance", "warnings", "pictures", *SECTIONS, "methods", "methods-section"]
    assert set(re.findall(r'href="#([^"]+)"', page)) == set(found)


@pytest.mark.parametrize("given", [None, *SECTIONS])
def test_only_what_was_measured_is_not_said_to_be_missing(given: str | None):
    found = sections(with_evidence(**PIECES[given]) if given else EMPTY)
    assert {name for name in SECTIONS if "Not assessed" in found[name]} == set(SECTIONS) - {given}


def test_what_was_not_made_has_no_section():
    found = sections(EMPTY)
    assert not {"warnings", "pictures", "methods-section"} & set(found)
    for heading in ("Settings", "Parameter files", "Commands", "Versions"):
        assert heading not in found["methods"]
        assert heading in sections(COMPLETE)["methods"]


def test_the_text_for_the_methods_section_is_one_block_that_keeps_its_lines():
    page = page_of(COMPLETE)
    block = re.search(r'<pre class="command copied">\n(.*?)</pre>', page, re.S)
    assert block
    assert block[1] == COMPLETE.methods
    assert "user-select: all" in page
    hostile = replace(EMPTY, methods="</pre><script>x</script>\x00")
    assert "&lt;/pre&gt;&lt;script&gt;x&lt;/script&gt;�</pre>" in page_of(hostile)


def test_every_statement_is_shown_with_its_standing_in_words():
    contents = COMPLETE
    text, lines = sections(contents)["glance"], statements(contents.evidence)
    assert {line.standing for line in lines} == {"within", "outside", "not assessed", "reported"}
    for line in lines:
        assert line.quantity in text
        assert line.value in text
    words = [word for word, _ in re.findall(r"<strong>(\w+)( |<)", html_report(contents))]
    assert words == [line.standing.split()[0] for line in lines]


@pytest.mark.parametrize(("value_mm", "sign"), [(0.5, "✓"), (1.5, "✕")])
def test_a_standing_has_a_sign_besides_its_colour(value_mm: float, sign: str):
    from ElastixPlusLib.accuracy.landmark_errors import LandmarkReport, PairError

    pairs = tuple(PairError(str(n), "check", 3.0, value_mm) for n in range(3))
    glance = sections(with_evidence(landmarks=LandmarkReport(pairs)))["glance"].split("Signs:")[0]
    assert glance.count(sign) == 2
    assert ({"✓", "✕"} - {sign}).pop() not in glance


def test_the_summary_tells_the_error_at_check_landmarks():
    found = ALL.landmarks.statistics("check", "after")
    before = ALL.landmarks.statistics("check", "before")
    assert found
    assert before
    text = sections(with_evidence(landmarks=ALL.landmarks))[""]
    assert "At 15 check landmarks, which did not drive the registration" in text
    assert f"was {before.mean_mm:.2f} mm before and is {found.mean_mm:.2f} mm after it" in text
    assert f"the largest one left is {found.max_mm:.2f} mm" in text


def test_driving_landmarks_alone_give_no_target_registration_error():
    found = sections(with_evidence(landmarks=landmarks(drive=12, check=0)))
    assert "the target registration error was not assessed" in found[""]
    assert "Not assessed: the target registration error" in found["landmarks"]
    assert "after (FRE)" in found["landmarks"]
    assert "after (TRE)" not in found["landmarks"]


def test_landmarks_left_out_in_turn_stand_in_for_check_landmarks():
    found = sections(with_evidence(landmarks=landmarks(drive=15, check=0), held_out=ALL.held_out))
    assert "landmarks left out in turn (5-fold, n = 15)" in found[""]
    assert "left out of run 5" in found["landmarks"]
    assert "Not assessed" not in found["landmarks"]


def test_the_table_of_distances_holds_every_statistic():
    found = ALL.landmarks.statistics("drive", "after")
    assert found
    assert found.mean_interval_mm
    low, high = found.mean_interval_mm
    values = (found.rms_mm, found.sd_mm, found.median_mm, found.p95_mm, found.max_mm)
    cells = [str(found.n), f"{found.mean_mm:.2f}", f"{low:.2f} to {high:.2f}", *(f"{value:.2f}" for value in values)]
    assert "".join(f"<td>{cell}</td>" for cell in cells) in html_report(with_evidence(landmarks=ALL.landmarks))


def test_a_single_landmark_has_no_deviation_and_no_interval():
    text = sections(with_evidence(landmarks=landmarks(drive=0, check=1)))["landmarks"]
    assert "after (TRE)1" in text
    assert text.count("–") == 4


def test_a_linear_transform_is_not_said_to_be_free_of_folding():
    text = sections(with_evidence(deformation=replace(deformation(), is_linear=True)))["deformation"]
    assert "says nothing of folding" in text
    assert "Folded" not in text


def test_an_own_tolerance_is_not_called_a_voxel_size():
    text = sections(replace(EMPTY, evidence=Evidence(Tolerance(2.5, is_voxel_size=False), "anywhere")))[""]
    assert "held against 2.5 mm, the tolerance that was given" in text


def test_what_is_cited_fits_what_was_measured():
    assert "10.1117/12.813601" not in page_of(EMPTY)
    assert "10.1117/12.813601" in html_report(with_evidence(landmarks=landmarks()))
    assert "10.1002/mp.12256" in page_of(EMPTY)
    assert "10.1016/S0031-3203(98)00091-0" in html_report(with_evidence(intensity=ALL.intensity))


def test_the_page_says_that_it_is_no_medical_device_and_claims_no_compliance():
    page = page_of(COMPLETE)
    assert "For research; not a medical device." in page
    assert "complian" not in page.lower()


def test_the_policy_of_the_page_names_its_one_script():
    page = page_of(EMPTY)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert "default-src 'none'; img-src data:;" in policy
    assert f"script-src 'sha256-{digest}';" in policy


def test_the_same_contents_make_the_same_page():
    assert html_report(replace(COMPLETE)) == page_of(COMPLETE)


def test_characters_that_no_page_can_hold_are_replaced():
    page = html_report(replace(EMPTY, fixed_name="a\x00\x1b\ud800b", evidence=evidence(" \x00\ud800\ufffe")))
    assert "a���b" in page
    page.encode()
    for svg in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", page):
        ElementTree.fromstring(base64.b64decode(svg))  # noqa: S314


def test_a_chart_has_the_worst_pair_at_the_top():
    texts = svg_texts(chart(Change("good", 3.0, 0.5), Change("bad", 3.5, 2.5), Change("fair", 4.0, 1.5)))
    assert [text for text in texts if text in {"good", "bad", "fair"}] == ["bad", "fair", "good"]
    overlaps = svg_texts(chart(Change("good", 0.3, 0.9), Change("bad", 0.3, 0.5), more_is_better=True))
    assert [text for text in overlaps if text in {"good", "bad"}] == ["bad", "good"]


@pytest.mark.parametrize("limit_mm", [1.0, 3.0])
def test_a_chart_has_a_line_at_the_tolerance(limit_mm: float):
    svg = change_chart([Change("a", 4.0, 2.0)], "mm", limit_mm, "tolerance used", 5.0, more_is_better=False)
    (line,) = re.findall(r'd="M ([\d.]+) [\d.]+ \nL \1 [\d.]+ \n" clip-path[^>]*stroke-dasharray', svg)
    ticks = dict(re.findall(r'<text [^>]*x="([\d.]+)"[^>]*>(\d)</text>', svg))
    assert ticks[line] == f"{limit_mm:.0f}"
    assert "tolerance used" in svg_texts(svg)


def test_a_chart_tells_what_got_worse_by_more_than_colour():
    assert "after, larger than before" in svg_texts(chart(Change("a", 1.0, 2.0), Change("b", 2.0, 1.0)))
    assert "after, larger than before" not in svg_texts(chart(Change("a", 2.0, 1.0)))
    assert "after, smaller than before" in svg_texts(chart(Change("a", 0.9, 0.8), more_is_better=True))


def test_a_chart_shows_names_as_they_are_and_warns_of_no_font():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        texts = svg_texts(chart(Change("$x_1$", 2.0, 1.0), Change("脳 <&>", 2.0, 1.0), Change("$", 2.0, 1.0)))
    assert {"$x_1$", "脳 <&>", "$"} <= set(texts)


def test_a_chart_of_many_pairs_stays_on_a_page():
    heights = [re.search(r'height="([\d.]+)pt"', chart(*[Change("a", 2.0, 1.0)] * n)) for n in (40, 400)]
    assert all(found and float(found[1]) < 700 for found in heights)


def test_a_chart_is_drawn_where_everything_before_and_after_is_nothing():
    assert "a" in svg_texts(change_chart([Change("a", 0.0, 0.0)], "mm", 0.0, "limit", 0.0, more_is_better=False))


def test_the_histogram_marks_what_is_folded():
    red = [jacobian_chart(deformation(folded)).count("fill: #c1121f") for folded in (True, False)]
    assert red[0] == red[1] + 1
    assert {"folded", "volume kept"} <= {text.strip() for text in svg_texts(jacobian_chart(deformation()))}


def test_charts_do_not_follow_the_settings_of_the_user_and_leave_them():
    plain = chart(Change("a", 2.0, 1.0))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path", "axes.grid": True}):
        before = dict(mpl.rcParams)
        assert chart(Change("a", 2.0, 1.0)) == plain
        assert dict(mpl.rcParams) == before


def test_the_folder_holds_the_page_and_the_tables(tmp_path: Path):
    written = write_report_folder(COMPLETE, tmp_path / "report")
    assert sorted(path.name for path in written) == sorted(["report.html", *TABLE_FILES])
    assert sorted((tmp_path / "report").iterdir()) == sorted(written)
    assert written[-1].read_text(encoding="utf-8") == page_of(COMPLETE)


def test_no_table_of_an_earlier_report_stays_beside_a_new_one(tmp_path: Path):
    write_report_folder(replace(EMPTY, evidence=replace(EMPTY.evidence, structures=structures())), tmp_path)
    (tmp_path / "own.csv").write_text("mine")
    write_report_folder(EMPTY, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.csv", "report.html"]


def test_a_folder_that_cannot_be_written_is_said_by_name(tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ResultWriteError, match="taken") as caught:
        write_report_folder(EMPTY, tmp_path / "taken")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_page_that_cannot_be_written_is_said_by_name(tmp_path: Path):
    (tmp_path / "report.html").mkdir()
    with pytest.raises(ResultWriteError, match=r"report\.html"):
        write_report_folder(EMPTY, tmp_path)


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_without_a_package_the_tables_are_written_and_the_remedy_is_named(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ReportPackageError, match=package) as caught:
        write_report_folder(COMPLETE, tmp_path)
    assert "pip install Jinja2 matplotlib" in caught.value.remedy
    assert "CSV" in caught.value.remedy
    assert isinstance(caught.value.__cause__, ImportError)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(TABLE_FILES)


def in_another_python(repository: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository / "Testing",
        env={"PYTHONPATH": str(repository / "ElastixPlus")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_the_room_loads_no_package_before_a_report_is_made(repository: Path):
    code = (
        "import sys, ElastixPlusLib.report.report_folder\n"
        "print(*{'jinja2', 'markupsafe', 'matplotlib', 'PIL', 'scipy'} & set(sys.modules))"
    )
    assert in_another_python(repository, code).split() == []


def test_a_complete_report_is_small_enough_to_be_sent_by_mail():
    assert len(html_report(complete_contents())) < 2_000_000
