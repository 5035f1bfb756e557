"""From what elastix printed to a cause and a remedy; the texts are those of real runs of both engines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ElastixPlusLib.elastix.diagnosis import diagnose, failure, last_meaningful_lines
from ElastixPlusLib.elastix.known_failures import KNOWN_STATUSES, KNOWN_TEXTS

EXCEPTION = 'itk::ExceptionObject (0x55740c47ea60)\nLocation: "ElastixTemplate - Run()" \nFile: ./x.hxx\nLine: 1006\n'

# (what elastix printed, what the cause has to say, what the remedy has to say)
SEEN = [
    ("Metric(0x55): Too many samples map outside moving image buffer: 188 / 1117", "188 of 1117", "landmarks"),
    ("Metric(0x55): Too many samples map outside moving image buffer: 0 / 64000", "do not overlap", "landmarks"),
    ("Joint PDF summed to zero", "overlap", "intensities"),
    ("Could not find enough image samples within reasonable time. Probably the mask is too small", "mask", "Crop"),
    ("ComputeJacobianTerms(0x5636): No valid voxels (0/1000) found to estimate the parameters.", "mask", "region"),
    ("ERROR: the bounding box of the mask lies entirely out of the InputImageRegion!", "mask", "region"),
    ("Requested region is (at least partially) outside the largest possible region.", "mask", "region"),
    ("ERROR: do not call this function when no mask is supplied.", "RandomSparseMask", "RandomCoordinate"),
    (
        "ERROR: in your parameter file you selected\n  SampleRegionSize[ 2 ] = 50 mm,\n  while the fixed image size at "
        "dim = 2 is 10 voxels or 10 mm.",
        "50 mm, and the fixed volume measures 10 mm",
        "UseRandomSampleRegion",
    ),
    ("The number of pixels along direction 2 is less than 4. This filter requires", "4 slices along axis 2", "4"),
    (
        "Region ImageRegion (0x1)\n  Dimension: 3\n  Size: [4, 4, 4] is outside of buffered region ImageRegion (0x2)",
        "thin",
        "three dimensions",
    ),
    (
        "ERROR: problem defining fixed image dimension.\n  The parameter file says:     2\n"
        "  The fixed image header says: 3\n",
        "2 dimensions, and the fixed volume has 3",
        "FixedImageDimension",
    ),
    ("ERROR: could not read fixed image.\n\n" + EXCEPTION, "fixed image", "temporary files"),
    ("Description:  Could not create IO object for reading file x.mha", "x.mha", "temporary files"),
    (
        "ERROR: the number of points in the fixed pointset (3) does not match that of the moving pointset (4).",
        "3 fixed and 4 moving",
        "counterpart",
    ),
    ("Description: The file is not large enough. \nFilename: fixed_landmarks.txt", "fixed_landmarks.txt", "again"),
    ("Description: FileName must be specified", "landmarks", "Give landmarks"),
    ("ERROR: the fixed pointset is not specified!", "landmarks", "Give landmarks"),
    (
        'ERROR: the parameter file specifies\n  (Registration "X")\n  in combination with 2 metrics.\n',
        "2 metrics",
        "MultiMetricMultiResolutionRegistration",
    ),
    ("expects the metric to be of type AdvancedImageToImageMetric!", "landmark metric first", "image metric first"),
    (
        "Error: \nRayCastInterpolator(index 3) - This component is not installed!",
        "RayCastInterpolator",
        "another engine",
    ),
    ("The following component could not be created: AdvancedKappaStatistic", "AdvancedKappaStatistic", "preset"),
    ("ERROR: the following component has not been specified: Transform", "Transform", "(Transform ...)"),
    ("X(0x5): NumberOfMovingImagePyramids can not exceed the NumberOfInterpolators!", "NumberOfMoving", "one of each"),
    ("The input FixedImagePyramid should equal 1 or equal the NumberOfMetrics", "number", "one of each"),
    ("Input Primary is required but not set.", "pairs of volumes", "per pair"),
    (
        'ERROR: the following line in your parameter file is invalid: \n"(NumberOfResolutions 2"\nLine is not between',
        '"(NumberOfResolutions 2"',
        "brackets",
    ),
    (
        'ERROR: Casting entry number 0 for the parameter "NumberOfResolutions" failed!\n  You tried to cast "two" from',
        'NumberOfResolutions has the value "two"',
        "NumberOfResolutions",
    ),
    ("Failed to convert a combination of transform to an ITK CompositeTransform", "ITK", "Compose"),
    (
        r'ERROR: the output directory "C:\Users\Jörg\out" does not exist.',
        r"C:\Users\Jörg\out",
        "temporary files",
    ),
    ("std::bad_alloc", "memory", "Crop"),
    ("bad allocation", "memory", "Crop"),
    ("MetaImage: M_WriteElementsData: file stream is fail after write", "disk is full", "temporary files"),
    ("elastix: error while loading shared libraries: libi2d.so.13: cannot open", "libi2d.so.13", "engine"),
    ("dyld: Library not loaded: @rpath/libomp.dylib", "libomp.dylib", "engine"),
    ("ERROR: the itk-elastix package cannot be loaded: No module named 'itk'", "itk-elastix", "pip install"),
    ("Fatal Python error: init_fs_encoding: failed to get the Python codec", "Python", "engine"),
    ("ERROR: the file initial_transform.txt does not exist!", "initial_transform.txt", "temporary"),
]


@pytest.mark.parametrize(("printed", "cause", "remedy"), SEEN)
def test_a_known_text_gets_its_cause_and_remedy(printed: str, cause: str, remedy: str):
    diagnosis = diagnose(f"Reading images...\n{printed}\n\nErrors occurred!\n", 1)
    assert diagnosis.is_known
    assert cause in diagnosis.what
    assert remedy in diagnosis.remedy


def test_every_known_text_has_been_seen():
    """Each rule is the first that fits one of the texts above; none of them is dead or hidden by another."""
    first = {next(rule.pattern for rule in KNOWN_TEXTS if rule.pattern.search(printed)) for printed, _, _ in SEEN}
    assert {rule.pattern.pattern for rule in KNOWN_TEXTS} == {pattern.pattern for pattern in first}


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (-6, "SIGABRT"),
        (-9, "memory was full"),
        (-11, "crashed"),
        (127, "not found"),
        (254, "output folder"),
        (4294967294, "output folder"),
        (-2, "output folder"),
        (3221225477, "crashed"),
        (-1073741819, "crashed"),
        (3221225781, "missing"),
        (3221225785, "another version"),
    ],
)
def test_an_exit_status_is_put_into_words(status: int, cause: str):
    diagnosis = diagnose("Sampling gradients ...\n", status)
    assert diagnosis.is_known
    assert cause in diagnosis.what
    assert str(status) not in diagnosis.what


def test_what_elastix_printed_counts_more_than_how_it_ended():
    assert "memory" in diagnose("std::bad_alloc\n", -6).what


def test_an_end_right_after_reading_the_parameters_is_said():
    diagnosis = diagnose("Current time: now.\nReading the elastix parameters from file ...\n\n", 1)
    assert "without a word" in diagnosis.what
    assert "engine" in diagnosis.remedy


@pytest.mark.parametrize("log", ["", "\n\n", "WARNING: The parameter is not there.\n"])
def test_an_empty_log_does_not_end_in_a_bare_status(log: str):
    diagnosis = diagnose(log, 1)
    assert diagnosis.what.endswith(".")
    assert "status 1" not in diagnosis.what


def test_an_unknown_error_is_quoted_without_addresses_and_closing_words():
    log = f"Reading images...\n{EXCEPTION}Description: ITK ERROR: New(0x55f): the moon is full\n\nErrors occurred!\n"
    diagnosis = diagnose(log, 1)
    assert not diagnosis.is_known
    assert 'said: "New: the moon is full"' in diagnosis.what


def test_warnings_that_users_take_for_the_error_are_not():
    warnings = (
        'WARNING: The option "UseDirectionCosines" was not found in your parameter file.\n'
        "WARNING: the fixed pyramid schedule is not fully specified!\n  A default pyramid schedule is used.\n"
        "ERROR: NumberOfResolutions not specified!\n"
    )
    assert "crashed" in diagnose(warnings, -11).what


def test_rows_and_settings_are_no_meaningful_lines():
    log = "0\t-1.2\t3\n( SP_a 1.0 )\nSettings of X in resolution 0:\nTime spent in resolution 0: 1 s\nError: too bad\n"
    assert last_meaningful_lines(log) == ("too bad",)


def test_the_stage_that_failed_is_named_by_both_engines():
    error = "Too many samples map outside moving image buffer: 1 / 10\n"
    native = 'Running elastix with parameter file 0: "a.txt".\nRunning elastix with parameter file 1: "b.txt".\n'
    assert diagnose(native + error, 1).what.startswith("Stage 2: Only 1 of 10")
    assert diagnose("ELASTIX version: 5.3.1\n" * 3 + error, 1).what.startswith("Stage 3: Only")
    assert diagnose("ELASTIX version: 5.3.1\n" + error, 1).what.startswith("Only")


def test_transformix_is_not_called_elastix():
    assert diagnose("transformix is started at noon.\nDescription: something new\n", 1).what.startswith("Transformix")


def test_the_error_to_raise_carries_what_a_report_needs(tmp_path: Path):
    log = tmp_path / "console.txt"
    log.write_bytes(b"Reading \xff images\nDescription: ITK ERROR: M(0x5): something new\n")
    error = failure(log, 1)
    assert (error.exit_status, error.log_path, error.exit_code) == (1, log, 4)
    assert error.last_lines[-1] == "M: something new"


def test_a_missing_log_is_still_an_error_with_a_cause(tmp_path: Path):
    assert failure(tmp_path / "none.txt", -11).what.startswith("Elastix crashed")


def test_every_sentence_is_a_sentence():
    pairs = [(rule.what, rule.remedy) for rule in KNOWN_TEXTS] + [(e.what, e.remedy) for e in KNOWN_STATUSES.values()]
    for text in {sentence for pair in pairs for sentence in pair}:
        assert re.match(r"[A-Z{]", text), text
        assert text.endswith("."), text
