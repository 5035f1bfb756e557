"""Do a run again from its record, and say whether the result is the same."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from .errors import Fix, RecordError
from .record.comparison import Comparison, compare, input_differences
from .record.run_record import RunRecord, words_of_role
from .recording import record_steps
from .registration import ProgressCallback, RegistrationJob
from .request import RegistrationRequest
from .result import RegistrationResult
from .steps import run_to_end

_SEVERAL = ("further_fixed", "further_moving")


@dataclass(frozen=True)
class Rerun:
    """A run that was done again.

    :param comparison: its record held against the earlier one.
    """

    result: RegistrationResult
    comparison: Comparison


def request_of_record(record: RunRecord, nodes: Mapping[str, Any]) -> RegistrationRequest:
    """The request that does a run again, with the very parameter files, and an engine of the same kind.

    :param nodes: by role, see :class:`.record.run_record.InputIdentity`; those of further volumes as a sequence.
    :raises RecordError: the run needed something that ``nodes`` does not have.

    Example, with the nodes in the scene in which the run was made::

        record = record_from_text(record_text_of(transform_node))
        request = request_of_record(record, {one.role: scene.GetNodeByID(one.node_id) for one in record.inputs})
    """
    given: dict[str, Any] = {}
    for role in dict.fromkeys(one.role for one in record.inputs):
        wanted, node = record.inputs_of(role), nodes.get(role)
        several = tuple(node or ()) if role in _SEVERAL else (node,)
        if len(several) != len(wanted) or any(one is None for one in several):
            words, name = words_of_role(role), wanted[0].name
            raise RecordError(f"The run used {name} as {words}, which is not given.", f"Give the {words}, too.")
        given[role] = several if role in _SEVERAL else node
    choices = record.choices
    for role in ("fixed_mask", "moving_mask"):
        given.setdefault(role, getattr(choices, role) or None)
    given.setdefault("initial", choices.initial)
    names = (one.name for one in fields(RegistrationRequest) if one.name not in given)
    given |= {name: getattr(choices, name) for name in names if hasattr(choices, name)}
    request = RegistrationRequest(**given)
    return replace(
        request,
        exact_parameters=tuple(one.text for one in record.parameter_files),
        despite_findings=True,  # what was found then did not stop it either
        engine=_engine(record),
        threads=_threads(record),
    )


def rerun(
    record: RunRecord,
    request: RegistrationRequest,
    *,
    despite_differences: bool = False,
    on_progress: ProgressCallback | None = None,
) -> Rerun:
    """Do a run again and hold the result against the record.

    :param request: see :func:`request_of_record`; outputs and engine may be changed.
    :param despite_differences: run although not the same goes in.
    :raises RecordError: a volume, mask or landmark is not the one of the record.
    :raises ElastixPlusError: as :func:`.registration.register` does.
    """
    with RegistrationJob(request) as job:
        now = run_to_end(record_steps(job.check()))
        differences = tuple(input_differences(record, now))
        if differences and not despite_differences:
            error = RecordError(" ".join(differences), "Give what went in then, or run in spite of it.")
            error.fix = Fix("Run in spite of it", option="--force")
            raise error
        job.start()
        job.wait(on_progress)
        result = job.collect()
    if result.record is None:
        raise RecordError("The new run left no record.", "Run it again.")
    return Rerun(result, compare(record, result.record))


def _engine(record: RunRecord) -> str:
    """The engine that this computer has of the kind; never a path in a record, which may be that of a stranger."""
    return "itk" if record.engine.name == "itk-elastix" else "auto"


def _threads(record: RunRecord) -> int | None:
    """As many threads as then; elastix takes one for each processor unless it is told."""
    if record.choices.threads is not None:
        return record.choices.threads
    return None if record.software.processors == os.cpu_count() else record.software.processors
