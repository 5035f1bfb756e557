"""Parameter files in TOML say the same as text files, and what a text file cannot say is refused by its line."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix import toml_parameters
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.toml_parameters import parameter_file_of_toml, toml_of_parameter_file
from ElastixPlusLib.errors import ParameterFileError

# As the model zoo writes them.
ZOO = """# Description: elastixpaper, bspline16

#ImageTypes
FixedImageDimension = 3
Transform = "BSplineTransform"
ErodeMask = false
GridSpacingSchedule = [4.0, 4.0, 2.50,
  # the last one
  1e-1]
SP_A = 200.0  # "a_k" = a/(A+k+1)^alpha
MaximumNumberOfIterations = 2_000
ResultImageName = ""
"""

names = st.from_regex(r"[A-Z][A-Za-z0-9]{0,12}(?:[~/'`_-][A-Za-z]{1,3})?", fullmatch=True).filter(
    lambda name: "'" not in name
)
words = st.text(
    st.characters(codec="utf-8", exclude_characters='"/\n\r“”„‟«»', exclude_categories=["Cc"]), min_size=1, max_size=12
).map('"{}"'.format)
numbers = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["007", "+5", "-0", "1.", ".5", "1e5", "1.50", "-0.0", "1E+05", "0x10", "inf", "nan", "true", "1_0"]
    ),
)
comments = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=12).map("//".__add__)


@st.composite
def text_files(draw):
    lines = []
    for name in draw(st.lists(names, unique=True, max_size=5)):
        given_values = draw(st.lists(words | numbers, max_size=3)) or ['""']
        lines.append(f"({name} {' '.join(given_values)}) {draw(st.just('') | comments)}")
        lines.append(draw(st.just("") | comments))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def values_of(file: ParameterFile) -> dict[str, tuple[str, ...] | None]:
    return {name: file.get(name) for name in file.names}


@given(text=text_files())
def test_every_value_every_order_and_every_line_survives_toml(text):
    file = ParameterFile.parse(text)
    back = parameter_file_of_toml(toml_of_parameter_file(file))
    assert list(values_of(back).items()) == list(values_of(file).items())
    assert [back.line_number(name) for name in file.names] == [file.line_number(name) for name in file.names]


def test_values_keep_their_digits_and_comments_their_lines():
    file = parameter_file_of_toml(ZOO)
    assert values_of(file) == {
        "FixedImageDimension": ("3",),
        "Transform": ("BSplineTransform",),
        "ErodeMask": ("false",),
        "GridSpacingSchedule": ("4.0", "4.0", "2.50", "1e-1"),
        "SP_A": ("200.0",),
        "MaximumNumberOfIterations": ("2000",),
        "ResultImageName": (),
    }
    lines = file.text.split("\n")
    assert lines[0] == "// Description: elastixpaper, bspline16"
    assert lines[7] == "// the last one"
    assert lines[9] == '(SP_A 200.0) // "a_k" = a/(A+k+1)^alpha'
    assert file.line_number("SP_A") == 10
    assert lines[4] == '(Transform "BSplineTransform")'


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("0x10", ("16",)),
        ("-17", ("-17",)),
        ("1_0.5", ("10.5",)),
        ("1.2345678901234567890", ("1.2345678901234567890",)),
        ("9223372036854775807", ("9223372036854775807",)),
        ("[]", ()),
        ("'lit # no comment'", ("lit # no comment",)),
        ('"é \\u00e9"', ("é é",)),
        ('[1, "a b", 2.5, true]', ("1", "a b", "2.5", "true")),
    ],
)
def test_values_are_those_that_elastix_reads(value, read):
    assert parameter_file_of_toml(f"A = {value}\nB = 1").get("A") == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A = ", "not valid TOML"),
        ("A = 1\nA = 2", "not valid TOML"),
        ("A = 1\r\nB = [[1], 2]", "line 2 has a list in a list"),
        ("A = 1\n[T]\nB = 2", '"T" as a table'),
        ("A = {b = 1}", '"A" as a table'),
        ("A.b = 1", '"A" as a table'),
        ("A = [{b = 1}]", "line 1 has a table"),
        ("A = 1979-05-27", "line 1 has a date"),
        ("A = inf", "the number inf"),
        ("A = [1, -nan]", "the number -nan"),
        ("A = 9223372036854775808", "too large"),
        ("A = " + "9" * 5000, "TOML"),
        ('A = "http://x"', "line 1 would hold"),
        ("A = 'a\"b'", "line 1 would hold"),
        ('A = """\na\nb"""', "line 1 would hold"),
        ('A = ["", "b"]', "line 1 cannot be said"),
        ("'A b' = 1", "line 1 cannot be said"),
        ("A = '“b”'", "typographic quotes"),
        ('"\\u0041" = 1', "not found"),
        ("A = " + "[" * 100_000, "not valid TOML"),
        ("a." * 100_000 + "b = 1", "larger than any"),
        ("#" * 2_000_000, "larger than any"),
    ],
)
def test_what_elastix_or_a_text_file_cannot_hold_is_refused(text, said):
    with pytest.raises(ParameterFileError, match=said) as caught:
        parameter_file_of_toml(text)
    assert caught.value.remedy


def test_a_file_named_toml_is_read_and_written_as_toml(tmp_path):
    path = tmp_path / "Rigid.TOML"
    path.write_bytes(b"\xef\xbb\xbf# rigid\r\nTransform = 'EulerTransform'\r\n")
    file = ParameterFile.read(path)
    assert file.text == '// rigid\n(Transform "EulerTransform")\n'
    assert file.path == path
    file.with_values("MaximumNumberOfIterations", 7).write(tmp_path / "b.toml")
    written = '# rigid\nTransform = "EulerTransform"\nMaximumNumberOfIterations = 7\n'
    assert (tmp_path / "b.toml").read_text() == written
    file.write(tmp_path / "c.txt")
    assert (tmp_path / "c.txt").read_text() == file.text


@pytest.mark.parametrize(("content", "said"), [(b"A = '\xe9'", "UTF-8"), (b"A = 1\0", "not a text file")])
def test_a_toml_file_that_is_no_utf8_is_refused(tmp_path, content, said):
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(ParameterFileError, match=said):
        ParameterFile.read(tmp_path / "a.toml")


def test_an_old_python_without_the_reader_says_what_to_install(monkeypatch):
    monkeypatch.setattr(toml_parameters.sys, "version_info", (3, 10, 14))
    monkeypatch.setitem(sys.modules, "tomli", None)
    with pytest.raises(ParameterFileError, match="tomli"):
        parameter_file_of_toml("A = 1")


def test_numbers_that_no_computer_number_holds_are_written_as_texts():
    file = ParameterFile.parse(f"(A 1e400 2)\n(B {'9' * 900})\n")
    told = toml_of_parameter_file(file)
    assert told.splitlines()[0] == 'A = ["1e400", 2]'
    assert parameter_file_of_toml(told).get("B") == ("9" * 900,)
