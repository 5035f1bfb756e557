"""``elastixplus check``: say what a registration would meet, without running it."""

from __future__ import annotations

import argparse

from ..errors import InputError
from .interrupts import Interrupts
from .request_files import read_request
from .streams import put_out_json, say, silenced


def run_check(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command.

    :returns: 0 if nothing severe was found, else the exit code of an input that cannot be used.
    :raises ElastixPlusError: a file cannot be read.
    """
    with interrupts.deferred():
        from slicer import vtkMRMLScene

        from ..preflight import preflight
        from .finding_lines import say_findings

    scene = vtkMRMLScene()  # nodes do not keep their scene alive
    with silenced(not options.debug):
        request = read_request(options, scene)
        checked = preflight(request)
    if options.json:
        account = {"can_run": checked.can_run, "findings": [finding.as_dict() for finding in checked.findings]}
        put_out_json(account)
    else:
        say_findings(checked.findings)
        say("The registration can run." if checked.can_run else "The registration would fail or come out wrong.")
    return 0 if checked.can_run else InputError.exit_code
