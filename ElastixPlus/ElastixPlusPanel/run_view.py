"""What is seen of a run below the Apply button: progress while it runs, its outcome afterwards."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.errors import ElastixPlusError

from .progress_curve import RunHistory, draw_curve
from .run_text import progress_text, result_text

if TYPE_CHECKING:
    from ElastixPlusLib import RegistrationResult
    from ElastixPlusLib.elastix.progress import ProgressEvent

BAR_SECONDS = 0.05  # between two movements of the bar; elastix reports hundreds of iterations in a second
CURVE_SECONDS = 0.25  # between two drawings of the curve
ICON_PIXELS = 20
MOST_LOG_CHARACTERS = 2_000_000


class RunView:
    """Shows a run in the widgets below the Apply button.

    :param ui: the widgets of the panel.
    :param icons: the folder of the icons.
    """

    def __init__(self, ui: Any, icons: Path) -> None:
        self._ui, self._icons = ui, icons
        self._history = RunHistory()
        self._moved_at = self._drawn_at = 0.0
        self._run_folder: Path | None = None
        self._log_path: Path | None = None
        ui.showLogButton.connect("toggled(bool)", self._show_log)
        ui.openFolderButton.connect("clicked(bool)", self._open_folder)
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

    def show_result(self, result: RegistrationResult) -> None:
        """Show the outcome in words; the curve stays."""
        self._ui.progressBar.value = self._ui.progressBar.maximum
        self._ui.progressBar.setVisible(False)
        self._ui.progressLabel.setVisible(False)
        folder = result.workspace
        log = folder / "result" / "elastix.log" if folder is not None else None
        icon = "warning.png" if result.warnings else "check.png"
        self._show_outcome(result_text(result), icon, folder, log, is_result=True)

    def show_error(self, error: Exception) -> None:
        """Show cause and remedy, with the log and the run folder at hand."""
        self._ui.progressFrame.setVisible(False)
        if isinstance(error, ElastixPlusError):
            text = f"{error.what}\n{error.remedy}"
        else:
            text = _("Something went wrong that was not foreseen: {error}").format(
                error=f"{type(error).__name__}: {error}"
            )
        log = getattr(error, "log_path", None)
        folder = getattr(error, "run_folder", None) or (log.parent if log is not None else None)
        self._show_outcome(text, "error.png", folder, log, is_result=False)

    def show_cancelled(self, reason: str) -> None:
        """Show that a run was stopped."""
        self._ui.progressFrame.setVisible(False)
        self._show_outcome(reason, "warning.png", None, None, is_result=False)

    def _show_outcome(self, text: str, icon: str, folder: Path | None, log: Path | None, *, is_result: bool) -> None:
        ui = self._ui
        self._run_folder, self._log_path = folder, log
        ui.outcomeIconLabel.setPixmap(qt.QIcon(str(self._icons / icon)).pixmap(ICON_PIXELS, ICON_PIXELS))
        ui.outcomeLabel.text = text
        ui.showOverlayButton.setVisible(is_result)
        ui.showLogButton.setVisible(log is not None)
        ui.openFolderButton.setVisible(folder is not None)
        ui.outcomeFrame.setVisible(True)

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

    def _open_folder(self) -> None:
        if self._run_folder is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(self._run_folder)))
