"""What elastix says or ends with when it fails, in the words of the user: cause and remedy.

The texts were collected by making both engines (5.0.1, and 5.3.1 in itk-elastix) fail, and from ten years of questions
of Slicer users. Rules are tried from top to bottom; groups of a pattern can be named in ``{}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ALIGN = "Align the volumes roughly first, starting from landmarks or from the centres of the volumes"
_CHECK_ENGINE = "Check the engine, or choose another one."
_OTHER_PLACE = "Choose a folder for temporary files that has enough room and plain letters in its name."


@dataclass(frozen=True)
class KnownText:
    """Something that elastix prints.

    :param pattern: finds it.
    :param what: one sentence on the cause; names in braces are groups of the pattern.
    :param remedy: one sentence on what to do.
    """

    pattern: re.Pattern[str]
    what: str
    remedy: str


@dataclass(frozen=True)
class KnownEnd:
    """A way to end without a word."""

    what: str
    remedy: str


def _text(pattern: str, what: str, remedy: str) -> KnownText:
    return KnownText(re.compile(pattern), what, remedy)


KNOWN_TEXTS: tuple[KnownText, ...] = (
    # Overlap and samples
    _text(
        r"Too many samples map outside moving image buffer: 0 / (?P<total>\d+)",
        "The volumes do not overlap: none of {total} sample points of the fixed volume lies inside the moving volume, "
        "or inside its mask.",
        f"{_ALIGN}, and leave out the moving mask if there is one.",
    ),
    _text(
        r"Too many samples map outside moving image buffer: (?P<valid>\d+) / (?P<total>\d+)",
        "Only {valid} of {total} sample points of the fixed volume lie inside the moving volume, or inside its mask.",
        f"{_ALIGN}, crop both to the region they share, or leave out the moving mask.",
    ),
    _text(
        r"All samples map outside moving image buffer|Joint PDF summed to zero",
        "The volumes do not overlap, or one of them has no contrast where they do.",
        f"{_ALIGN}, and check the intensities of both volumes.",
    ),
    _text(
        r"Could not find enough image samples within reasonable time",
        "The fixed mask is too small for random sampling: it fills less than about a tenth of its own bounding box.",
        'Crop the volumes to the mask, or use (ImageSampler "RandomSparseMask") in the parameter files.',
    ),
    _text(
        r"No valid voxels \((?P<valid>\d+)/(?P<total>\d+)\) found to estimate",
        "The mask has no voxel that can be used: it is empty, lies beside the volume, or was eroded away.",
        "Check that the mask lies on the volume, and declare its edge a region of interest so that it is not eroded.",
    ),
    _text(
        r"bounding box of the mask lies entirely out of|Requested region is \(at least partially\) outside",
        "The mask lies outside of the volume, or was eroded away.",
        "Check that the mask lies on the volume, and declare its edge a region of interest so that it is not eroded.",
    ),
    _text(
        r"do not call this function when no mask is supplied",
        "The parameter files ask for samples from a mask (RandomSparseMask), and no mask was given.",
        'Give a fixed mask, or use (ImageSampler "RandomCoordinate").',
    ),
    _text(
        r"SampleRegionSize\[ (?P<axis>\d) \] = (?P<wanted>[\d.]+) mm,\s+"
        r"while the fixed image size at dim = \d is (?P<voxels>\d+) voxels or (?P<size>[\d.]+) mm",
        "The preset samples in regions of {wanted} mm, and the fixed volume measures {size} mm ({voxels} voxels) "
        "along axis {axis}.",
        'Choose a preset without (UseRandomSampleRegion "true"), such as generic, or a smaller SampleRegionSize.',
    ),
    # Volumes
    _text(
        r"number of pixels along direction (?P<axis>\d) is less than (?P<least>\d+)",
        "A volume has fewer than {least} slices along axis {axis}, too few to be smoothed.",
        "Register volumes with at least {least} voxels along every axis.",
    ),
    _text(
        r"(?s)Region ImageRegion.*is outside of buffered region",
        "A volume is too thin, or has no contrast, for this preset.",
        "Check that both volumes have three dimensions and different intensities, and choose another preset.",
    ),
    _text(
        r"problem defining (?P<which>fixed|moving) image dimension\.\s*The parameter file says:\s*(?P<wanted>\d+)\s*"
        r"The \w+ image header says:\s*(?P<found>\d+)",
        "The parameter file is for images of {wanted} dimensions, and the {which} volume has {found}.",
        "Remove FixedImageDimension and MovingImageDimension from the parameter file; elastix reads the volumes.",
    ),
    _text(
        r"could not read (?P<which>(?:fixed|moving|input) (?:image|mask))",
        "Elastix could not read the {which} that was written for it.",
        _OTHER_PLACE,
    ),
    _text(
        r"Could not create IO object for reading(?: file)? (?P<path>.+)",
        "Elastix could not read the file {path}.",
        _OTHER_PLACE,
    ),
    # Landmarks
    _text(
        r"number of points in the fixed pointset \((?P<fixed>\d+)\) does not match.*pointset \((?P<moving>\d+)\)",
        "There are {fixed} fixed and {moving} moving landmarks.",
        "Give each fixed landmark its counterpart in the moving volume.",
    ),
    _text(
        r"(?s)The file is not large enough\.(?:\s*Filename: (?P<path>\S+))?",
        "The landmark file {path} holds fewer points than it announces.",
        "Write the landmarks again.",
    ),
    _text(
        r"FileName must be specified|(?:fixed|moving) pointset is not specified",
        "The parameter files use landmarks (CorrespondingPointsEuclideanDistanceMetric), and none were given.",
        "Give landmarks for both volumes, or choose a preset without that metric.",
    ),
    # Parameter files
    _text(
        r"the parameter file specifies(?:.|\n)*in combination with (?P<count>\d+) metrics",
        "The parameter file has {count} metrics, and its Registration takes one.",
        'Use (Registration "MultiMetricMultiResolutionRegistration") in the parameter file.',
    ),
    _text(
        r"expects the metric to be of type AdvancedImageToImageMetric",
        "The parameter file names the landmark metric first, or alone.",
        "Name an image metric first; give it weight 0 to register by landmarks alone.",
    ),
    _text(
        r"(?P<component>[\w.]+)\(index \d+\) - This component is not installed",
        "This elastix has no {component}.",
        "Choose another preset, or another engine, such as itk-elastix.",
    ),
    _text(
        r"The following component could not be created: (?P<component>\S+)",
        "This elastix has no {component}.",
        "Choose another preset, or another engine, such as itk-elastix.",
    ),
    _text(
        r"the following component has not been specified: (?P<component>\S+)",
        "The parameter file does not say which {component} to use.",
        "Add a line such as ({component} ...) to the parameter file, or choose a complete preset.",
    ),
    _text(
        r"(?P<complaint>The input \S+ should equal 1 or equal the NumberOfMetrics"
        r"|(?:The )?(?:NumberOf|number of )\w[\w ]*(?:can not exceed|should equal)[^\n!]*"
        r"|[^\n]*should equal 1 or equal the NumberOfMetrics[^\n!.]*)",
        "The parameter file names pyramids, interpolators, samplers or images in a number that does not fit its "
        'metrics ("{complaint}").',
        "Name one of each for all metrics, or as many as there are metrics.",
    ),
    _text(
        r"Input Primary is required but not set",
        "The parameter file has more image metrics than there are pairs of volumes.",
        "Name one image metric per pair of volumes.",
    ),
    _text(
        r'following line in your parameter file is invalid:\s*"(?P<line>[^\n]*)"\s*(?P<reason>[^\n]*)',
        'The parameter file has a line that elastix cannot read: "{line}".',
        "Correct this line: a parameter stands in brackets, texts in it in quotes.",
    ),
    _text(
        r'Casting entry number (?P<entry>\d+) for the parameter "(?P<name>\w+)" failed!\s+'
        r'You tried to cast "(?P<value>[^"]*)"',
        'The parameter {name} has the value "{value}", which is not of the right kind.',
        "Correct the value of {name} in the parameter file.",
    ),
    _text(
        r"Failed to convert a combination of transform to an ITK CompositeTransform",
        "The transform adds to the one before it, which ITK's transform files cannot express.",
        'Use (HowToCombineTransforms "Compose") in the parameter files.',
    ),
    # Files, memory, installation
    _text(
        r'output directory "(?P<path>[^"]*)" does not exist',
        "Elastix did not find its output folder {path}; older versions misread spaces and other letters in its name.",
        _OTHER_PLACE,
    ),
    _text(
        r"bad_alloc|bad allocation|Failed to allocate memory|MemoryError|[Uu]nable to allocate",
        "Elastix ran out of memory.",
        "Crop the volumes or resample them to larger voxels, or close other programs.",
    ),
    _text(
        r"M_WriteElementsData|No space left on device|file stream is fail after write",
        "Elastix could not write its files: the disk is full, or the folder cannot be written.",
        _OTHER_PLACE,
    ),
    _text(
        r"error while loading shared libraries: (?P<library>[^\s:]+)|Library not loaded: (?P<other>\S+)",
        "Elastix could not start: its library {library}{other} is missing.",
        _CHECK_ENGINE,
    ),
    _text(
        r"the itk-elastix package (?:cannot be loaded|is not installed)",
        "The Python package itk-elastix could not be loaded.",
        "Install it again with pip install --force-reinstall itk-elastix.",
    ),
    _text(
        r"Fatal Python error|No module named '(?:encodings|numpy|itk)",
        "The Python that runs itk-elastix does not start, or does not find its packages.",
        _CHECK_ENGINE,
    ),
    _text(
        r"the file (?P<path>[^\n]+?) does not exist",
        "Elastix did not find the file {path}.",
        "Check that nothing removes files from the folder for temporary files while elastix runs.",
    ),
)

_LIBRARY_MISSING = KnownEnd("Elastix could not start: a library (DLL) that it needs is missing.", _CHECK_ENGINE)
_CRASHED = KnownEnd(
    "Elastix crashed (access to memory that is not its own).",
    "Use another engine; libraries of another program on the search path can also cause this.",
)
_KILLED = KnownEnd(
    "Elastix was ended by the system, most often because the memory was full.",
    "Crop the volumes or resample them to larger voxels, or close other programs.",
)
_ENDED = KnownEnd("Elastix was ended from outside.", "Start the registration again.")

# Negative: POSIX signals. Large: Windows status codes, unsigned.
KNOWN_STATUSES: dict[int, KnownEnd] = {
    -4: KnownEnd("Elastix uses instructions that this processor does not have.", _CHECK_ENGINE),
    -6: KnownEnd("Elastix gave up (SIGABRT), as it does when a library does not fit or memory ran out.", _CHECK_ENGINE),
    -7: _CRASHED,
    -8: KnownEnd("Elastix divided by zero.", "Check that both volumes have contrast, and try another preset."),
    -9: _KILLED,
    -11: _CRASHED,
    -15: _ENDED,
    126: KnownEnd("Elastix has no permission to be run.", _CHECK_ENGINE),
    127: KnownEnd("Elastix or a library that it needs was not found.", _CHECK_ENGINE),
    134: KnownEnd(
        "Elastix gave up (SIGABRT), as it does when a library does not fit or memory ran out.", _CHECK_ENGINE
    ),
    137: _KILLED,
    139: _CRASHED,
    143: _ENDED,
    254: KnownEnd("Elastix did not find its output folder.", _OTHER_PLACE),
    0xC0000005: _CRASHED,
    0xC0000017: _KILLED,
    0xC000001D: KnownEnd("Elastix uses instructions that this processor does not have.", _CHECK_ENGINE),
    0xC00000FD: _CRASHED,
    0xC0000135: _LIBRARY_MISSING,
    0xC0000139: KnownEnd("Elastix found a library (DLL) of another version than it needs.", _CHECK_ENGINE),
    0xC000013A: _ENDED,
    0xC0000142: _LIBRARY_MISSING,
    0xC0000409: _CRASHED,
    0xFFFFFFFE: KnownEnd("Elastix did not find its output folder.", _OTHER_PLACE),
}

SILENT_END = KnownEnd(
    "Elastix ended without a word on the cause, before it read the volumes.",
    _CHECK_ENGINE,
)
