"""Names that try to be more than names are shown as they are: no widget takes them for rich text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

import pytest

from conftest import REPOSITORY
from panel.conftest import Pair
from panel.test_findings_in_the_panel import check, finding, findings, shown_rows  # noqa: F401 - fixtures
from panel.test_table_of_pairs import LABEL, table  # noqa: F401 - a fixture

HOSTILE = '<img src="/etc/hostname"><b>&amp;</b>'
SHOWN = "&lt;img src=&quot;/etc/hostname&quot;&gt;&lt;b&gt;&amp;amp;&lt;/b&gt;"
FORMS = REPOSITORY / "ElastixPlus" / "Resources" / "UI"
PANEL = REPOSITORY / "ElastixPlus" / "ElastixPlusPanel"


def labels_of_forms() -> dict[str, str]:
    """The format of every QLabel of the forms, by its name; Qt guesses where there is none."""
    return {
        str(widget.get("name")): widget.findtext("property[@name='textFormat']/enum", "Qt::AutoText")
        for form in FORMS.glob("*.ui")
        for widget in ElementTree.parse(form).iter("widget")  # noqa: S314 - our own file
        if widget.get("class") == "QLabel"
    }


def test_no_label_that_gets_a_text_guesses_what_it_is():
    formats = labels_of_forms()
    told = {name for path in PANEL.glob("*.py") for name in re.findall(r"\.(\w+)\.text =", path.read_text("utf-8"))}
    guessed = {name for name in told if formats.get(name, "") == "Qt::AutoText"}
    assert guessed == set()
    assert len(told & formats.keys()) > 10


def test_what_is_asked_in_a_window_is_escaped():
    """A message box guesses, too: everything that it is given goes through rich()."""
    for path in sorted(PANEL.glob("*.py")):
        text = path.read_text("utf-8")
        boxes = re.findall(r"slicer\.util\.\w+Display\(\s*(\w+)", text)
        assert set(boxes) <= {"rich"}, f"{path.name}: {boxes}"


def test_a_label_of_a_landmark_is_no_markup_in_its_table(table: Any, pair: Pair, wait_until: Callable):  # noqa: F811
    for index in (0, 1):
        pair.fixed_landmarks.SetNthControlPointLabel(index, HOSTILE)
    wait_until(lambda: "twice" in table.item(1, LABEL).toolTip(), 3)
    assert table.item(1, LABEL).text() == HOSTILE
    for row in range(table.rowCount):
        tip = table.item(row, LABEL).toolTip()
        assert tip.startswith("<p>"), tip
        assert "<img" not in tip
        assert "<b>" not in tip


def test_what_a_button_does_is_no_markup(panel: Any, findings: list[Any], check: Callable[[], None]):  # noqa: F811
    findings.append(finding("warning", f"{HOSTILE} is odd.", "", f"Use {HOSTILE} only to check", crop="overlap"))
    check()
    (row,) = shown_rows(panel)
    assert row.button.toolTip == f"<p>Use {SHOWN} only to check</p>"
    assert HOSTILE in row.label.text


@pytest.mark.parametrize("stored", ["[" * 100_000, '{"a": 1}', "[1]", "null", "9" * 5000, '["\\ud800"', "\0"])
def test_what_a_scene_says_of_lists_is_read_or_left(stored: str, slicer_bench: Any):
    from ElastixPlusPanel.parameter_set import texts_in

    assert texts_in(stored) == ()
