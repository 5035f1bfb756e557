"""``elastixplus register``: read files, register, write files."""

from __future__ import annotations

import argparse
import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ElastixPlusError, RegistrationCancelled, ResultWriteError
from .endings import TRANSFORM_ENDINGS, VOLUME_ENDINGS
from .interrupts import Interrupts
from .output_places import check_folder, check_output_file, refuse_inputs_as_outputs
from .report_files import report_files
from .request_files import input_files, read_request
from .streams import put_out, say, silenced

_TRANSFORM_BYTES = 2**20
_MOST_STAGES = 16


def run_register(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command; see :func:`..arguments.argument_parser` for the options.

    :raises ElastixPlusError: with the exit code of the command.
    """
    _check_json_place(options)
    try:
        _check_places(options)
        account = _register_files(options, interrupts)
    except (ElastixPlusError, KeyboardInterrupt) as error:
        failure = RegistrationCancelled() if isinstance(error, KeyboardInterrupt) else error
        if options.json is not None:
            with suppress(ElastixPlusError):  # the first error is the one to tell
                _write_json(_account_of_failure(failure), options.json)
        raise failure from error
    if options.json is not None:
        _write_json(account, options.json)
    return 0


def _register_files(options: argparse.Namespace, interrupts: Interrupts) -> dict[str, Any]:
    # MRML takes most of a second to load: only once the command line is known to be in order.
    with interrupts.deferred():
        from slicer import vtkMRMLScene

        from ..mrml.files import write_transform, write_volume
        from ..registration import RegistrationJob
        from .finding_lines import fixed_request
        from .progress_line import shown_progress
        from .report_folder import write_report

    scene = vtkMRMLScene()  # nodes do not keep their scene alive
    with silenced(not options.debug):
        request = replace(
            read_request(options, scene),
            transform_kind=options.transform_kind,
            output_volume=True if options.output_volume is not None else None,
            workspace=options.workspace,
            keep_workspace=options.keep_workspace,
        )
    if options.fix:
        request = fixed_request(request, options.quiet)
    with RegistrationJob(request) as job:
        checked = _checked(job, options)
        _check_space(options, checked.fixed.voxels.size * checked.moving.voxels.itemsize)
        job.start()
        with shown_progress(options.quiet) as show:
            job.wait(show)
        result = job.collect()
    if options.output_transform is not None:
        write_transform(result.transform, options.output_transform)
    if options.output_volume is not None and result.volume is not None:
        write_volume(result.volume, options.output_volume)
    if options.report is not None:
        settings = [(file.path.name if file.path else "", file.text) for file in checked.parameter_files]
        write_report(result, settings, options.report)
    for warning in result.warnings[len(checked.warnings) :]:
        _say(options, f"Warning: {warning}")
    _say(options, _summary(result))
    return result.as_dict()


def _checked(job: Any, options: argparse.Namespace) -> Any:
    """Check the request and tell what was found, also where it is refused."""
    from ..guidance.findings import RefusedRequestError
    from .finding_lines import say_findings

    try:
        checked = job.check()
    except RefusedRequestError as error:
        if not options.quiet:
            say_findings([one for one in error.findings if one.what != error.what], with_notes=False)
        raise
    if not options.quiet:
        say_findings(checked.findings, with_notes=False)
    return checked


def _check_json_place(options: argparse.Namespace) -> None:
    """Before anything else, as a failure is written there too."""
    if options.json in (None, "-"):
        return
    refuse_inputs_as_outputs(input_files(options), [Path(options.json)])
    check_output_file(Path(options.json), "JSON account", ())


def _check_places(options: argparse.Namespace) -> None:
    """Everything about the outputs that can be known before the inputs are read."""
    outputs = [options.output_transform, options.output_volume]
    outputs += [] if options.json in (None, "-") else [Path(options.json)]
    if options.report is not None:
        outputs += report_files(options.report, len(options.parameters or ()) or _MOST_STAGES)
        check_folder(options.report if options.report.exists() else options.report.parent, "report")
    refuse_inputs_as_outputs(input_files(options), outputs)
    if options.output_transform is not None:
        check_output_file(options.output_transform, "output transform", TRANSFORM_ENDINGS, _TRANSFORM_BYTES)
    if options.output_volume is not None:
        check_output_file(options.output_volume, "output volume", VOLUME_ENDINGS)


def _check_space(options: argparse.Namespace, volume_bytes: int) -> None:
    if options.output_volume is not None:
        check_folder(options.output_volume.parent, "output volume", volume_bytes)


def _account_of_failure(error: ElastixPlusError) -> dict[str, Any]:
    status = "cancelled" if isinstance(error, RegistrationCancelled) else "failed"
    account: dict[str, Any] = {"what": error.what, "remedy": error.remedy, "exit_code": error.exit_code}
    if error.fix is not None:
        account["fix"] = error.fix.option
    findings = [finding.as_dict() for finding in getattr(error, "findings", ())]
    return {"status": status, "error": account, **({"findings": findings} if findings else {})}


def _write_json(account: dict[str, Any], place: str) -> None:
    text = json.dumps(account, indent=2, ensure_ascii=False) + "\n"
    if place == "-":
        put_out(text)
        return
    path = Path(place).resolve()
    partial = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ResultWriteError(
            f"The account could not be written to {path}: {error.strerror}.", "Choose another place and run again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _summary(result: Any) -> str:
    lines = [f"Done in {result.seconds.total:.1f} s with {result.engine.name} {result.engine.version}."]
    for role, title in (("drive", "Driving landmarks"), ("check", "Check landmarks")):
        summary = result.landmarks.summary(role)
        if summary.n:
            pairs = f"{summary.n} pair{'' if summary.n == 1 else 's'}"
            lines.append(f"{title}: {summary.before_mm:.2f} -> {summary.after_mm:.2f} mm, {pairs}.")
    if result.workspace is not None:
        lines.append(f"The run folder is {result.workspace}.")
    return "\n".join(lines)


def _say(options: argparse.Namespace, text: str) -> None:
    if not options.quiet:
        say(text)
