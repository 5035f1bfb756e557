"""``elastixplus register``: read files, register, find out how good it is, write files."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError, LandmarkError
from .accounts import account_files, check_account_place, failures_told, write_account
from .endings import TRANSFORM_ENDINGS, VOLUME_ENDINGS
from .interrupts import Interrupts
from .output_places import check_folder, check_output_file, check_report_place, refuse_inputs_as_outputs
from .record_place import record_place
from .report_files import report_files
from .report_folder import (
    command_line,
    publish_report,
    staged_report,
    where_the_report_is,
    write_evaluation,
    write_report,
)
from .request_files import check_structure_names, input_files, read_request, read_structure_files
from .streams import say, silenced

if TYPE_CHECKING:
    from ..evaluation.evaluation import Evaluation
    from ..request import RegistrationRequest
    from ..result import RegistrationResult
    from .further_evidence import FurtherRuns

_TRANSFORM_BYTES = 2**20
_MOST_STAGES = 16


@dataclass(frozen=True, eq=False)
class _Outcome:
    """Everything that a run has found, before anything of it is written.

    :param late_warnings: those that the check before the run could not know.
    :param evaluation: how good it is; None if nobody asked.
    """

    request: RegistrationRequest
    result: RegistrationResult
    late_warnings: tuple[str, ...]
    further: FurtherRuns
    evaluation: Evaluation | None

    @property
    def warnings_of_evaluation(self) -> tuple[str, ...]:
        """What only the evaluation has found."""
        found = () if self.evaluation is None else self.evaluation.warnings
        return tuple(warning for warning in found if warning not in self.result.warnings)


def run_register(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command; see :func:`..arguments.argument_parser` for the options.

    :raises ElastixPlusError: with the exit code of the command.
    """
    check_account_place(options.json, input_files(options))
    with failures_told(options.json):
        _check_options(options)
        _check_places(options)
        # MRML takes most of a second to load: only once the command line is known to be in order.
        with interrupts.deferred():
            from slicer import vtkMRMLScene

            scene = vtkMRMLScene()  # nodes do not keep their scene alive
        outcome = _registered(options, interrupts, scene)
        with staged_report(options.report) as staged:
            notes = outcome.warnings_of_evaluation
            if staged is not None:
                notes += _fill_report(options, outcome, staged)
            # Everything at once: a cancel finds the places as they were, or comes too late.
            with interrupts.too_late():
                _write_outputs(options, outcome, staged)
                write_account(_account(outcome, notes), options.json)
    if not options.quiet:
        _tell(options, outcome, notes)
    return 0


def _registered(options: argparse.Namespace, interrupts: Interrupts, scene: Any) -> _Outcome:
    with interrupts.deferred():
        from ..registration import RegistrationJob
        from .finding_lines import fixed_request
        from .progress_line import shown_progress

    with silenced(not options.debug):
        request = replace(
            read_request(options, scene),
            transform_kind=options.transform_kind,
            output_volume=True if options.output_volume is not None else None,
            workspace=options.workspace,
            keep_workspace=options.keep_workspace,
        )
        structures = read_structure_files(options, scene)
        check_structure_names(structures)
    if options.fix:
        request = fixed_request(request, options.quiet)
    further = _further_runs(options, request)
    with RegistrationJob(request) as job:
        checked = _checked(job, options, is_told=_wants_further_runs(options))
        job.start()
        with shown_progress(options.quiet) as show:
            job.wait(show)
        result = job.collect()
    late = result.warnings[len(checked.warnings) :]
    evaluation = _evaluated(request, result, structures, further) if _wants_evaluation(options) else None
    return _Outcome(request, result, late, further, evaluation)


def _further_runs(options: argparse.Namespace, request: RegistrationRequest) -> FurtherRuns:
    """The runs that only show how good the result is; before it, so that what is wrong with them shows first."""
    from ..registration import RegistrationJob
    from .further_evidence import FurtherRuns, further_runs

    if not _wants_further_runs(options):
        return FurtherRuns()
    with RegistrationJob(request) as job:
        _checked(job, options)
    return further_runs(options, request)


def _evaluated(
    request: RegistrationRequest, result: RegistrationResult, structures: dict[str, Any], further: FurtherRuns
) -> Evaluation:
    from ..evaluation import evaluation as evaluating
    from ..evaluation.evaluation_request import evaluation_of_registration
    from .further_evidence import with_further_runs

    asked = replace(evaluation_of_registration(request, result.transform), **structures)
    evaluation = evaluating.evaluate(asked).with_evidence(landmarks=result.landmarks)  # those that were registered with
    return with_further_runs(evaluation, further)


def _wants_evaluation(options: argparse.Namespace) -> bool:
    """Whether anything asks how good the result is."""
    return options.report is not None or _wants_evidence(options)


def _wants_evidence(options: argparse.Namespace) -> bool:
    return _wants_further_runs(options) or options.fixed_segmentation is not None


def _wants_further_runs(options: argparse.Namespace) -> bool:
    return options.cross_validate is not None or options.both_ways or options.repeat is not None


def _checked(job: Any, options: argparse.Namespace, is_told: bool = False) -> Any:
    """Check the request and tell what was found, also where it is refused.

    :param is_told: whether that was done before.
    """
    from ..guidance.findings import RefusedRequestError
    from .finding_lines import say_findings

    try:
        checked = job.check()
    except RefusedRequestError as error:
        if not options.quiet:
            say_findings([one for one in error.findings if one.what != error.what], with_notes=False)
        raise
    if not options.quiet and not is_told:
        say_findings(checked.findings, with_notes=False)
    if options.output_volume is not None:
        volume_bytes = checked.fixed.voxels.size * checked.moving.voxels.itemsize
        check_folder(options.output_volume.parent, "output volume", volume_bytes)
    return checked


