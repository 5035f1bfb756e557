"""Draw the panel in its main states, light and dark, from the bench: `make screenshots`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "ElastixPlus"), str(REPOSITORY / "Testing")]
FOLDER = Path(__file__).resolve().parent
WIDTH, TALL = 420, 1600
MARGIN = 8
# Colours of the application's dark style.
DARK = {
    "Window": "#353535",
    "WindowText": "#ffffff",
    "Base": "#2b2b2b",
    "AlternateBase": "#353535",
    "Text": "#ffffff",
    "Button": "#404040",
    "ButtonText": "#ffffff",
    "Highlight": "#2a82da",
    "HighlightedText": "#ffffff",
    "ToolTipBase": "#353535",
    "ToolTipText": "#ffffff",
    "PlaceholderText": "#a0a0a0",
}


def main() -> None:
    """Draw everything."""
    tempfile.tempdir = tempfile.mkdtemp(prefix="panel-")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import bench

    bench.start(Path(tempfile.mkdtemp()))
    bench.run(draw_all)
    left = bench.slot_errors()
    if left:
        raise SystemExit("\n".join(failure.report for failure in left))


def draw_all() -> None:
    """Lead the panel through its states; each is drawn in both styles."""
    import qt
    import slicer
    from draw_editor import draw_editor

    import bench

    slicer.app.setStyle("Fusion")
    font = qt.QFont("DejaVu Sans")
    font.setPixelSize(12)
    slicer.app.setFont(font)
    gui = bench.load_module(REPOSITORY / "ElastixPlus" / "ElastixPlus.py").widgetRepresentation()
    gui.resize(WIDTH, TALL)
    gui.show()
    gui.enter()
    ui = gui.self().ui
    draw(gui, "empty")
    choose_phantoms(ui)
    draw(gui, "ready")
    put_back = make_it_doubtful(ui)
    draw(gui, "findings")
    put_back()
    show_everything(ui, True)
    draw(gui, "advanced")
    show_everything(ui, False)
    ui.applyButton.click()
    work_until(lambda: ui.progressBar.value > 700)
    pictures = [draw(gui, "running")]
    work_until(lambda: ui.applyButton.text == "Apply")
    work_for(0.3)
    pictures.append(draw(gui, "done"))
    evaluate(ui)
    draw(gui, "evaluated")
    close_evaluation(ui)
    open_record(ui)
    draw(gui, "record")
    ui.recordSection.collapsed = True
    make_it_fail(ui)
    pictures.append(draw(gui, "error"))
    join([FOLDER / "panel-ready-light.png", *pictures[:2]], FOLDER / "panel.png")
    draw_editor(work_until, work_for)


def choose_phantoms(ui: Any) -> None:
    """Choose two volumes with landmarks, two of the eight pairs for checking."""
    import slicer

    from ElastixPlusPanel.phantom_pair import make_phantom_pair

    pair = make_phantom_pair(slicer.mrmlScene)
    ui.fixedVolumeSelector.setCurrentNode(pair.fixed)
    ui.movingVolumeSelector.setCurrentNode(pair.moving)
    ui.fixedLandmarksSelector.setCurrentNode(pair.fixed_landmarks)
    ui.movingLandmarksSelector.setCurrentNode(pair.moving_landmarks)
    ui.startFromLandmarksCheckBox.checked = True
    work_for(0.2)
    for row in (2, 5):
        ui.landmarkTable.item(row, 1).setCheckState(checked())
    work_for(0.2)


def checked() -> Any:
    """The state of a ticked box."""
    import qt

    return qt.Qt.Checked


def show_everything(ui: Any, is_shown: bool) -> None:
    """Open, or close, the sections that are closed at first."""
    ui.masksButton.collapsed = ui.advancedButton.collapsed = not is_shown


def make_it_doubtful(ui: Any) -> Callable[[], None]:
    """Check the volumes far apart, with one landmark at the wrong place; returns what puts everything right again."""
    import slicer
    import vtk

    landmarks = ui.movingLandmarksSelector.currentNode()
    place = list(landmarks.GetNthControlPointPosition(3))
    away = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "away")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 240.0)
    away.SetMatrixTransformToParent(matrix)
    for node in (ui.movingVolumeSelector.currentNode(), landmarks):
        node.SetAndObserveTransformNodeID(away.GetID())
    landmarks.SetNthControlPointPosition(3, place[0], place[1] + 30.0, place[2])
    ui.startFromLandmarksCheckBox.checked = False
    work_for(1.0)
    ui.checkButton.click()
    work_until(lambda: ui.checkButton.text == "Check")
    work_for(0.2)

    def put_back() -> None:
        landmarks.SetNthControlPointPosition(3, *place)
        slicer.mrmlScene.RemoveNode(away)
        ui.startFromLandmarksCheckBox.checked = True
        work_for(1.0)

    return put_back


def evaluate(ui: Any) -> None:
    """Open the last section, evaluate the result and look at its first figure."""
    for section in (ui.volumesButton, ui.landmarksButton, ui.presetButton, ui.outputsButton):
        section.collapsed = True
    ui.evaluationSection.collapsed = False
    work_for(0.2)
    ui.evaluateButton.click()
    work_until(lambda: ui.evaluateButton.text == "Evaluate")
    ui.evaluationTable.setCurrentCell(0, 0)
    ui.evaluationTable.cellClicked(0, 0)
    work_for(0.3)


def close_evaluation(ui: Any) -> None:
    """Show the sections again that were open before."""
    for section in (ui.volumesButton, ui.landmarksButton, ui.presetButton, ui.outputsButton):
        section.collapsed = False
    ui.evaluationSection.collapsed = True
    work_for(0.2)


def open_record(ui: Any) -> None:
    """Open the record of the result, and fill the panel from it."""
    ui.recordSection.collapsed = False
    work_until(lambda: bool(ui.fillFromRecordButton.enabled))
    ui.fillFromRecordButton.click()
    work_until(lambda: "since the run..." not in ui.recordStatusLabel.text)


def make_it_fail(ui: Any) -> None:
    """Put the moving volume where it does not overlap, without a start that would help."""
    ui.outputTransformSelector.setCurrentNode(None)
    moving = ui.movingVolumeSelector.currentNode()
    moving.SetAndObserveTransformNodeID(None)
    moving.SetOrigin(900, 900, 900)
    ui.fixedLandmarksSelector.setCurrentNode(None)
    ui.movingLandmarksSelector.setCurrentNode(None)
    ui.startFromLandmarksCheckBox.checked = False
    ui.applyButton.click()
    work_until(lambda: ui.applyButton.text == "Apply")
    ui.runAnywayButton.click()  # the check has refused it
    work_until(lambda: ui.applyButton.text == "Apply")
    ui.showLogButton.click()
    work_for(0.2)


def draw(gui: Any, state: str) -> Path:
    """Draw the panel in both styles and return the light picture."""
    import slicer

    light = slicer.app.style().standardPalette()
    for name, palette in (("dark", dark_palette()), ("light", light)):
        slicer.app.setPalette(palette)
        work_for(0.1)
        gui.resize(WIDTH, TALL)
        work_for(0.1)
        height = used_height(gui.self().ui)
        picture = gui.grab().copy(0, 0, WIDTH, height)
        path = FOLDER / f"panel-{state}-{name}.png"
        if not picture.save(str(path)):
            raise OSError(f"{path} could not be written")
    return FOLDER / f"panel-{state}-light.png"


def used_height(ui: Any) -> int:
    """Where the panel's contents end."""
    import qt

    top = ui.recordSection.mapTo(ui.recordSection.window(), qt.QPoint(0, 0)).y()
    return int(top + ui.recordSection.height + MARGIN)


