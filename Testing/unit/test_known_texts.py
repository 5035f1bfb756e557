"""All that is known of failures: each text that elastix prints has its sentences, and each fix can be asked for."""

from __future__ import annotations

import dataclasses
import re
from typing import get_args

import pytest

from ElastixPlusLib import request
from ElastixPlusLib.elastix import known_statuses
from ElastixPlusLib.elastix.console_log import ConsoleLog
from ElastixPlusLib.elastix.diagnosis import diagnose
from ElastixPlusLib.elastix.known_failures import KNOWN_STATUSES, KNOWN_TEXTS, KnownEnd, KnownText

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
        "values that are no numbers",
        "several slices",
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
    (
        "X(0x5): NumberOfMovingImagePyramids can not exceed the NumberOfInterpolators!",
        '("NumberOfMoving',
        "one of each",
    ),
    (
        "Description: ITK ERROR: X(0x5): The NumberOfInterpolators should equal 1 or equal the NumberOfMetrics",
        '("The NumberOfInterpolators should equal 1',
        "one of each",
    ),
    ("X(0x5): The number of fixed image pyramids should be >= the number of fixed images", "number", "one of each"),
    ("One or more components could not be created.", "lacks a part", "another engine"),
    ("MattesMutualInformationWithRigidityPenalty(index 3) - This component is not installed!", "No elastix", "preset"),
    (" Error, not enough PreParameters are given\nError, FocalPoint not assigned", "camera", "preset"),
    (
        'invalid: \n"(NumberOfResolutions 2)"\nThe parameter "NumberOfResolutions" is specified more than once.',
        "NumberOfResolutions stands in the parameter file more than once",
        "Keep one line",
    ),
    (
        'ERROR: Entry number 0 for the parameter "NewSamplesEveryIteration" should be a boolean, i.e. either "true" or '
        '"false", but it reads "yes".',
        'NewSamplesEveryIteration has the value "yes"',
        "NewSamplesEveryIteration",
    ),
    ("  Progress: 0%std: vector::_M_default_append", "negative or far too large", "parameter file"),
    ("ITK ERROR: Image(0x5): A spacing of 0 is not allowed: Spacing is [0, 0, 0]", "spacing of 0", "larger than 0"),
    ("ITK ERROR: AdvancedAffineTransformElastix(0x5): Transform parameter file is corrupt.", "incomplete", "Export"),
    (
        "ERROR:\n  FixedImageType:  4D float\n  MovingImageType: 3D float\n  elastix was not compiled with this "
        "combination of ImageTypes!",
        "fixed volume has 4 dimensions and the moving one 3",
        "sequence",
    ),
    (
        "ERROR: could not read fixed image.\nDescription: f.mha has 4 dimensions, 3 are wanted.",
        "4 dimensions",
        "sequence",
    ),
    (
        "1:ItNr\t2:Metric\n0\t-1.08\t0.8\nX(0x55): Too many samples map outside moving image buffer: 3 / 500",
        "moved apart: in iteration 2 only 3 of 500",
        "rigid stage",
    ),
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
    ("ERROR: could not read fixed image.\nDescription: Failed to allocate memory for image.", "memory", "Crop"),
    ("MetaImage: M_WriteElementsData: file stream is fail after write", "disk is full", "temporary files"),
    ("elastix: error while loading shared libraries: libi2d.so.13: cannot open", "libi2d.so.13", "engine"),
    (
        "elastix: error while loading shared libraries: /x/libI.so.1: file too short",
        "/x/libI.so.1 is damaged",
        "engine",
    ),
    (
        "elastix: error while loading shared libraries: libI.so: failed to map segment from shared object",
        "memory",
        "Crop",
    ),
    ("elastix: symbol lookup error: /lib/libI.so.1: undefined symbol: _ZNK3itk", "another version", "engine"),
    (
        "ImportError: DLL load failed while importing _itk: The specified procedure could not be found.",
        "version",
        "eng",
    ),
    ("(code signature in <A1> 'l.dylib' not valid for use in process)", "signature", "engine"),
    ("/opt/elastix/elastix: Permission denied", "does not let", "engine"),
    ("/opt/elastix/elastix: cannot execute binary file: Exec format error", "another kind of computer", "engine"),
    ("Error: [WinError 2] The system cannot find the file specified", "no elastix any more", "leave the choice"),
    ("Error: Elastix not found", "no elastix any more", "leave the choice"),
    ("free(): double free detected in tcache 2", "memory was damaged", "engine"),
    (
        "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no stars",
        'error of its own: "no stars"',
        "engine",
    ),
    (
        "libc++abi: terminating due to uncaught exception of type std::out_of_range: vector",
        'error of its own: "vector"',
        "engine",
    ),
    ("elastix: itkImage.hxx:12: void f(): Assertion `n > 0' failed.", "error of its own.", "engine"),
    ("ERROR: LogFile cannot be opened!\nERROR while setting up xout.", "could not write to its output", "temporary"),
    ("ERROR: the file C:\\RegistrationParameters\\g does not exist.", "letter g", "list of parameter files"),
    ("  Reading landmark file: fp.txt\n  Error while opening fp.txt", "did not find the file fp.txt", "removes"),
    ("Failed to load output transform from C:\\t\\deformationField.mhd", "deformationField.mhd", "log"),
    ("'MRMLCorePython.vtkMRMLTransformNode' has no attribute 'GetMovingNodeReferenceRole'", "newer", "Update Slicer"),
    (
        "AttributeError: module 'Elastix' has no attribute 'RegistrationPresets_Modality'",
        "RegistrationPresets_Modality",
        "getRegistrationPresets",
    ),
    ("KeyError: 'LD_LIBRARY_PATH'", "surroundings", "Update"),
    ("AttributeError: 'bool' object has no attribute 'GetID'", "in the place of the volume", "loadVolume"),
    ("AttributeError: 'GemSegmentWidget' object has no attribute 'createTempDirectory'", "making a logic", "logic"),
    ("Failed to get transformation matrix because transform is not linear", "warping transform", "Harden"),
    ("Failed to find moving and/or fixed image for transform", "which volumes", "references"),
    ("Warning: inverse is inaccurate!", "cannot be inverted", "coarser grid"),
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
    texts = [ConsoleLog(printed).failed_part for printed, _, _ in SEEN]
    first = {next(rule.pattern for rule in KNOWN_TEXTS if rule.pattern.search(text)) for text in texts}
    assert {rule.pattern.pattern for rule in KNOWN_TEXTS} == {pattern.pattern for pattern in first}


