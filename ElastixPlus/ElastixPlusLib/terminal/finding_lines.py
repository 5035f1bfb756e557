"""What a check has found, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ..guidance.findings import Finding
from ..preflight import with_offered_fixes
from ..request import RegistrationRequest
from .fix_option import with_option
from .streams import say

_TITLES = {"error": "Severe", "warning": "Warning", "note": "Note"}


def finding_line(finding: Finding) -> str:
    """A finding in one line, with the option that does what the remedy says.

    >>> finding_line(Finding("thin", "warning", "The stack is thin.", "Choose another preset."))
    'Warning: The stack is thin. Choose another preset.'
    """
    return f"{_TITLES[finding.severity]}: {with_option(finding.sentence, finding.fix)}"


def say_findings(findings: Sequence[Finding], with_notes: bool = True) -> None:
    """Print findings on standard error, a line each."""
    for finding in findings:
        if with_notes or finding.severity != "note":
            say(finding_line(finding))


def fixed_request(request: RegistrationRequest, is_quiet: bool) -> RegistrationRequest:
    """The request with the changes that its check offers, each of them told.

    :raises InputError: something in the request cannot be used at all.
    """
    fixed, made = with_offered_fixes(request)
    for fix in made if not is_quiet else ():
        say(f"Changed: {with_option(fix.title + '.', fix)}")
    return fixed