def _check_options(options: argparse.Namespace) -> None:
    """Options that mean nothing without others."""
    if options.cross_validate is not None and options.fixed_landmarks is None:
        raise LandmarkError(
            "A cross-validation leaves out landmarks, and there are none.",
            "Give --fixed-landmarks and --moving-landmarks, or leave out --cross-validate.",
        )
    needs_repeats = options.output_uncertainty is not None or options.output_mean_transform is not None
    if needs_repeats and options.repeat is None:
        raise InputError(
            "The uncertainty of a registration shows only when it is repeated.", "Add --repeat, such as --repeat 5."
        )


def _check_places(options: argparse.Namespace) -> None:
    """Everything about the outputs that can be known before the inputs are read."""
    outputs = [options.output_transform, options.output_volume]
    outputs += [options.output_uncertainty, options.output_mean_transform, *account_files(options.json)]
    outputs.append(record_place(options))
    in_report = []
    if options.report is not None:
        in_report = report_files(options.report, len(options.parameters or ()) or _MOST_STAGES)
    refuse_inputs_as_outputs(input_files(options), [*outputs, *in_report])
    if options.report is not None:
        check_report_place(options.report, in_report)
    if options.output_transform is not None:
        check_output_file(options.output_transform, "output transform", TRANSFORM_ENDINGS, _TRANSFORM_BYTES)
    if options.output_volume is not None:
        check_output_file(options.output_volume, "output volume", VOLUME_ENDINGS)
    if (record := record_place(options)) is not None:
        check_output_file(record, "record of the run", ())
    if options.output_mean_transform is not None:
        check_output_file(options.output_mean_transform, "mean transform", TRANSFORM_ENDINGS, _TRANSFORM_BYTES)
    if options.output_uncertainty is not None:
        check_output_file(options.output_uncertainty, "uncertainty map", VOLUME_ENDINGS)


def _fill_report(options: argparse.Namespace, outcome: _Outcome, folder: Path) -> tuple[str, ...]:
    """Write everything that belongs to the report.

    :returns: what could not be written, as sentences.
    """
    from ..evaluation.report_notes import notes_of_registration

    result, missing = outcome.result, tuple[str, ...]()
    if outcome.evaluation is not None:
        notes = notes_of_registration(outcome.request, result, (command_line(options.words),))
        missing = write_evaluation(outcome.evaluation, folder, notes)
    write_report(result, folder)
    return missing


def _write_outputs(options: argparse.Namespace, outcome: _Outcome, staged: Path | None) -> None:
    from ..evaluation.repeats import mean_transform
    from ..mrml.files import write_map, write_transform, write_volume
    from ..mrml.transforms import add_transform_node
    from ..record.record_file import write_record

    result, repeats = outcome.result, outcome.further.repeats
    if options.output_transform is not None:
        write_transform(result.transform, options.output_transform)
    if options.output_volume is not None and result.volume is not None:
        write_volume(result.volume, options.output_volume)
    if options.output_uncertainty is not None and repeats is not None:
        write_map(repeats.spread.sd_mm, repeats.spread.grid, options.output_uncertainty, "uncertainty map")
    if options.output_mean_transform is not None and repeats is not None:
        mean = add_transform_node(result.transform.GetScene(), mean_transform(repeats.spread), "mean")
        write_transform(mean, options.output_mean_transform)
    if (place := record_place(options)) is not None and result.record is not None:
        write_record(result.record, place)
    if staged is not None:
        publish_report(staged, options.report)


def _account(outcome: _Outcome, notes: tuple[str, ...]) -> dict[str, Any]:
    """The account of the run, with the evidence if there is more of it than landmarks."""
    from ..evaluation.evidence_account import account_of

    account = outcome.result.as_dict()
    account["warnings"] += notes
    if outcome.evaluation is not None:
        account["evidence"] = account_of(outcome.evaluation.evidence)
    return account


def _tell(options: argparse.Namespace, outcome: _Outcome, notes: tuple[str, ...]) -> None:
    from ..accuracy.tolerance import statements
    from .evaluation_lines import evaluation_text

    for warning in (*outcome.late_warnings, *notes):
        say(f"Warning: {warning}")
    say(_summary(outcome.result))
    if outcome.evaluation is not None and _wants_evidence(options):
        say(evaluation_text(statements(outcome.evaluation.evidence), "stderr").rstrip("\n"))
    if options.report is not None:
        say(where_the_report_is(options.report))


def _summary(result: RegistrationResult) -> str:
    lines = [f"Done in {result.seconds.total:.1f} s with {result.engine.name} {result.engine.version}."]
    for role, title in (("drive", "Driving landmarks"), ("check", "Check landmarks")):
        summary = result.landmarks.summary(role)
        if summary.n:
            pairs = f"{summary.n} pair{'' if summary.n == 1 else 's'}"
            lines.append(f"{title}: {summary.before_mm:.2f} -> {summary.after_mm:.2f} mm, {pairs}.")
    if result.workspace is not None:
        lines.append(f"The run folder is {result.workspace}.")
    return "\n".join(lines)