def all_known() -> list[KnownText | KnownEnd]:
    ends = [value for value in vars(known_statuses).values() if isinstance(value, KnownEnd)]
    return [*KNOWN_TEXTS, *KNOWN_STATUSES.values(), *known_statuses.START_ERRORS.values(), *ends]


def test_every_sentence_is_a_sentence():
    for text in {sentence for known in all_known() for sentence in (known.what, known.remedy)}:
        assert re.match(r"[A-Z{]", text), text
        assert text.endswith("."), text
        assert "pip install" in text or not re.search(r" -\w|--", text), text  # the option stands in the fix


def test_every_fix_changes_what_can_be_asked_for():
    """The names and values are those of a request, and the option says the same."""
    fields = {field.name for field in dataclasses.fields(request.RegistrationRequest)}
    values = {
        "initial": get_args(request.Start),
        "crop": get_args(request.Crop),
        "mask_edge": get_args(request.MaskEdge),
        "transform_kind": get_args(request.TransformKind),
        "engine": ("auto", "itk"),
        "preset": ("generic",),
        "parameter_files": ((),),
    }
    fixes = [known.fix for known in all_known() if known.fix is not None]
    assert fixes
    for fix in fixes:
        assert set(fix.changes) <= fields
        assert all(value in values[name] for name, value in fix.changes.items()), fix
        name, value = next(iter(fix.changes.items()))
        assert fix.option == f"--{name.replace('_', '-')} {value}"
