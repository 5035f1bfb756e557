"""What a check has found, on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from ..guidance.findings import Finding
from ..preflight import preflight, with_fixes
from ..request import RegistrationRequest
from .fix_option import with_option
from .streams import say

_TITLES = {"error": "Severe", "warning": "Warning", "note": "Note"}
_MOST_ROUNDS = 3  # a fix may bring something else to light, such as a mask that the new start misses


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
    done: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        fixes = tuple(fix for fix in preflight(request).fixes if fix.title not in done)
        if not fixes:
            break
        request = with_fixes(request, fixes)
        for fix in fixes:
            done.add(fix.title)
            if not is_quiet:
                say(f"Changed: {with_option(fix.title + '.', fix)}")
    return request