def dark_palette() -> Any:
    """The palette of the dark style."""
    import qt

    palette = qt.QPalette(qt.QColor(DARK["Button"]), qt.QColor(DARK["Window"]))  # sets the shades in between
    for role, color in DARK.items():
        palette.setColor(getattr(qt.QPalette, role), qt.QColor(color))
        if role.endswith("Text"):
            palette.setColor(qt.QPalette.Disabled, getattr(qt.QPalette, role), qt.QColor("#808080"))
    return palette


def join(paths: list[Path], target: Path) -> None:
    """Put pictures beside each other."""
    import qt

    pictures = [qt.QPixmap(str(path)) for path in paths]
    gap = 16
    width = sum(one.width() for one in pictures) + gap * (len(pictures) - 1)
    joined = qt.QPixmap(width, max(one.height() for one in pictures))
    joined.fill(qt.QColor("#ffffff"))
    painter = qt.QPainter()
    painter.begin(joined)
    left = 0
    for one in pictures:
        painter.drawPixmap(left, 0, one)
        left += one.width() + gap
    painter.end()
    if not joined.save(str(target)):
        raise OSError(f"{target} could not be written")


def work_for(seconds: float) -> None:
    """Let the application work for a while."""
    until = time.monotonic() + seconds
    work_until(lambda: time.monotonic() > until)


def work_until(is_reached: Callable[[], bool], longest_seconds: float = 120.0) -> None:
    """Let the application work until something is the case."""
    import slicer

    until = time.monotonic() + longest_seconds
    while not is_reached():
        if time.monotonic() > until:
            raise TimeoutError("the panel did not get there")
        slicer.app.processEvents()
        time.sleep(0.005)


if __name__ == "__main__":
    main()
