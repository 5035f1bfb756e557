"""Everything that is known of a registration before it runs: what would fail, what may, and what would help.

The same check comes before every run; here it is made alone, and nothing is refused: what would be is a finding, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .checking.checked_request import CheckedRequest
from .checking.preparation import check_steps
from .errors import ElastixPlusError, Fix
from .guidance.findings import Finding
from .request import RegistrationRequest
from .steps import Steps, run_to_end

_MOST_ROUNDS = 3


@dataclass(frozen=True)
class Preflight:
    """The outcome of a check.

    :param request: what was checked.
    :param findings: the most severe ones first.
    :param checked: the request as it would run; None if something in it cannot be used at all.
    """

    request: RegistrationRequest
    findings: tuple[Finding, ...]
    checked: CheckedRequest | None

    @property
    def can_run(self) -> bool:
        """Whether nothing was found that would make the run fail or come out wrong."""
        return not any(finding.severity == "error" for finding in self.findings)

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """The changes that the findings offer, each once."""
        offered = [finding.fix for finding in self.findings if finding.fix is not None]
        return tuple(fix for index, fix in enumerate(offered) if fix not in offered[:index])


def preflight(request: RegistrationRequest) -> Preflight:
    """Check a request without running it.

    Example, with volume and point list nodes of one scene::

        from ElastixPlusLib import RegistrationRequest
        from ElastixPlusLib.preflight import preflight
        for finding in preflight(RegistrationRequest(fixed=fixed_volume, moving=moving_volume)).findings:
            print(finding.severity, finding.sentence)
    """
    return run_to_end(preflight_steps(request))


def preflight_steps(request: RegistrationRequest) -> Steps[Preflight]:
    """:func:`preflight` in pieces of about 30 ms."""
    try:
        checked = yield from check_steps(replace(request, despite_findings=True))
    except ElastixPlusError as error:
        return Preflight(request, (Finding(_kind(error), "error", error.what, error.remedy, error.fix),), None)
    return Preflight(request, checked.findings, replace(checked, request=request))


def with_fixes(request: RegistrationRequest, fixes: tuple[Fix, ...]) -> RegistrationRequest:
    """The request with changes that findings offer; where two change the same field, the first one counts.

    >>> from ElastixPlusLib.errors import Fix
    >>> changed({}, (Fix("a", {"initial": "landmarks"}), Fix("b", {"initial": "gravity", "crop": "overlap"})))
    {'initial': 'landmarks'}
    """
    return replace(request, **changed({}, fixes))


def with_offered_fixes(
    request: RegistrationRequest, rounds: int = _MOST_ROUNDS
) -> tuple[RegistrationRequest, tuple[Fix, ...]]:
    """The request with everything that its check offers, and the fixes that have changed it, each made once.

    :param rounds: how often the check is made: a fix may bring something else to light, such as a mask that the new
        start misses.
    """
    made: list[Fix] = []
    for _ in range(rounds):
        offered = tuple(fix for fix in preflight(request).fixes if fix not in made)
        fixed = with_fixes(request, offered)
        now = [fix for fix in offered if _is_in(fixed, fix) and not _is_in(request, fix)]
        if not now:
            break
        made += now
        request = fixed
    return request, tuple(made)


def _is_in(request: RegistrationRequest, fix: Fix) -> bool:
    return all(getattr(request, name) == value for name, value in fix.changes.items())


def changed(fields: Mapping[str, Any], fixes: tuple[Fix, ...]) -> dict[str, Any]:
    """Fields with the changes of fixes; a fix that contradicts an earlier one is left out as a whole."""
    result = dict(fields)
    for fix in fixes:
        if not any(name in result and result[name] != value for name, value in fix.changes.items()):
            result.update(fix.changes)
    return result


def _kind(error: ElastixPlusError) -> str:
    """Such as "landmark" for a LandmarkError."""
    return type(error).__name__.removesuffix("Error").lower()
