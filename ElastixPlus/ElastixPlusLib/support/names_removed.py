"""Texts, parameter files and records without names, paths and dates.

What stays is what tells a fault: numbers, geometry, parameters, positions. Of a checksum of voxels the first twelve
digits stay: two reports about the same volume can be told from others, and who has the volume has its geometry to
recognise it by anyway.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ..record.run_record import Choices, InputIdentity, ParameterText, RunRecord
from .hidden_names import Names
from .names_of_run import COMPUTER, ENDINGS, FOLDER, OWN_PRESET, labels_of, segments_of, stand_ins_of_inputs

Part = TypeVar("Part")

DIGITS_OF_CHECKSUMS = 12
FILE, DATE, TIME, ADDRESS, UID = "<file>", "<date>", "<time>", "<address>", "<uid>"

_LETTERS_OF_A_PIECE = 30_000
# The day in the version of a preview build is that of the build.
_BUILD = re.compile(r"(?:3D Slicer|slicer-core|VTK) \d+(?:\.\d+){1,3}(?:-\d{4}-\d{2}-\d{2})?")

# Private letters stand for what stands in until everything is done, so that nothing is found in a stand-in.
_FIRST, _LAST = 0xF0000, 0xFFFFD
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")
_MARK = f"[{chr(_FIRST)}-{chr(_LAST)}]"

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[AaPp]\.?[Mm]\b\.?)?(?:\s?(?:Z|[+-]\d{2}:?\d{2})(?!\w))?"
_DATES = (
    (rf"{_DAY}\s+{_MONTH}\s+\d{{1,2}},?\s+(?:{_CLOCK}\s+)?(?:[A-Z]{{2,5}}\s+)?(?:19|20)\d\d(?:\s[+-]\d{{4}})?", DATE),
    (rf"(?:{_DAY}\s+)?\b\d{{1,2}}\.?[\s-]{_MONTH}\.?[\s-](?:19|20)\d\d(?:[ T]{_CLOCK})?", DATE),
    (rf"\b{_MONTH}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+(?:19|20)\d\d\b", DATE),
    (rf"(?<![\d.])(?:19|20)\d\d([-/._])\d{{1,2}}\1\d{{1,2}}(?!\d)(?:,?[T ]{_CLOCK})?", DATE),
    (rf"(?<![\d.])\d{{1,2}}([-/.])\d{{1,2}}\1(?:19|20)\d\d(?!\d|\.\d)(?:,?[T ]{_CLOCK})?", DATE),
    (r"(?<![\d.])(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_]?\d{6})?(?![\d.])", DATE),
    (rf"(?<![\d:.]){_CLOCK}(?![\d:])", TIME),
)
_PLACE = r"(?:file:/+|[A-Za-z]:[\\/]|\\\\|/|~[\\/])"
_IN_FOLDER = r"[^\s\"'<>|*?:\\/]"  # with single blanks between: rather too much is taken for a path than too little
_BLANK = r"(?<!\.[A-Za-z]{2})(?<!\.[A-Za-z]{3})(?<!\.[A-Za-z]{4}) "  # no file ends before it
_IN_FILE = r"[^\s\"'<>|*?;,()\[\]:\\/]"
_OTHERS = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), ADDRESS),
    (re.compile(r"(?<![\w.])[0-2](?:\.\d{1,64}){5,}(?![\w.])"), UID),
    *((re.compile(pattern), stand_in) for pattern, stand_in in _DATES),
)
_RUNS_AT = re.compile(r"(?m)^((?:elastix|transformix) runs at:)[^\r\n]*")
_QUOTED_PATH = re.compile(rf"([\"'])({_PLACE}[^\"'\r\n]*)\1")
_PATH = re.compile(rf"(?<![\w./\\]){_PLACE}(?:{_IN_FOLDER}+(?:{_BLANK}{_IN_FOLDER}+)*[\\/]+)+{_IN_FILE}*")
_ENDING = "|".join(re.escape(ending) for ending in ENDINGS)
_FILE_NAME = re.compile(rf"(?i)(?<![\w.-])([^\s\"'<>|*?;,()\[\]:/\\=]{{1,200}}?)({_ENDING})(?![\w-])(?!\.\w)")
_KNOWN_FILE = re.compile(
    r"(?i)(?:fixed|moving)(?:_mask|\.\d+)?\.mha|(?:fixed|moving)_landmarks\.txt|initial_(?:transform\.txt|field\.mha)"
    r"|probe_points\.txt|outputpoints\.txt|deformationField\.mha|parameters\.\d+\.txt|TransformParameters\.\d+\.txt"
    r"|result\.\d+\.\w+|IterationInfo\.\d+\.R\d+\.txt|console\.txt|(?:elastix|transformix)\.log|record\.json"
    r"|spatialJacobian\.\w+|fullSpatialJacobian\.\w+|result"
)
_KNOWN_PROGRAM = re.compile(
    r"(?i)(?:elastix|transformix|python[\d.]*|itk_engine)(?:\.exe|\.py)?|[\w.-]+\.(?:cxx|hxx|cpp|hpp|cc|c|h|txx)"
    r"|(?:lib)?(?:ANNlib|elastix|itk|vtk|stdc|gcc|python|tbb|c|m|msvcp|vcruntime)[\w.+-]*\.(?:so|dll|dylib)[\d.]*"
)
_NODE_ID = re.compile(r"vtkMRML[A-Za-z]+Node\d{0,9}")
_NODE_KIND = re.compile(r"vtk[A-Za-z]{1,60}")
_MONTH_OF_RUN = re.compile(r"\d{4}-\d{2}(?=-|$)")


def text_without_names(text: str, names: Names) -> str:
    r"""A text without names, paths, dates, times and addresses.

    >>> from .hidden_names import HiddenName
    >>> names = Names.of([HiddenName("Müller^Hans", "fixed volume")])
    >>> text_without_names('"C:\\data\\MUELLER_hans.nrrd" of 2026-11-28 is flat', names)
    '"<folder>/fixed volume.nrrd" of <date> is flat'
    """
    marks = _Marks()
    # In pieces: one search in a long text would hold up everything else in the application meanwhile.
    return "".join(marks.shown(_without_names(piece, names, marks)) for piece in _pieces(_PRIVATE.sub("", text)))


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces of whole lines."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _LETTERS_OF_A_PIECE) + 1 or len(text)
        yield text[at:end]
        at = end


def _without_names(text: str, names: Names, marks: _Marks) -> str:
    for pattern, stand_in in _OTHERS[:2]:
        text = pattern.sub(marks.of(stand_in), text)
    text = _RUNS_AT.sub(rf"\1 {marks.of(COMPUTER)}", text)
    text = _replaced(text, names, marks)
    for pattern, stand_in in _OTHERS[2:]:
        text = pattern.sub(marks.of(stand_in), text)
    text = _QUOTED_PATH.sub(lambda found: f"{found[1]}{_last_of_path(found[2], names, marks)}{found[1]}", text)
    text = _PATH.sub(lambda found: _last_of_path(found[0], names, marks), text)
    text = _FILE_NAME.sub(lambda found: _known_or_file(found[0], names, marks), text)
    return _replaced(text, names, marks)


def path_without_names(path: str, names: Names) -> str:
    """A path, blanks in it or not, of which nothing is left but its last part if that may be shown.

    >>> path_without_names("C:/Program Files/my elastix/elastix.exe", Names())
    '<folder>/elastix.exe'
    """
    is_path = re.match(_PLACE, path) and not set(path) & set("\"'\r\n")
    return text_without_names(f'"{path}"', names)[1:-1] if is_path else text_without_names(path, names)


class _Marks:
    """Private letters, each for one thing that stands in."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def of(self, stand_in: str) -> str:
        place = min(_FIRST + len(self._letters), _LAST)
        return self._letters.setdefault(stand_in, chr(place))

    def shown(self, text: str) -> str:
        meant = {letter: stand_in for stand_in, letter in reversed(self._letters.items())}
        return _PRIVATE.sub(lambda found: meant[found[0]], text)


