"""What elastix prints when a parameter file or a transform file is the cause. Tried from top to bottom."""

from __future__ import annotations

from .known_causes import USE_GENERIC_PRESET, USE_ITK_ELASTIX, KnownText, known

_OTHER_ENGINE_OR_PRESET = "Choose another engine, {such_as_engine}, or another preset."
_AS_MANY = "Name one of each for all metrics, or as many as there are metrics."

PARAMETER_TEXTS: tuple[KnownText, ...] = (
    known(
        r"problem defining (?P<which>fixed|moving) image dimension\.\s*The parameter file says:\s*(?P<wanted>\d+)\s*"
        r"The \w+ image header says:\s*(?P<found>\d+)",
        "The parameter file is for images of {wanted} dimensions, and the {which} volume has {found}.",
        "Remove FixedImageDimension and MovingImageDimension from the parameter file; elastix reads the volumes.",
    ),
    known(
        r"the parameter file specifies(?s:.{0,300}?)in combination with (?P<count>\d+) metrics",
        "The parameter file has {count} metrics, and its Registration takes one.",
        'Use (Registration "MultiMetricMultiResolutionRegistration") in the parameter file.',
    ),
    known(
        r"expects the metric to be of type AdvancedImageToImageMetric",
        "The parameter file names the landmark metric first, or alone.",
        "Name an image metric first; give it weight 0 to register by landmarks alone.",
    ),
    known(
        r"(?P<component>MattesMutualInformationWithRigidityPenalty)",
        "No elastix has {component} any more.",
        'Choose another preset, or use (Metric "AdvancedMattesMutualInformation" "TransformRigidityPenalty").',
        USE_GENERIC_PRESET,
    ),
    known(
        r"(?P<component>[\w.]+)\(index \d+\) - This component is not installed",
        "This elastix has no {component}.",
        _OTHER_ENGINE_OR_PRESET,
        USE_ITK_ELASTIX,
    ),
    known(
        r"The following component could not be created: (?P<component>\S+)",
        "This elastix has no {component}.",
        _OTHER_ENGINE_OR_PRESET,
        USE_ITK_ELASTIX,
    ),
    known(
        r"the following component has not been specified: (?P<component>\S+)",
        "The parameter file does not say which {component} to use.",
        "Add a line such as ({component} ...) to the parameter file, or choose a complete preset.",
    ),
    known(
        r"One or more components could not be created",
        "This elastix lacks a part that the parameter file names.",
        _OTHER_ENGINE_OR_PRESET,
        USE_ITK_ELASTIX,
    ),
    known(
        r"not enough PreParameters are given|FocalPoint not assigned",
        "The parameter file projects rays (RayCastInterpolator) without saying where the camera stands.",
        "Choose a preset for volumes, or add FocalPoint and PreParameters to the parameter file.",
        USE_GENERIC_PRESET,
    ),
    known(
        r"(?P<complaint>(?:The input |The )?\w+ should equal 1 or equal the NumberOfMetrics"
        r"|NumberOf\w+ can not exceed the NumberOf\w+"
        r"|number of (?:fixed|moving) image pyramids should be >= the number of (?:fixed|moving) images)",
        "The parameter file names pyramids, interpolators, samplers or images in a number that does not fit its "
        'metrics ("{complaint}").',
        _AS_MANY,
    ),
    known(
        r"Input Primary is required but not set",
        "The parameter file has more image metrics than there are pairs of volumes.",
        "Name one image metric per pair of volumes.",
    ),
    known(
        r'The parameter "(?P<name>[^"\n]+)" is specified more than once',
        "The parameter {name} stands in the parameter file more than once.",
        "Keep one line with {name} and remove the others.",
    ),
    known(
        r'following line in your parameter file is invalid:\s*"(?P<line>[^\n]*)"',
        'The parameter file has a line that elastix cannot read: "{line}".',
        "Correct this line: a parameter stands in brackets, texts in it in quotes.",
    ),
    known(
        r'Casting entry number \d+ for the parameter "(?P<name>\w+)" failed!\s+You tried to cast "(?P<value>[^"\n]*)"',
        'The parameter {name} has the value "{value}", which is not of the right kind.',
        "Correct the value of {name} in the parameter file.",
    ),
    known(
        r'for the parameter "(?P<name>\w+)" should be a boolean[^\n]*but it reads "(?P<value>[^"\n]*)"',
        'The parameter {name} has the value "{value}", and can only be "true" or "false".',
        "Correct the value of {name} in the parameter file.",
    ),
    known(
        r"vector::_M_default_append|vector::reserve|length_error|vector too long|larger than max_size",
        "A number in the parameter file is negative or far too large.",
        "Check the numbers in the parameter file, first of all those of samples, resolutions and iterations.",
    ),
    known(
        r"A spacing of 0 is not allowed|Refusing to change spacing from",
        "The parameter file asks for a grid with a spacing of 0.",
        "Give a grid spacing larger than 0 in the parameter file.",
    ),
    known(
        r"Transform parameter file is corrupt|NumberOfParameters should equal the number of TransformParameters",
        "The transform to start from is incomplete.",
        "Export the initial transform again, or start without it.",
    ),
    known(
        r"Failed to convert a combination of transform to an ITK CompositeTransform",
        "The transform adds to the one before it, which ITK's transform files cannot express.",
        'Use (HowToCombineTransforms "Compose") in the parameter files.',
    ),
)
