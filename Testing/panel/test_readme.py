"""The ten clicks and the console example of the README do what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import REPOSITORY
from ElastixPlusPanel.phantom_pair import PhantomPair, make_phantom_pair
from phantoms import mapped

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CLICKS = re.findall(r"^\| ([\d, ]+) \|([^|]*)\| \*\*([^|]+)\*\* \|([^|]*)\|$", README, re.MULTILINE)

pytestmark = pytest.mark.native_engine


@pytest.fixture
def phantom_pair(slicer_bench: Any, panel: Any) -> PhantomPair:
    import slicer

    return slicer_bench.run(lambda: make_phantom_pair(slicer.mrmlScene))


def section_of(panel: Any, title: str) -> Any:
    import ctk

    if not title.strip():
        return panel.parent
    sections = [one for one in vars(panel.ui).values() if type(one) is ctk.ctkCollapsibleButton]
    return next(one for one in sections if one.text == title.strip())


def click(panel: Any, section: str, control: str, choice: str) -> int:
    """Do one line of the table; return how many clicks it takes."""
    import qt
    import slicer

    inside = section_of(panel, section)
    labels = [label for label in inside.findChildren(qt.QLabel) if label.text == control and label.buddy()]
    if labels:
        assert not inside.collapsed, f"{section} would have to be opened first"
        labels[0].buddy().setCurrentNode(slicer.util.getNode(choice.strip()))
        return 2  # the list is opened, and a row of it chosen
    for kind in (qt.QCheckBox, qt.QPushButton):
        for button in inside.findChildren(kind):
            if button.text == control and button.visible:
                assert button.enabled, control
                button.click()
                return 1
    raise AssertionError(f"the panel has no {control} in {section}")


def test_ten_clicks_lead_from_two_volumes_to_a_registration_guided_by_landmarks(
    panel: Any, phantom_pair: PhantomPair, wait_until: Callable[..., None]
):
    counts = []
    for numbers, section, control, choice in CLICKS:
        counts.append(click(panel, section, control, choice))
        assert len(numbers.split(",")) == counts[-1]
    assert sum(counts) == 10
    ui = panel.ui
    assert ui.applyButton.text == "Cancel"
    wait_until(lambda: ui.applyButton.text == "Apply")
    transform = ui.outputTransformSelector.currentNode()
    truth = phantom_pair.check_points_moving_ras
    errors_mm = abs(mapped(transform, phantom_pair.check_points_fixed_ras) - truth).max(axis=1)
    assert errors_mm.mean() < 1.0
    driving = re.search(r"Driving landmarks: (\S+) → (\S+) mm, 8 pairs", ui.outcomeLabel.text)
    assert driving is not None
    assert float(driving.group(1)) == pytest.approx(20, abs=1)
    assert float(driving.group(2)) <= 0.3
    assert phantom_pair.moving.GetParentTransformNode() is transform


def test_the_console_example_runs(panel: Any, phantom_pair: PhantomPair, capsys: Any):
    import slicer

    (example,) = re.findall(r"^```python\n(logic = .*?)^```", README, re.MULTILINE | re.DOTALL)
    exec(compile(example, "README.md", "exec"), {"slicer": slicer})  # noqa: S102 - the example is what is tested
    assert "'n': 2" in capsys.readouterr().out


@pytest.mark.parametrize("document", ["README.md", "Docs/user-guide.md", "Docs/developer-guide.md"])
def test_the_pictures_and_pages_that_a_document_shows_are_there(document: str):
    path = REPOSITORY / document
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / Path(link)).exists()] == []
