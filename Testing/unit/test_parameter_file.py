"""Parameter files: what elastix reads is what we read, and an edit touches one line only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.errors import OutputPlaceError, ParameterFileError

COMMENTED = (
    "// My preset\r\n"
    "\r\n"
    '\t(Transform "BSplineTransform") // smooth\r\n'
    "(MaximumNumberOfIterations  250 500\t1000 ) // more at the end\r\n"
    '(Metric "AdvancedMattesMutualInformation" "TransformBendingEnergyPenalty")\r\n'
    '(ResultImageName "")'
)

names = st.from_regex(r"[A-Z][A-Za-z0-9]{0,20}", fullmatch=True)
blanks = st.text(" \t", max_size=3)
words = st.text(st.characters(codec="utf-8", exclude_characters='"/\n\r“”„‟«»', exclude_categories=["Cc"]), min_size=1)
numbers = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
comments = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=20).map("//".__add__)
line_ends = st.sampled_from(["\n", "\r\n"])


@st.composite
def files(draw):
    lines = []
    for name in draw(st.lists(names, unique=True, max_size=6)):
        values = " ".join(
            draw(st.lists(st.one_of(words.map('"{}"'.format), numbers.map(repr)), min_size=1, max_size=3))
        )
        lines.append(f"{draw(blanks)}({name} {values}{draw(blanks)}){draw(blanks)}{draw(st.just('') | comments)}")
        lines.append(draw(st.one_of(blanks, comments)))
    end = draw(line_ends)
    return end.join(lines) + draw(st.sampled_from(["", end]))


@given(text=files(), name=names, value=st.one_of(words, numbers, st.booleans()))
def test_any_edit_leaves_every_other_line_as_it_was(text, name, value):
    before = ParameterFile.parse(text)
    after = before.with_values(name, value)
    assert after.get(name) is not None
    place = before.line_number(name)
    lines, edited = text.split("\n"), after.text.split("\n")
    if place:
        del lines[place - 1], edited[place - 1]
    else:
        edited = edited[: len(lines) - (lines[-1] == "")]
        lines = lines[: len(edited)]
    assert [line.removesuffix("\r") for line in edited] == [line.removesuffix("\r") for line in lines]


@given(text=files())
def test_reading_and_writing_gives_the_same_bytes(text, tmp_path_factory):
    source, copy = tmp_path_factory.mktemp("files") / "a.txt", tmp_path_factory.mktemp("files") / "b.txt"
    source.write_bytes(text.encode())
    ParameterFile.read(source).write(copy)
    assert copy.read_bytes() == source.read_bytes()


@given(value=st.one_of(words, numbers))
def test_a_value_that_was_set_is_read_back(value):
    read = ParameterFile.parse("").with_values("Value", value).get("Value")
    assert read == (value.replace("\t", " "),) if isinstance(value, str) else type(value)(read[0]) == value


def test_values_come_without_quotes_and_in_order():
    parameters = ParameterFile.parse(COMMENTED)
    assert parameters.names == ("Transform", "MaximumNumberOfIterations", "Metric", "ResultImageName")
    assert parameters.get("MaximumNumberOfIterations") == ("250", "500", "1000")
    assert parameters.get("Metric") == ("AdvancedMattesMutualInformation", "TransformBendingEnergyPenalty")
    assert parameters.get("ResultImageName") == ()
    assert parameters.get("Optimizer") is None
    assert parameters.first("Transform", "EulerTransform") == "BSplineTransform"
    assert parameters.first("ResultImageName", "result") == "result"
    assert parameters.line_number("Metric") == 5


def test_a_set_value_keeps_indentation_comment_and_line_end():
    text = ParameterFile.parse(COMMENTED).with_values("Transform", "EulerTransform").text
    assert '\t(Transform "EulerTransform") // smooth\r\n' in text
    assert text.replace("EulerTransform", "BSplineTransform") == COMMENTED


def test_a_new_value_goes_to_the_end_with_the_line_ends_of_the_file():
    text = ParameterFile.parse(COMMENTED).with_values("RandomSeed", 7).text
    assert text == COMMENTED + "\r\n(RandomSeed 7)\r\n"


def test_words_and_truth_are_quoted_and_numbers_are_bare():
    parameters = ParameterFile.parse("").with_values("A", "word", 3, 0.1, 1e-7, True)
    assert parameters.text == '(A "word" 3 0.1 1e-07 "true")\n'


def test_setting_the_same_value_changes_nothing():
    parameters = ParameterFile.parse(COMMENTED)
    assert parameters.with_values("MaximumNumberOfIterations", 250, 500, 1000).text == COMMENTED


def test_a_parameter_goes_with_its_line():
    assert "Transform " not in ParameterFile.parse(COMMENTED).without("Transform").text
    assert ParameterFile.parse(COMMENTED).without("Optimizer").text == COMMENTED


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("(A 1)\n(B 2", 2, "no closing parenthesis"),
        ("(A 1\n 2)", 1, "no closing parenthesis"),
        ("A 1)", 1, "no opening parenthesis"),
        ('\n(A "x)', 2, "odd number of quotes"),
        ("# comment", 1, "neither a parameter nor a comment"),
        ("A 1", 1, "neither a parameter nor a comment"),
        ("(A 1) text", 1, "text behind its closing parenthesis"),
        ("(A 1);", 1, "text behind its closing parenthesis"),
        ("(A 1)\n// x\n(A 2)", 3, "again, after line 1"),
        ("(A 1) (B 2)", 1, "more than one pair of parentheses"),
        ("( A 1)", 1, "without a name"),
        ("(A)", 1, "no name and value"),
        ("(A )", 1, "no name and value"),
        ("()", 1, "no name and value"),
        ("(A 16, 32)", 1, '","'),
        ('(A "b//c")', 1, '"//" inside quotes'),
        ("(A “b”)", 1, "typographic quotes"),
        ("(A.b 1)", 1, "does not allow"),
        ("(A 1)\r(B 2)\r", 1, "carriage return"),
    ],
)
def test_a_line_that_elastix_refuses_or_misreads_is_refused_with_its_number(text, line, said):
    with pytest.raises(ParameterFileError) as caught:
        ParameterFile.parse(text)
    assert caught.value.line_number == line
    assert f"line {line} " in caught.value.what
    assert said in caught.value.what
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    "text", ['(A "b)c")', "(A\t1)\t// x", '(A "b" "c d")', '(A"b" "c")', "(A -1 +2e-3)", '(A "R&D, x")']
)
def test_odd_lines_that_elastix_reads_are_read(text):
    assert ParameterFile.parse(text).names == ("A",)


@pytest.mark.parametrize("value", ["a//b", 'a"b', "a\nb", float("nan"), float("inf")])
def test_a_value_that_elastix_cannot_read_back_is_refused(value):
    with pytest.raises(ParameterFileError, match='"A"'):
        ParameterFile.parse("").with_values("A", value)


def test_a_byte_order_mark_and_latin_1_are_read_and_written_back(tmp_path):
    marked, old = tmp_path / "marked.txt", tmp_path / "old.txt"
    marked.write_bytes(b"\xef\xbb\xbf(A 1)\n")
    old.write_bytes(b'(A "\xe9") // \xfc\n')
    for path in (marked, old):
        parameters = ParameterFile.read(path)
        parameters.write(tmp_path / "copy.txt")
        assert parameters.names == ("A",)
        assert (tmp_path / "copy.txt").read_bytes() == path.read_bytes()
    assert ParameterFile.read(old).get("A") == ("é",)
    ParameterFile.read(old).with_values("A", "Ω").write(tmp_path / "copy.txt")
    assert ParameterFile.read(tmp_path / "copy.txt").get("A") == ("Ω",)


def test_a_missing_a_binary_and_an_oversized_file_are_refused(tmp_path):
    (tmp_path / "binary.txt").write_bytes(b"(A 1)\0")
    (tmp_path / "large.txt").write_bytes(b"//" + b" " * 11_000_000)
    for name, said in (("missing.txt", "No such file"), ("binary.txt", "not a text"), ("large.txt", "more than 10 MB")):
        with pytest.raises(ParameterFileError, match=said) as caught:
            ParameterFile.read(tmp_path / name)
        assert caught.value.path == tmp_path / name


def test_an_unwritable_place_is_said(tmp_path):
    with pytest.raises(OutputPlaceError, match="nowhere"):
        ParameterFile.parse("(A 1)").write(tmp_path / "nowhere" / "a.txt")
