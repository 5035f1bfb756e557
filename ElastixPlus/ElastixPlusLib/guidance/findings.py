"""What a check before the run has found: how bad it is, why, what to do, and where possible the change that does it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import Fix, InputError

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that a user should know before a registration starts.

    :param kind: a short constant name, such as "little-overlap", for programs.
    :param severity: "error": the run would fail or come out wrong; "warning": it may; "note": only worth knowing.
    :param what: one sentence, with the numbers and names that matter.
    :param remedy: one sentence that starts with what to do; empty for a note that needs nothing.
    :param fix: the remedy as a change of the request, where there is one.
    """

    kind: str
    severity: Severity
    what: str
    remedy: str = ""
    fix: Fix | None = None

    @property
    def sentence(self) -> str:
        """Cause and remedy in one text.

        >>> Finding("far", "warning", "The volumes are far apart.", "Start from the landmarks.").sentence
        'The volumes are far apart. Start from the landmarks.'
        """
        return f"{self.what} {self.remedy}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain data; the fix as the option of the command line."""
        option = self.fix.option if self.fix is not None else ""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "what": self.what,
            "remedy": self.remedy,
            "fix": option or None,
        }


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then notes; within each in the order in which they were found."""
    order = ("error", "warning", "note")
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


class RefusedRequestError(InputError):
    """The check before the run has found that it would fail or come out wrong.

    :param findings: all of them, the worst first; cause, remedy and fix of the error are those of the first one.
    """

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].what, findings[0].remedy)
        self.findings = findings
        self.fix = findings[0].fix
