"""Check: what is found before a run, the buttons that change it, and that nothing outdated is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import phantoms
from panel.conftest import PANEL_WIDTH, Pair
from panel.test_masks_in_the_panel import SEGMENTS_MM, add_ball, add_block, add_box, choose_use
from panel.test_table_of_pairs import displace

Wait = Callable[..., None]
Press = Callable[[], None]


@pytest.fixture
def check(ui: Any, wait_until: Wait) -> Press:
    """Press Check and wait for the end."""

    def press() -> None:
        ui.checkButton.click()
        assert ui.checkButton.text == "Stop"
        wait_until(lambda: ui.checkButton.text == "Check")

    return press


@pytest.fixture
def findings(panel: Any, chosen_pair: Pair, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What every check finds from now on, instead of looking at the volumes."""
    import ElastixPlusLib.preflight  # noqa: F401 - loads the module

    module = sys.modules["ElastixPlusLib.preflight"]
    found: list[Any] = []

    def pretend(request: Any) -> Iterator[None]:
        yield None
        return module.Preflight(request, tuple(found), None)

    monkeypatch.setattr(module, "preflight_steps", pretend)
    return found


def finding(severity: str, what: str, remedy: str = "", title: str = "", **changes: Any) -> Any:
    from ElastixPlusLib.errors import Fix
    from ElastixPlusLib.guidance.findings import Finding

    return Finding("made-up", severity, what, remedy, Fix(title, changes) if title else None)  # type: ignore[arg-type]


def shown_rows(panel: Any) -> list[Any]:
    """The rows of findings that are seen."""
    return [row for row in panel.panel.check._rows.rows if row.widget.visible]


def sentences(panel: Any) -> list[str]:
    return [row.label.text for row in shown_rows(panel)]


def offered(panel: Any) -> list[str]:
    return [row.button.text for row in shown_rows(panel) if row.button.visible]


def choose_landmarks(ui: Any, pair: Pair) -> None:
    ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)


# what is shown


def test_findings_are_shown_the_worst_ones_first_with_an_icon_and_a_button_where_there_is_a_fix(
    panel: Any, ui: Any, findings: list[Any], check: Press
):
    findings += [
        finding("note", "The voxels are long."),
        finding("warning", "The landmarks lie in one plane.", "Place another one."),
        finding("error", "The volumes do not overlap.", "Crop them.", "Crop to the overlap", crop="overlap"),
    ]
    check()
    assert sentences(panel) == [
        "The volumes do not overlap. Crop them.",
        "The landmarks lie in one plane. Place another one.",
        "The voxels are long.",
    ]
    assert offered(panel) == ["Crop to the overlap"]
    assert [not row.icon_label.pixmap.isNull() for row in shown_rows(panel)] == [True, True, False]
    assert not ui.findingsLabel.visible
    assert not ui.fixAllButton.visible
    assert not ui.runAnywayButton.visible


@pytest.mark.parametrize("notes", [0, 2])
def test_where_nothing_is_wrong_that_is_said_and_notes_are_shown_below(
    panel: Any, ui: Any, findings: list[Any], check: Press, notes: int
):
    findings += [finding("note", f"Note {number}.") for number in range(notes)]
    check()
    assert ui.findingsLabel.text == "Nothing to complain about."
    assert ui.findingsIconLabel.visible
    assert sentences(panel) == ["Note 0.", "Note 1."][:notes]


def test_the_button_changes_the_choice_and_checks_again(panel: Any, ui: Any, findings: list[Any], check: Press):
    findings.append(finding("error", "Bad.", "Crop.", "Crop to the overlap", crop="overlap"))
    check()
    shown_rows(panel)[0].button.click()
    assert ui.cropComboBox.currentText == "to what both show"
    assert ui.checkButton.text == "Stop"
    assert sentences(panel) == []


def test_a_fix_that_is_chosen_already_or_that_the_panel_cannot_choose_has_no_button(
    panel: Any, findings: list[Any], check: Press
):
    findings += [
        finding("warning", "One.", "Do it.", "Do what is done", crop="auto"),
        finding("warning", "Two.", "Do it.", "Change the seed", seed=5),
    ]
    check()
    assert len(sentences(panel)) == 2
    assert offered(panel) == []


def test_a_fix_that_helps_twice_has_one_button(panel: Any, ui: Any, findings: list[Any], check: Press):
    findings += [finding("warning", what, "Crop.", "Crop to the overlap", crop="overlap") for what in ("One.", "Two.")]
    check()
    assert len(sentences(panel)) == 2
    assert offered(panel) == ["Crop to the overlap"]
    assert not ui.fixAllButton.visible


