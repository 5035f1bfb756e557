"""Elastix parameter files as immutable values that keep comments, blank lines, order and line ends.

An edit touches only the line that it is about: whoever reads the file afterwards still finds their own comments.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import OutputPlaceError, ParameterFileError
from .ordinary_file import FileTooLargeError, read_ordinary_file
from .parameter_syntax import ParameterLine, SyntaxFault, read_line, write_line

_LARGEST_FILE_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class ParameterFile:
    r"""The parameters of one elastix stage, with the text that they came in.

    Make one with :meth:`parse` or :meth:`read`; both refuse what elastix refuses or misreads in silence.

    :param text: the whole file with its own line ends, without a byte order mark.
    :param path: where it was read from, for error messages.
    :param encoding: how :meth:`write` encodes it: "utf-8", "utf-8-sig" (with byte order mark) or "latin-1".

    >>> parameters = ParameterFile.parse('(NumberOfResolutions 4) // coarse to fine\n')
    >>> parameters.with_values("NumberOfResolutions", 3).text
    '(NumberOfResolutions 3) // coarse to fine\n'
    """

    text: str
    path: Path | None = None
    encoding: str = "utf-8"
    _lines: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _found: dict[str, tuple[int, ParameterLine]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lines = _split_keeping_line_ends(self.text)
        object.__setattr__(self, "_lines", lines)
        object.__setattr__(self, "_found", _read_lines(lines, self.path))

    @classmethod
    def parse(cls, text: str, path: Path | None = None) -> ParameterFile:
        """Read parameters from text.

        :param text: what the file holds; a byte order mark at its beginning is dropped.
        :param path: named in error messages.
        :raises ParameterFileError: with the line number, if elastix would refuse or misread a line.
        """
        return cls(text.removeprefix("\ufeff"), path)

    @classmethod
    def read(cls, path: Path) -> ParameterFile:
        """Read a file: UTF-8, or Latin-1 where it is not UTF-8; one whose name ends in ``.toml`` as TOML.

        :param path: the file.
        :raises ParameterFileError: if it is missing, is no text, is larger than 10 MB or has a faulty line.
        """
        path = Path(path)
        content = _read_bytes(path)
        if path.suffix.lower() == ".toml":
            return _read_toml(content, path)
        try:
            encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"
            text = content.decode(encoding)
        except UnicodeDecodeError:
            encoding = "latin-1"
            text = content.decode(encoding)
        return cls(text, path, encoding)

    def write(self, path: Path) -> None:
        """Write the file, as TOML where its name ends in ``.toml``.

        Reading and writing a text file without an edit gives the same bytes.

        :param path: where to; an existing file is replaced.
        :raises OutputPlaceError: if it cannot be written.
        """
        is_toml = Path(path).suffix.lower() == ".toml"
        text, encoding = (_as_toml(self), "utf-8") if is_toml else (self.text, self.encoding)
        try:
            content = text.encode(encoding)
        except UnicodeEncodeError:  # an edit brought a character that Latin-1 does not have
            content = text.encode("utf-8")
        try:
            Path(path).write_bytes(content)
        except OSError as error:
            raise OutputPlaceError(
                f"The parameter file {path} could not be written: {error.strerror or error}.",
                "Choose a folder that exists, can be written to and has space left.",
            ) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all parameters in the order of the file."""
        return tuple(self._found)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def get(self, name: str) -> tuple[str, ...] | None:
        """The values of a parameter without quotes, or None if the file does not name it.

        :param name: the exact name, upper and lower case as elastix has it.
        """
        found = self._found.get(name)
        return found[1].values if found else None

    def first(self, name: str, default: str) -> str:
        """The first value of a parameter, or a default where there is none.

        :param name: the exact name.
        :param default: what elastix takes without it.
        """
        values = self.get(name)
        return values[0] if values else default

    def line_number(self, name: str) -> int | None:
        """The 1-based line that sets a parameter, or None if the file does not name it."""
        found = self._found.get(name)
        return found[0] + 1 if found else None

    def with_values(self, name: str, *values: str | bool | int | float) -> ParameterFile:
        """The same file with a parameter set: in its place with its comment kept, or in a new line at the end.

        :param name: the parameter.
        :param values: numbers are written bare; words, and True and False, in quotes.
        :raises ParameterFileError: if elastix could not read a value back.
        """
        found = self._found.get(name)
        before, after = (found[1].before, found[1].after) if found else ("", "")
        try:
            written = write_line(name, values, before, after)
        except SyntaxFault as fault:
            raise ParameterFileError(f'The parameter "{name}" {fault.what}.', fault.remedy, self.path) from fault
        lines = list(self._lines)
        if found:
            old = lines[found[0]]
            if self.get(name) == read_values(written):
                return self
            lines[found[0]] = written + old[len(old.rstrip("\r\n")) :]
        else:
            line_end = self._line_end
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += line_end
            lines.append(written + line_end)
        return self._replaced(lines)

    def without(self, name: str) -> ParameterFile:
        """The same file without a parameter; its whole line goes, with the comment behind it.

        :param name: the parameter; nothing happens if the file does not name it.
        """
        found = self._found.get(name)
        if not found:
            return self
        return self._replaced([line for index, line in enumerate(self._lines) if index != found[0]])

    def with_encoding(self, encoding: str) -> ParameterFile:
        """The same text to be written in another encoding.

        :param encoding: "utf-8" for a file that elastix reads: it refuses a byte order mark.
        """
        return ParameterFile(self.text, self.path, encoding)

    @property
    def _line_end(self) -> str:
        for line in self._lines:
            if line.endswith("\n"):
                return "\r\n" if line.endswith("\r\n") else "\n"
        return "\n"

    def _replaced(self, lines: list[str]) -> ParameterFile:
        return ParameterFile("".join(lines), self.path, self.encoding)


