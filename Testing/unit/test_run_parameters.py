"""What a run changes in a parameter file, and what it leaves."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.elastix.run_parameters import prepare_for_run
from ElastixPlusLib.errors import ParameterFileError

CHATTY = """// a preset that writes a lot
(WriteResultImage "true") // yes
(ITKTransformOutputFileNameExtension "h5")
(WriteITKCompositeTransform "true")
(OutputTransformParameterFileFormat "TOML")
(UseBinaryFormatForTransformationParameters "true")
(WriteTransformParametersEachIteration "true" "true")
(WriteTransformParametersEachResolution "true")
(WritePyramidImagesAfterEachResolution "true")
(FixedImageDimension 3)
(MovingImageDimension 3)
(DefaultOutputPrecision 6)
(RandomSeed 5)
(MaximumNumberOfIterations 100) // few
"""


def test_only_the_text_file_with_all_digits_is_written():
    prepared = prepare_for_run(ParameterFile.parse(CHATTY))
    assert prepared.text == (
        "// a preset that writes a lot\n"
        '(WriteResultImage "false") // yes\n'
        '(UseBinaryFormatForTransformationParameters "false")\n'
        '(WriteTransformParametersEachIteration "false")\n'
        '(WriteTransformParametersEachResolution "false")\n'
        "(DefaultOutputPrecision 17)\n"
        "(RandomSeed 5)\n"
        "(MaximumNumberOfIterations 100) // few\n"
        '(ResultImageFormat "mha")\n'
        '(CompressResultImage "false")\n'
    )


def test_what_elastix_writes_by_default_is_switched_off_too():
    assert prepare_for_run(ParameterFile.parse("")).get("WriteResultImage") == ("false",)


def test_a_seed_replaces_the_one_of_the_file():
    assert prepare_for_run(ParameterFile.parse(CHATTY), seed=0).get("RandomSeed") == ("0",)
    assert "RandomSeed" not in prepare_for_run(ParameterFile.parse(""))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_elastix_cannot_hold_is_refused(seed):
    with pytest.raises(ParameterFileError, match=str(seed)):
        prepare_for_run(ParameterFile.parse(""), seed=seed)


@pytest.mark.parametrize("dimension", ["2", "4", '"two"'])
@pytest.mark.parametrize("name", ["FixedImageDimension", "MovingImageDimension"])
def test_another_dimension_is_refused_with_its_line(name, dimension):
    with pytest.raises(ParameterFileError, match=name) as caught:
        prepare_for_run(ParameterFile.parse(f"\n({name} {dimension})"))
    assert caught.value.line_number == 2


def test_the_byte_order_mark_that_elastix_refuses_goes(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf(NumberOfResolutions 2)\n")
    prepare_for_run(ParameterFile.read(tmp_path / "a.txt")).write(tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_bytes().startswith(b"(NumberOfResolutions 2)")