def test_fix_all_makes_every_change_and_of_two_that_contradict_each_other_the_upper_one(
    panel: Any, ui: Any, findings: list[Any], check: Press
):
    findings += [
        finding("warning", "Two.", "", "Crop", crop="none"),
        finding("warning", "Three.", "", "Grow the masks", mask_margin_mm=5.0),
        finding("error", "One.", "", "Crop to the overlap", crop="overlap"),
    ]
    check()
    assert ui.fixAllButton.visible
    ui.fixAllButton.click()
    assert ui.cropComboBox.currentText == "to what both show"
    assert ui.maskMarginSpinBox.value == 5.0
    assert ui.checkButton.text == "Stop"


def test_fewer_findings_leave_no_rows_of_those_before(panel: Any, findings: list[Any], check: Press):
    findings += [finding("warning", f"Number {number}.") for number in range(4)]
    check()
    del findings[1:]
    check()
    assert sentences(panel) == ["Number 0."]


def test_a_long_sentence_and_a_long_title_leave_the_panel_narrow(
    panel: Any, ui: Any, findings: list[Any], check: Press
):
    import slicer

    title = "Start from the landmarks and leave everything out that nobody would like to see at all in any case"
    findings.append(finding("error", "An_unbreakable_" * 12 + "word. " * 30, "Read. " * 20, title, crop="overlap"))
    check()
    for _ in range(5):
        slicer.app.processEvents()
    (row,) = shown_rows(panel)
    assert panel.parent.minimumSizeHint.width() <= PANEL_WIDTH
    assert row.button.text.startswith("Start from the landmarks")
    assert row.button.text.endswith("…")
    assert title in row.button.toolTip
    assert row.widget.width <= PANEL_WIDTH
    assert row.label.height > 5 * row.label.fontMetrics().height()


# nothing outdated


def change_a_choice(ui: Any, pair: Pair) -> None:
    ui.cropComboBox.currentIndex = 2


def choose_another_volume(ui: Any, pair: Pair) -> None:
    ui.swapButton.click()


def move_a_volume(ui: Any, pair: Pair) -> None:
    pair.moving.SetOrigin(1, 2, 3)


def move_what_a_volume_lies_under(ui: Any, pair: Pair) -> None:
    import slicer

    pair.fixed.SetAndObserveTransformNodeID(
        phantoms.add_linear_transform(slicer.mrmlScene, phantoms.shift(1, 2, 3)).GetID()
    )


def change_voxels(ui: Any, pair: Pair) -> None:
    pair.fixed.GetImageData().Modified()


def move_a_landmark(ui: Any, pair: Pair) -> None:
    pair.moving_landmarks.SetNthControlPointPosition(3, 1, 2, 3)


def remove_a_volume(ui: Any, pair: Pair) -> None:
    pair.fixed.GetScene().RemoveNode(pair.fixed)


CHANGES = [
    change_a_choice,
    choose_another_volume,
    move_a_volume,
    move_what_a_volume_lies_under,
    change_voxels,
    move_a_landmark,
    remove_a_volume,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_findings_disappear_when_an_input_changes(
    ui: Any, chosen_pair: Pair, findings: list[Any], check: Press, change: Callable[[Any, Pair], None]
):
    choose_landmarks(ui, chosen_pair)
    findings.append(finding("warning", "Something."))
    check()
    assert ui.findingsFrame.visible
    change(ui, chosen_pair)
    assert not ui.findingsFrame.visible


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_check_ends_without_a_word_when_an_input_changes(
    ui: Any, chosen_pair: Pair, wait_until: Wait, change: Callable[[Any, Pair], None]
):
    choose_landmarks(ui, chosen_pair)
    ui.checkButton.click()
    change(ui, chosen_pair)
    assert ui.checkButton.text == "Check"
    assert not ui.findingsFrame.visible
    with pytest.raises(AssertionError):
        wait_until(lambda: ui.findingsFrame.visible, 0.5)


def test_a_second_press_stops_the_check(ui: Any, chosen_pair: Pair):
    ui.checkButton.click()
    ui.checkButton.click()
    assert ui.checkButton.text == "Check"
    assert not ui.findingsFrame.visible


def test_check_is_possible_exactly_where_apply_is(ui: Any, pair: Pair):
    assert not ui.checkButton.enabled
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    assert not ui.checkButton.enabled
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    assert ui.checkButton.enabled
    ui.startFromLandmarksCheckBox.click()
    assert not ui.checkButton.enabled


def test_closing_the_scene_stops_the_check_and_shows_nothing(ui: Any, chosen_pair: Pair, wait_until: Wait):
    import slicer

    ui.checkButton.click()
    slicer.mrmlScene.Clear(0)
    assert ui.checkButton.text == "Check"
    assert not ui.findingsFrame.visible
    assert not ui.checkButton.enabled


def test_another_parameter_set_shows_no_findings_of_the_first(panel: Any, ui: Any, findings: list[Any], check: Press):
    findings.append(finding("warning", "Something."))
    check()
    ui.parameterSetSelector.addNode()
    assert not ui.findingsFrame.visible


def test_a_defect_in_the_check_is_shown_and_it_can_be_pressed_again(
    panel: Any, ui: Any, findings: list[Any], check: Press, monkeypatch: pytest.MonkeyPatch
):
    def break_down(_request: Any) -> Iterator[None]:
        yield None
        raise ZeroDivisionError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["ElastixPlusLib.preflight"], "preflight_steps", break_down)
        check()
    assert "ZeroDivisionError: on purpose" in ui.findingsLabel.text
    check()
    assert ui.findingsLabel.text == "Nothing to complain about."