def _replaced(text: str, names: Names, marks: _Marks) -> str:
    pieces, at = [], 0
    for start, end, hidden in names.places(_PRIVATE.sub(" ", text)):
        pieces += [text[at:start], marks.of(hidden.stand_in)]
        at = end
    return "".join([*pieces, text[at:]])


def _last_of_path(path: str, names: Names, marks: _Marks) -> str:
    """What may be shown of a path: its last part, if that is a known one."""
    last = re.split(r"[\\/]", path)[-1]
    return marks.of(FOLDER) + (f"/{_known_or_file(last, names, marks)}" if last else "")


def _known_or_file(name: str, names: Names, marks: _Marks) -> str:
    """A file name as it is if it is known, or if only its stand-in is left; else its ending."""
    if name in names.known_files or _KNOWN_FILE.fullmatch(name) or _KNOWN_PROGRAM.fullmatch(name):
        return name
    ending = next((one for one in ENDINGS if name.lower().endswith(one)), "")
    if re.fullmatch(_MARK, name[: len(name) - len(ending)]):
        return name
    return marks.of(FILE) + ending


def parameters_without_names(text: str, names: Names, known_comments: Collection[str] = ()) -> str:
    """A parameter file without names; comments are removed but for those that come with ElastixPlus.

    :param known_comments: the lines that may stay, without blanks around them.

    >>> parameters_without_names("// for Hans\\n(Metric0Weight 1) // Hans\\n", Names())
    '(Metric0Weight 1)\\n'
    """
    kept = []
    for line in text.splitlines():
        statement, slashes, comment = line.partition("//")
        is_known = not slashes or f"//{comment}".strip() in known_comments or line.strip() in known_comments
        if is_known:
            kept.append(line)
        elif statement.strip():
            kept.append(statement.rstrip())
    # Known lines too: somebody may be called as one of their words, and is not to be told by what is left out.
    return text_without_names("\n".join(kept) + "\n" if kept else "", names)


