"""The text about a run for the methods section of a paper, written from its record alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..elastix.parameter_file import ParameterFile
from ..errors import LandmarkError, ParameterFileError, RecordError
from ..report.citations import Citation
from .methods_evidence import evidence_sentences
from .methods_sentence import Sentence
from .methods_setting import setting_sentences
from .methods_stages import stage_sentences
from .run_record import RunRecord


@dataclass(frozen=True)
class MethodsText:
    """Paragraphs with numbers of references in square brackets.

    :param text: paragraphs with an empty line between them.
    :param references: in the order of their numbers, which begin with 1.
    """

    text: str
    references: tuple[Citation, ...] = ()


def methods_text(record: RunRecord) -> MethodsText:
    """Say in plain English how the result of a run was made, and what is known of its accuracy.

    Nothing in it names a patient: volumes are "the moving" and "the fixed volume", and names of nodes and files are
    left out. A preset is cited as it is known here and now; one that is not known any more is only named.

    :raises RecordError: the run failed, or its parameter files cannot be read.
    """
    if record.ending.state != "done" or record.result is None:
        raise RecordError(
            "The run of this record failed, so there is no text for the methods section.",
            "Choose the record of a run that left a result.",
        )
    try:
        files = tuple(ParameterFile.parse(one.text) for one in record.parameter_files)
        paragraphs = (
            tuple(setting_sentences(record)),
            tuple(stage_sentences(record, files)),
            tuple(evidence_sentences(record)),
        )
    except (ParameterFileError, LandmarkError) as error:
        raise RecordError(
            f"A parameter file in the record cannot be read: {error.what}",
            "Choose a record that ElastixPlus wrote, as it was written.",
        ) from error
    references = tuple(_in_order(sentence.cites for paragraph in paragraphs for sentence in paragraph))
    texts = (" ".join(_with_numbers(one, references) for one in paragraph) for paragraph in paragraphs)
    return MethodsText("\n\n".join(text for text in texts if text), references)


def methods_as_text(record: RunRecord) -> str:
    """The same with the list of references below it, to be copied.

    :raises RecordError: the run failed, or its parameter files cannot be read.
    """
    found = methods_text(record)
    lines = [found.text]
    if found.references:
        lines += ["", "References", *(_in_list(number, one) for number, one in enumerate(found.references, 1))]
    return "\n".join(lines) + "\n"


def _in_list(number: int, reference: Citation) -> str:
    return f"[{number}] {reference.text}{f' doi:{reference.doi}' if reference.doi else ''}"


def _in_order(cited: Iterator[tuple[Citation, ...]]) -> Iterator[Citation]:
    seen: set[Citation] = set()
    for one in (citation for group in cited for citation in group):
        if one not in seen:
            seen.add(one)
            yield one


def _with_numbers(sentence: Sentence, references: Sequence[Citation]) -> str:
    """The sentence, with the numbers of what it cites before its full stop."""
    if not sentence.cites:
        return sentence.text
    numbers = ", ".join(str(references.index(one) + 1) for one in sentence.cites)
    return f"{sentence.text.removesuffix('.')} [{numbers}]."
