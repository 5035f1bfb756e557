"""A record survives its file, and nothing that is no record is taken for one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.dom import minidom

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.errors import RecordError, ResultWriteError
from ElastixPlusLib.record.digests import digest_of_arrays, digest_of_file, digest_of_texts
from ElastixPlusLib.record.record_file import place_beside, read_record, write_record
from ElastixPlusLib.record.record_json import record_from_text, record_text
from ElastixPlusLib.record.run_record import (
    Choices,
    Ending,
    EngineIdentity,
    Geometry,
    InputIdentity,
    LandmarkUse,
    ParameterText,
    RunRecord,
    Software,
    StartUsed,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
records = st.builds(
    RunRecord,
    made_at=text,
    software=st.builds(Software, text, text, text, text, st.integers()),
    engine=st.builds(EngineIdentity, text, text, text, text, text),
    choices=st.builds(
        Choices,
        preset=text,
        overrides=st.tuples(text, text),
        landmark_weight=text | finite,
        seed=st.none() | st.integers(),
    ),
    inputs=st.tuples(
        st.builds(
            InputIdentity,
            *[text] * 5,
            geometry=st.none() | st.builds(Geometry, st.tuples(*[st.integers()] * 3), st.just(((1.0, 0.5),)), text),
        )
    ),
    parameter_files=st.tuples(st.builds(ParameterText, text, text)),
    landmarks=st.tuples(
        st.builds(LandmarkUse, text, text, *[st.tuples(finite, finite, finite)] * 2, finite, st.none() | finite)
    ),
    start=st.builds(StartUsed, text),
    ending=st.builds(Ending, st.sampled_from(["done", "failed"]), st.integers(), text, text, st.none() | st.integers()),
)


@pytest.fixture
def record() -> RunRecord:
    """A record with little in it."""
    return RunRecord("2026", Software("1", "host", "3", "any", 2), EngineIdentity("elastix"), Choices("generic"), ())


@given(records)
@settings(max_examples=60, deadline=None)
def test_a_record_comes_back_as_it_was_and_any_file_can_hold_it(record):
    written = record_text(record)
    assert record_from_text(written) == record
    assert written.isascii()
    assert not set("&<>") & set(written)
    assert minidom.parseString(f"<node>{written}</node>").documentElement.firstChild.data == written  # noqa: S318


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | finite | text,
        lambda inner: st.lists(inner) | st.dictionaries(text, inner),
        max_leaves=8,
    ),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_anything_else_in_the_place_of_a_value_is_refused_or_means_something(value, data):
    written = json.loads(record_text(RunRecord("", Software("", "", "", "", 1), EngineIdentity(""), Choices(""), ())))
    where = data.draw(st.sampled_from(sorted(written)))
    try:
        read = record_from_text(json.dumps({**written, where: value}))
    except RecordError:
        return
    assert record_from_text(record_text(read)) == read


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"made_at": 5}, "made_at is no text"),
        ({"surprise": 1}, "'surprise' is not known in it"),
        ({"software": []}, "software. is no object"),
        ({"ending": {"state": "lost"}}, "ending.state is none of done, failed"),
        (
            {
                "landmarks": [
                    {"label": "a", "role": "drive", "fixed_ras": [0, 0], "moving_ras": [0, 0, 0], "before_mm": 1}
                ]
            },
            "fixed_ras has 2 values instead of 3",
        ),
        ({"seconds": {"export": 1, "elastix": 10**400, "import_": 1, "total": 1}}, "seconds.elastix is too large"),
        ({"engine": {"name": "e", "version": True}}, "engine.version is no text"),
    ],
)
def test_damage_is_told_with_its_place(change, words, record):
    data = {**json.loads(record_text(record)), **change}
    with pytest.raises(RecordError) as refused:
        record_from_text(json.dumps(data))
    assert words in refused.value.what


@pytest.mark.parametrize(
    "hostile",
    [
        '{"format": "a", "format": "b"}',
        '{"format": NaN}',
        "[" * 100_000,
        '{"version": ' + "9" * 10_000 + "}",
        "\x00",
    ],
)
def test_hostile_json_is_refused(hostile):
    with pytest.raises(RecordError, match="is no JSON that can be read"):
        record_from_text(hostile)


def test_a_file_is_written_whole_or_not_at_all(record, tmp_path: Path):
    path = tmp_path / "a.record.json"
    write_record(record, path)
    assert read_record(path) == record
    assert [one.name for one in tmp_path.iterdir()] == ["a.record.json"]
    with pytest.raises(ResultWriteError):
        write_record(replace(record, made_at="later"), tmp_path / "nowhere" / "a.record.json")
    assert read_record(path) == record


def test_a_record_may_begin_with_a_byte_order_mark(record, tmp_path: Path):
    path = tmp_path / "a.record.json"
    path.write_text(record_text(record), encoding="utf-8-sig")
    assert read_record(path) == record


def test_records_lie_beside_what_was_written():
    names = ["a.h5", "a.nii.gz", "a.b.tfm", "A.NII.GZ"]
    assert [place_beside(Path("x") / name).name for name in names] == [
        "a.record.json",
        "a.record.json",
        "a.b.record.json",
        "A.record.json",
    ]


def test_checksums_tell_values_types_and_shapes_apart_but_not_layouts(tmp_path: Path):
    values = np.arange(12, dtype=np.int16).reshape(3, 4)
    same = (values, np.asfortranarray(values), values.astype(">i2"))
    others = (values + 1, values.astype(np.int32), values.reshape(4, 3), values.T)
    assert len({digest_of_arrays(one) for one in same}) == 1
    assert len({digest_of_arrays(one) for one in (values, *others)}) == 5
    assert digest_of_arrays(values[:0]) != digest_of_arrays(values[:, :0])
    assert digest_of_texts(["ab", "c"]) != digest_of_texts(["a", "bc"])
    assert digest_of_file(tmp_path / "not there") == ""
