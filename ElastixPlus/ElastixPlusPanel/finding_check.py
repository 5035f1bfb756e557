"""The check before a run: its button, and what it finds, with the changes that would help."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.errors import Fix

from .applied_fix import apply_fix, members_of_fix
from .background_registration import background_check
from .background_steps import BackgroundSteps
from .engine_choice import engine_settings
from .finding_rows import ICON_PIXELS, FindingRows
from .input_watch import InputWatch
from .parameter_set import ParameterSet
from .request_of_parameters import request_of
from .run_text import error_text

if TYPE_CHECKING:
    from ElastixPlusLib import Preflight, RegistrationRequest
    from ElastixPlusLib.guidance.findings import Finding, RefusedRequestError

ORDER = ("error", "warning", "note")


class FindingCheck:
    """Checks what is chosen, in the background, and shows what was found until an input changes.

    :param ui: the widgets of the panel.
    :param icons: the folder of the icons.
    :param run_anyway: starts a run in spite of what was found.
    """

    def __init__(self, ui: Any, icons: Path, run_anyway: Callable[[], None]) -> None:
        self._ui, self._icons = ui, icons
        self._parameters: ParameterSet | None = None
        self._check: BackgroundSteps[None, Preflight] | None = None
        self._fixes: tuple[Fix, ...] = ()
        self._rows = FindingRows(ui.findingRows, icons, self.take_fix)
        self._watch = InputWatch(self.request_now, self.forget)
        ui.checkButton.connect("clicked(bool)", self.start_or_stop)
        ui.fixAllButton.connect("clicked(bool)", self._take_all_fixes)
        ui.runAnywayButton.connect("clicked(bool)", run_anyway)
        self.forget()

    @property
    def is_checking(self) -> bool:
        """Whether a check goes on."""
        return self._check is not None and self._check.is_running

    def set_parameters(self, parameters: ParameterSet | None) -> None:
        """Bind to another parameter set, or to none."""
        self._parameters = parameters
        self.forget()

    def show(self) -> None:
        """The parameter set has changed: what was found, or is being looked for, may not be true any more."""
        self._watch.look()

    def request_now(self) -> RegistrationRequest | None:
        """What would be registered; None without a parameter set."""
        return request_of(self._parameters, engine_settings()) if self._parameters is not None else None

    def fix_of(self, finding: Finding) -> Fix | None:
        """The fix of a finding, if the panel can apply it and it would change anything."""
        return self.applicable(finding.fix)

    def applicable(self, fix: Fix | None) -> Fix | None:
        """A fix, if the panel can apply it and it would change anything; else None."""
        return fix if self._parameters is not None and members_of_fix(self._parameters, fix) else None

    def start_or_stop(self) -> None:
        """Check what is chosen; stop if that goes on already."""
        if self.is_checking:
            self.forget()
        else:
            self.start()

    def start(self) -> None:
        """Check what is chosen."""
        self.forget()
        try:
            request = self.request_now()
            if request is None:
                return
            self._check = background_check(request, self._done, self.show_error)
            self._show_about(request)
            self._show_head(_("Checking the inputs"))
            self._ui.checkButton.text = _("Stop")
            self._check.start()
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self.show_error(error)

    def forget(self) -> None:
        """Stop checking and show nothing."""
        check, self._check = self._check, None
        if check is not None:
            check.stop()
        self._watch.watch(None)
        self._ui.checkButton.text = _("Check")
        self._ui.findingsFrame.setVisible(False)

    def show_refused(self, request: RegistrationRequest, error: RefusedRequestError) -> None:
        """Show why a run was refused, and offer to run all the same."""
        self.forget()
        self._show_about(request)
        self._show_head(_("Nothing was run, as it would fail or come out wrong:"))
        self._show_findings(error.findings)
        self._ui.runAnywayButton.setVisible(True)

    def show_error(self, error: Exception) -> None:
        """Show what went wrong."""
        self.forget()
        self._show_head(error_text(error), "error.png")
        self._ui.findingsFrame.setVisible(True)

    def take_fix(self, fix: Fix) -> None:
        """Choose what a fix changes, and check again."""
        try:
            if self._parameters is not None:
                apply_fix(self._parameters, fix)
        except Exception as error:  # a slot: what is not shown here, nobody sees
            self.show_error(error)
        else:
            self.start()

    def _take_all_fixes(self) -> None:
        from ElastixPlusLib.preflight import changed  # loaded already: there were findings

        self.take_fix(Fix("", changed({}, self._fixes)))

    def _done(self, preflight: Preflight) -> None:
        try:
            self._ui.checkButton.text = _("Check")
            is_fine = all(finding.severity == "note" for finding in preflight.findings)
            self._show_head(_("Nothing to complain about.") if is_fine else "", "check.png")
            self._show_findings(preflight.findings)
        except Exception as error:  # called by a timer: what is not shown here, nobody sees
            self.show_error(error)

    def _show_about(self, request: RegistrationRequest) -> None:
        """Show the frame, empty, for as long as a request is what is chosen."""
        self._watch.watch(request)
        self._ui.findingsFrame.setVisible(True)

    def _show_head(self, text: str, icon: str = "") -> None:
        ui = self._ui
        ui.findingsLabel.text = text
        ui.findingsLabel.setVisible(bool(text))
        if icon:
            ui.findingsIconLabel.setPixmap(qt.QIcon(str(self._icons / icon)).pixmap(ICON_PIXELS, ICON_PIXELS))
        ui.findingsIconLabel.setVisible(bool(text and icon))
        self._show_findings(())
        ui.runAnywayButton.setVisible(False)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        ordered = sorted(findings, key=lambda finding: ORDER.index(finding.severity))
        self._fixes = self._rows.show(ordered, self.fix_of, self._ui.applyRow.width)
        self._ui.fixAllButton.setVisible(len(self._fixes) > 1)