def record_without_names(
    record: RunRecord,
    names: Names,
    *,
    known_presets: Collection[str] = (),
    known_comments: Collection[str] = (),
) -> RunRecord:
    """A record without names, paths and the day.

    :param known_presets: ids of the presets that come with ElastixPlus; any other becomes "own preset".
    :param known_comments: see :func:`parameters_without_names`.
    """
    labels = labels_of(record)
    found = _MONTH_OF_RUN.match(record.made_at)
    files = tuple(
        ParameterText(
            file.name if file.name in names.known_files else f"stage {stage}" * bool(file.name),
            parameters_without_names(file.text, names, known_comments),
        )
        for stage, file in enumerate(record.parameter_files)
    )
    cleaned = _cleaned(replace(record, made_at="", inputs=(), landmarks=(), parameter_files=()), names)
    return replace(
        cleaned,
        made_at=found[0] if found else "",
        software=replace(cleaned.software, host=_host(record.software.host, names)),
        engine=replace(
            cleaned.engine,
            path=path_without_names(record.engine.path, names),
            sha256=_checksum(record.engine.sha256),  # whole: it tells the build, which many have
        ),
        command=tuple(path_without_names(word, names) for word in record.command),
        choices=_choices(record, cleaned.choices, known_presets),
        inputs=_inputs(record, names),
        landmarks=tuple(
            replace(one, label=labels[one.label], role=one.role if one.role in ("drive", "check") else "")
            for one in record.landmarks
        ),
        parameter_files=files,
    )


def _host(host: str, names: Names) -> str:
    return host if _BUILD.fullmatch(host) else text_without_names(host, names)


def _choices(record: RunRecord, cleaned: Choices, known_presets: Collection[str]) -> Choices:
    """The choices with stand-ins for what has a name.

    :param cleaned: the same without the names in all other texts.
    """
    labels, segments, chosen = labels_of(record), segments_of(record), record.choices
    return replace(
        cleaned,
        preset=chosen.preset if chosen.preset in known_presets else OWN_PRESET * bool(chosen.preset),
        check_labels=tuple(labels[label] for label in chosen.check_labels),
        fixed_mask_segments=tuple(segments[one] for one in chosen.fixed_mask_segments),
        moving_mask_segments=tuple(segments[one] for one in chosen.moving_mask_segments),
        fixed_exclude_segments=tuple(segments[one] for one in chosen.fixed_exclude_segments),
        moving_exclude_segments=tuple(segments[one] for one in chosen.moving_exclude_segments),
    )


def _inputs(record: RunRecord, names: Names) -> tuple[InputIdentity, ...]:
    found = []
    for one, stand_in in zip(record.inputs, stand_ins_of_inputs(record), strict=True):
        ending = next((ending for ending in ENDINGS if one.file.lower().endswith(ending)), "")
        cleaned = _cleaned(replace(one, name="", node_id="", file="", kind=""), names)
        found.append(
            replace(
                cleaned,
                kind=one.kind if _NODE_KIND.fullmatch(one.kind) else "",
                name=stand_in,
                node_id=one.node_id if _NODE_ID.fullmatch(one.node_id) else "",
                file=f"{FOLDER}/{stand_in}{ending}" if one.file else "",
            )
        )
    return tuple(found)


def _cleaned(part: Part, names: Names) -> Part:
    """Plain data with every text in it cleaned, and checksums shortened."""
    cleaned: Any = part
    if isinstance(part, str):
        cleaned = text_without_names(part, names) if part else part
    elif isinstance(part, tuple):
        cleaned = part if part and isinstance(part[0], float) else tuple(_cleaned(one, names) for one in part)
    elif is_dataclass(part) and not isinstance(part, type):
        values: Mapping[str, Any] = {one.name: getattr(part, one.name) for one in fields(part)}
        cleaned = replace(
            part,
            **{
                name: _checksum(str(value))[:DIGITS_OF_CHECKSUMS] if name == "sha256" else _cleaned(value, names)
                for name, value in values.items()
                if isinstance(value, str | tuple) or is_dataclass(value)
            },
        )
    return cleaned  # type: ignore[no-any-return]


def _checksum(text: str) -> str:
    return text if re.fullmatch("[0-9a-f]{0,64}", text) else ""