def test_a_defect_in_a_fix_is_shown(
    panel: Any, ui: Any, findings: list[Any], check: Press, monkeypatch: pytest.MonkeyPatch
):
    def break_down(*_arguments: Any) -> None:
        raise ZeroDivisionError("on purpose")

    findings.append(finding("error", "Bad.", "Crop.", "Crop to the overlap", crop="overlap"))
    check()
    monkeypatch.setattr(sys.modules["ElastixPlusPanel.finding_check"], "apply_fix", break_down)
    shown_rows(panel)[0].button.click()
    assert "ZeroDivisionError: on purpose" in ui.findingsLabel.text


# with what is really looked for


def add_segments(pair: Pair) -> Any:
    """A segmentation with two blocks."""
    node = pair.fixed.GetScene().AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    for name, extent in SEGMENTS_MM.items():
        add_block(node, name, extent)
    return node


def add_labels(pair: Pair) -> Any:
    """A labelmap with a block in the middle."""
    voxels = np.zeros((32, 36, 40), np.uint8)
    voxels[8:24, 8:28, 8:32] = 2
    matrix = phantoms.grid_matrix((40, 36, 32), (2.0, 2.2, 2.4))
    return phantoms.add_volume(pair.fixed.GetScene(), voxels, matrix, "labels", "vtkMRMLLabelMapVolumeNode")


def test_nothing_is_found_on_a_good_pair_and_nothing_in_the_scene_changes(
    panel: Any, ui: Any, chosen_pair: Pair, check: Press
):
    import slicer

    choose_landmarks(ui, chosen_pair)
    nodes = slicer.mrmlScene.GetNumberOfNodes()
    times = [chosen_pair.fixed.GetMTime(), chosen_pair.moving.GetMTime(), chosen_pair.fixed_landmarks.GetMTime()]
    check()
    assert ui.findingsLabel.text == "Nothing to complain about.", sentences(panel)
    assert slicer.mrmlScene.GetNumberOfNodes() == nodes
    assert times == [
        chosen_pair.fixed.GetMTime(),
        chosen_pair.moving.GetMTime(),
        chosen_pair.fixed_landmarks.GetMTime(),
    ]


def test_what_cannot_be_used_at_all_is_a_finding_too(panel: Any, ui: Any, pair: Pair, check: Press):
    import slicer

    ui.fixedVolumeSelector.setCurrentNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty"))
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    check()
    assert sentences(panel) == ["The fixed volume is empty. Choose a volume that has voxels."]


@pytest.mark.parametrize("add", [add_box, add_ball, add_segments, add_labels], ids=lambda add: add.__name__)
@pytest.mark.parametrize("use", ["inside of:", "body, without:"])
def test_looking_at_a_region_is_not_taken_for_a_change_of_it(
    panel: Any, ui: Any, chosen_pair: Pair, check: Press, add: Callable[[Pair], Any], use: str
):
    for side in ("fixed", "moving"):
        getattr(ui, f"{side}MaskSelector").setCurrentNode(add(chosen_pair))
        choose_use(ui, side, use)
    check()
    assert ui.findingsFrame.visible
    assert "went wrong" not in ui.findingsLabel.text
    ui.fixedMaskSelector.currentNode().Modified()
    assert not ui.findingsFrame.visible


def test_the_numbers_in_what_is_found_are_those_of_the_scene(panel: Any, ui: Any, chosen_pair: Pair, check: Press):
    choose_landmarks(ui, chosen_pair)
    displace(chosen_pair.moving_landmarks, 4, (0.0, 22.0, 0.0))
    check()
    assert any("5" in one and "mm" in one for one in sentences(panel)), sentences(panel)
