"""``elastixplus evaluate``: measure how good a transform is, whoever made it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import RegistrationCancelled
from .accounts import STANDARD_OUTPUT, account_files, check_account_place, failures_told, write_account
from .endings import VOLUME_ENDINGS
from .evaluation_files import evaluation_inputs, notes_of_evaluation, read_evaluation_request
from .interrupts import Interrupts
from .output_places import check_output_file, check_report_place, refuse_inputs_as_outputs
from .report_files import evaluation_report_files
from .report_folder import publish_report, staged_report, where_the_report_is, write_evaluation
from .streams import put_out, say, silenced

if TYPE_CHECKING:
    from ..evaluation.evaluation import Evaluation


class EvaluationCancelled(RegistrationCancelled):
    """The user stopped the evaluation; nothing was written."""

    def __init__(self) -> None:
        super().__init__()
        self.what = "The evaluation was cancelled."
        self.args = (f"{self.what} {self.remedy}",)


def run_evaluate(options: argparse.Namespace, interrupts: Interrupts) -> int:
    """Carry out the command; see :func:`.evaluate_arguments.add_evaluate` for the options.

    :raises ElastixPlusError: with the exit code of the command.
    """
    check_account_place(options.json, evaluation_inputs(options))
    with failures_told(options.json, EvaluationCancelled):
        _check_places(options)
        # MRML takes most of a second to load: only once the command line is known to be in order.
        with interrupts.deferred():
            from slicer import vtkMRMLScene

            scene = vtkMRMLScene()  # nodes do not keep their scene alive
        evaluation = _evaluated(options, interrupts, scene)
        with staged_report(options.report) as staged:
            notes = evaluation.warnings
            if staged is not None:
                notes += write_evaluation(evaluation, staged, notes_of_evaluation(options))
            with interrupts.too_late():
                if options.output_jacobian is not None:
                    _write_jacobian(evaluation, options)
                if staged is not None:
                    publish_report(staged, options.report)
                write_account({**evaluation.as_dict(), "warnings": list(notes)}, options.json)
    if not options.quiet:
        _tell(options, evaluation, notes)
    return 0


def _evaluated(options: argparse.Namespace, interrupts: Interrupts, scene: Any) -> Evaluation:
    with interrupts.deferred():
        from ..evaluation import evaluation as evaluating

    with silenced(not options.debug):
        return evaluating.evaluate(read_evaluation_request(options, scene))


def _check_places(options: argparse.Namespace) -> None:
    """Everything about the outputs that can be known before the inputs are read."""
    outputs = [options.output_jacobian, *account_files(options.json)]
    in_report = [] if options.report is None else evaluation_report_files(options.report)
    refuse_inputs_as_outputs(evaluation_inputs(options), [*outputs, *in_report])
    if options.report is not None:
        check_report_place(options.report, in_report)
    if options.output_jacobian is not None:
        check_output_file(options.output_jacobian, "Jacobian map", VOLUME_ENDINGS)


def _write_jacobian(evaluation: Evaluation, options: argparse.Namespace) -> None:
    from ..mrml.files import write_map

    found = evaluation.jacobian_map
    if found is not None:
        write_map(found.determinants, found.grid, options.output_jacobian, "Jacobian map")


def _tell(options: argparse.Namespace, evaluation: Evaluation, notes: tuple[str, ...]) -> None:
    """Show what was found: on standard output, unless the account goes there."""
    from ..accuracy.tolerance import statements
    from .evaluation_lines import evaluation_text

    lines = statements(evaluation.evidence)
    if options.json == STANDARD_OUTPUT:
        say(evaluation_text(lines, "stderr").rstrip("\n"))
    else:
        put_out(evaluation_text(lines))
    for note in notes:
        say(f"Warning: {note}")
    if options.report is not None:
        say(where_the_report_is(options.report))
