"""What is seen of a run below the Apply button: progress while it runs, its outcome afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.errors import Fix

from .finding_rows import FindingRows, FixOf, show_title
from .progress_curve import RunHistory, draw_curve
from .run_text import error_text, progress_text, result_text

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationResult
    from ElastixPlusLib.elastix.progress import ProgressEvent
    from ElastixPlusLib.guidance.findings import Finding

BAR_SECONDS = 0.05  # between two movements of the bar; elastix reports hundreds of iterations in a second
CURVE_SECONDS = 0.25  # between two drawings of the curve
ICON_PIXELS = 20
MOST_LOG_CHARACTERS = 2_000_000
RECORD_NAME = "record.json"  # as in record.record_file, which the panel loads when it is needed


def no_fix(_finding: Finding) -> None:
    """Offer nothing."""


class RunView:
    """Shows a run in the widgets below the Apply button.

    :param ui: the widgets of the panel.
    :param icons: the folder of the icons.
    :param on_fix: is told the change that the user wants after a run.
    :param on_support: is told the folder of a failed run of which the user wants a support file.
    """

    def __init__(self, ui: Any, icons: Path, on_fix: Callable[[Fix], None], on_support: Callable[[Path], None]) -> None:
        self._ui, self._icons, self._on_fix, self._on_support = ui, icons, on_fix, on_support
        self._fix: Fix | None = None
        self._rows = FindingRows(ui.outcomeRows, icons, on_fix)
        self._history = RunHistory()
        self._moved_at = self._drawn_at = 0.0
        self._run_folder: Path | None = None
        self._log_path: Path | None = None
        ui.showLogButton.connect("toggled(bool)", self._show_log)
        ui.openFolderButton.connect("clicked(bool)", self._open_folder)
        ui.runSupportButton.connect("clicked(bool)", self._ask_for_support)
        ui.outcomeFixButton.connect("clicked(bool)", self._take_fix)
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        self._ui.progressFrame.setVisible(False)
        self._ui.outcomeFrame.setVisible(False)
        self._ui.showLogButton.checked = False
        self._ui.logText.setVisible(False)

    def show_start(self) -> None:
        """Show that a run has begun."""
        self.clear()
        self._history = RunHistory()
        self._ui.progressBar.value = 0
        self._ui.progressLabel.text = _("Checking and exporting the inputs")
        self._ui.curveLabel.setVisible(False)
        self._ui.progressBar.setVisible(True)
        self._ui.progressLabel.setVisible(True)
        self._ui.progressFrame.setVisible(True)

    def show_progress(self, event: ProgressEvent) -> None:
        """Show where the run is."""
        self._history.add(event)
        now = time.monotonic()
        is_end = event.fraction >= 1.0
        if is_end or now - self._moved_at >= BAR_SECONDS:
            self._moved_at = now
            bar = self._ui.progressBar
            bar.value = round(event.fraction * bar.maximum)
            self._ui.progressLabel.text = _("Importing the result") if is_end else progress_text(event)
        if (is_end or now - self._drawn_at >= CURVE_SECONDS) and len(self._history.metric) > 1:
            self._drawn_at = now
            self._ui.curveLabel.setVisible(True)
            draw_curve(self._ui.curveLabel, self._history)

    def show_result(self, result: RegistrationResult, fix_of: FixOf = no_fix) -> None:
        """Show the outcome in words; the curve stays.

        :param fix_of: what is offered to be changed where the check before the run had a warning.
        """
        self._ui.progressBar.value = self._ui.progressBar.maximum
        self._ui.progressBar.setVisible(False)
        self._ui.progressLabel.setVisible(False)
        folder = result.workspace
        log = folder / "result" / "elastix.log" if folder is not None else None
        icon = "warning.png" if result.warnings else "check.png"
        found = [one for one in result.findings if one.severity == "warning" and fix_of(one) is not None]
        text = result_text(result, said_elsewhere=[one.sentence for one in found])
        self._show_outcome(text, icon, folder, log, is_result=True)
        self._rows.show(found, fix_of, self._ui.applyRow.width)

    def withdraw_fixes(self) -> None:
        """Offer no changes any more: they were about other inputs."""
        self._fix = None
        self._ui.outcomeFixButton.setVisible(False)
        self._rows.withdraw_fixes()

    def show_error(self, error: Exception, fix: Fix | None = None) -> None:
        """Show cause and remedy, with the log and the run folder at hand.

        :param fix: what is offered to be changed.
        """
        self._ui.progressFrame.setVisible(False)
        log = getattr(error, "log_path", None)
        folder = getattr(error, "run_folder", None) or (log.parent if log is not None else None)
        self._show_outcome(error_text(error), "error.png", folder, log, is_result=False)
        self._fix = fix
        show_title(self._ui.outcomeFixButton, fix, self._ui.applyRow.width)

    def show_cancelled(self, reason: str) -> None:
        """Show that a run was stopped."""
        self._ui.progressFrame.setVisible(False)
        self._show_outcome(reason, "warning.png", None, None, is_result=False)

    def _show_outcome(self, text: str, icon: str, folder: Path | None, log: Path | None, *, is_result: bool) -> None:
        ui = self._ui
        self._run_folder, self._log_path = folder, log
        ui.outcomeIconLabel.setPixmap(qt.QIcon(str(self._icons / icon)).pixmap(ICON_PIXELS, ICON_PIXELS))
        ui.outcomeLabel.text = text
        self._rows.show((), no_fix, 0)
        self.withdraw_fixes()
        ui.showOverlayButton.setVisible(is_result)
        ui.showLogButton.setVisible(log is not None)
        ui.openFolderButton.setVisible(folder is not None)
        has_record = folder is not None and (folder / RECORD_NAME).is_file()
        ui.runSupportButton.setVisible(has_record and not is_result)  # that of a result is kept with its transform
        ui.outcomeFrame.setVisible(True)

    def _take_fix(self) -> None:
        if self._fix is not None:
            self._on_fix(self._fix)

    def _show_log(self, is_shown: bool) -> None:
        self._ui.logText.setVisible(is_shown)
        self._ui.showLogButton.text = _("Hide log") if is_shown else _("Show log")
        if not is_shown or self._log_path is None:
            return
        try:
            text = self._log_path.read_text(encoding="utf-8", errors="replace")[-MOST_LOG_CHARACTERS:]
        except OSError as error:
            text = _("The log could not be read: {error}").format(error=error)
        self._ui.logText.setPlainText(text)
        bar = self._ui.logText.verticalScrollBar()
        bar.setValue(bar.maximum)

    def _ask_for_support(self) -> None:
        if self._run_folder is not None:
            self._on_support(self._run_folder)

    def _open_folder(self) -> None:
        if self._run_folder is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._run_folder)))