def read_values(line: str) -> tuple[str, ...]:
    """The values of one correct parameter line.

    >>> read_values('(Metric "AdvancedMeanSquares")')
    ('AdvancedMeanSquares',)
    """
    parameter = read_line(line)
    return parameter.values if parameter else ()


def _split_keeping_line_ends(text: str) -> tuple[str, ...]:
    # str.splitlines also splits at form feeds and Unicode separators, which elastix does not.
    lines = text.split("\n")
    kept = [line + "\n" for line in lines[:-1]]
    return tuple(kept + lines[-1:]) if lines[-1] else tuple(kept)


def _read_lines(lines: tuple[str, ...], path: Path | None) -> dict[str, tuple[int, ParameterLine]]:
    found: dict[str, tuple[int, ParameterLine]] = {}
    place = f"The parameter file {path}" if path else "The parameter file"
    for index, line in enumerate(lines):
        content = line.removesuffix("\n").removesuffix("\r")
        try:
            if "\r" in content:
                raise SyntaxFault(
                    "has a carriage return in its middle, where elastix sees no new line",
                    "Save the file with Unix or Windows line ends.",
                )
            parameter = read_line(content)
        except SyntaxFault as fault:
            raise ParameterFileError(
                f"{place} cannot be used: line {index + 1} {fault.what}.", fault.remedy, path, index + 1
            ) from fault
        if parameter is None:
            continue
        if parameter.name in found:
            raise ParameterFileError(
                f"{place} cannot be used: line {index + 1} sets {parameter.name} again, "
                f"after line {found[parameter.name][0] + 1}.",
                "Remove one of the two lines.",
                path,
                index + 1,
            )
        found[parameter.name] = (index, parameter)
    return found


def _read_bytes(path: Path) -> bytes:
    try:
        content = read_ordinary_file(path, _LARGEST_FILE_BYTES)
    except FileTooLargeError as error:
        raise ParameterFileError(
            f"The parameter file {path} has more than {_LARGEST_FILE_BYTES / 2**20:.0f} MB, which none needs.",
            "Choose an elastix parameter file.",
            path,
        ) from error
    except OSError as error:
        raise ParameterFileError(
            f"The parameter file {path} could not be read: {error.strerror or error}.",
            "Check its name and the permission to read it.",
            path,
        ) from error
    if b"\0" in content:
        raise ParameterFileError(
            f"The parameter file {path} is not a text file.",
            "Choose an elastix parameter file, saved as plain text in UTF-8.",
            path,
        )
    return content


def _read_toml(content: bytes, path: Path) -> ParameterFile:
    from .toml_parameters import parameter_file_of_toml  # which makes a ParameterFile

    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParameterFileError(
            f"The parameter file {path} is not in UTF-8, as TOML has to be.", "Save it as plain text in UTF-8.", path
        ) from error
    return parameter_file_of_toml(text, path)


def _as_toml(file: ParameterFile) -> str:
    from .toml_parameters import toml_of_parameter_file

    return toml_of_parameter_file(file)
