"""The choices of the panel, kept in the scene: one node for every parameter set.

Enumerations are stored by the names of their members, so renaming one breaks the scenes that were saved before.
What belongs to the computer and not to the scene, such as the path of an executable, is in :mod:`.engine_choice`.
"""

import enum
import json
import math
from typing import Annotated, get_args

from slicer import (
    vtkMRMLMarkupsFiducialNode,
    vtkMRMLNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScriptedModuleNode,
    vtkMRMLTransformNode,
)
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Default, WithinRange, parameterNodeWrapper


class Strength(enum.Enum):
    """How strongly driving landmarks pull; the values are what the library takes."""

    SOFT = "soft"
    BALANCED = "balanced"
    FIRM = "firm"
    NUMBER = "number"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            Strength.SOFT: _("soft"),
            Strength.BALANCED: _("balanced"),
            Strength.FIRM: _("firm"),
            Strength.NUMBER: _("own weight"),
        }[self]


class Start(enum.Enum):
    """The position to start from; the values are what the library takes."""

    AUTOMATIC = "auto"
    AS_LOADED = "none"
    CENTERS = "centers"
    GRAVITY = "gravity"
    LANDMARKS = "landmarks"
    LANDMARKS_SIMILARITY = "landmarks-similarity"
    LANDMARKS_AFFINE = "landmarks-affine"
    TRANSFORM = "transform"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            Start.AUTOMATIC: _("as the preset says"),
            Start.AS_LOADED: _("as loaded"),
            Start.CENTERS: _("centres of the volumes"),
            Start.GRAVITY: _("centres of gravity"),
            Start.LANDMARKS: _("landmarks (rigid fit)"),
            Start.LANDMARKS_SIMILARITY: _("landmarks (rigid fit with scaling)"),
            Start.LANDMARKS_AFFINE: _("landmarks (affine fit)"),
            Start.TRANSFORM: _("a transform:"),
        }[self]

    @property
    def needs_landmarks(self) -> bool:
        """Whether it is made from landmarks."""
        return self in (Start.LANDMARKS, Start.LANDMARKS_SIMILARITY, Start.LANDMARKS_AFFINE)


class Crop(enum.Enum):
    """What of the volumes elastix gets; the values are what the library takes."""

    AUTO = "auto"
    OVERLAP = "overlap"
    NONE = "none"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            Crop.AUTO: _("to a small mask"),
            Crop.OVERLAP: _("to what both show"),
            Crop.NONE: _("nothing"),
        }[self]


class MaskUse(enum.Enum):
    """What counts in a volume, said together with the region that is chosen beside it."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    BODY = "body"
    FIELD_OF_VIEW = "field-of-view"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            MaskUse.INSIDE: _("inside of:"),
            MaskUse.OUTSIDE: _("all but:"),
            MaskUse.BODY: _("body, without:"),
            MaskUse.FIELD_OF_VIEW: _("field of view, without:"),
        }[self]


class MaskEdge(enum.Enum):
    """What the edge of a mask means; the values are what the library takes."""

    AUTO = "auto"
    REGION = "region"
    ARTIFICIAL = "artificial"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            MaskEdge.AUTO: _("automatic"),
            MaskEdge.REGION: _("region of interest"),
            MaskEdge.ARTIFICIAL: _("valid data"),
        }[self]


class TransformKind(enum.Enum):
    """How the result is stored; the values are what the library takes."""

    EXACT = "exact"
    GRID = "grid"

    def label(self) -> str:
        """The row of the combo box."""
        return {TransformKind.EXACT: _("exact (linear, B-spline)"), TransformKind.GRID: _("displacement field")}[self]


class EngineKind(enum.Enum):
    """Which elastix runs; the values are what the library takes."""

    AUTO = "auto"
    ITK = "itk"
    OWN = "own"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            EngineKind.AUTO: _("automatic"),
            EngineKind.ITK: _("itk-elastix (Python package)"),
            EngineKind.OWN: _("own executable:"),
        }[self]


class Drove(enum.Enum):
    """Which landmarks a transform that is evaluated was made from."""

    AUTOMATIC = "automatic"
    AS_IN_TABLE = "table"
    NONE = "none"
    ALL = "all"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            Drove.AUTOMATIC: _("what is known of it"),
            Drove.AS_IN_TABLE: _("landmarks that drive in the table above"),
            Drove.NONE: _("no landmarks"),
            Drove.ALL: _("all landmarks"),
        }[self]


class LeaveOut(enum.Enum):
    """Which driving pairs are left out when the registration is run again to measure at them."""

    NO = "no"
    FIVE_GROUPS = "five"
    ONE_AT_A_TIME = "one"

    def label(self) -> str:
        """The row of the combo box."""
        return {
            LeaveOut.NO: _("no pairs"),
            LeaveOut.FIVE_GROUPS: _("pairs in 5 groups (5 runs)"),
            LeaveOut.ONE_AT_A_TIME: _("one pair at a time (many runs)"),
        }[self]

    @property
    def folds(self) -> int | None:
        """What the library takes; None leaves one out at a time."""
        return 5 if self is LeaveOut.FIVE_GROUPS else None


@parameterNodeWrapper
class ParameterSet:
    """Everything that the panel asks for. A member that is bound to a widget has its name in the .ui file."""

    fixed_volume: vtkMRMLScalarVolumeNode
    moving_volume: vtkMRMLScalarVolumeNode

    fixed_landmarks: vtkMRMLMarkupsFiducialNode
    moving_landmarks: vtkMRMLMarkupsFiducialNode
    check_labels: str = "[]"  # JSON, for a label may hold any letter; see check_labels_of
    strength: Strength = Strength.BALANCED
    own_weight: Annotated[float, WithinRange(0.0, 1000.0), Default(0.005)]
    start: Start = Start.AUTOMATIC
    skip_unusable_landmarks: bool = False

    fixed_mask_use: MaskUse = MaskUse.INSIDE
    fixed_mask: vtkMRMLNode  # the region: inside of it counts, or it does not count, as the use says
    fixed_mask_segment: str = ""  # the ID of a segment; empty means all of them
    moving_mask_use: MaskUse = MaskUse.INSIDE
    moving_mask: vtkMRMLNode
    moving_mask_segment: str = ""
    mask_edge: MaskEdge = MaskEdge.AUTO
    mask_margin_mm: Annotated[float, WithinRange(-100.0, 100.0), Default(0.0)]

    preset: str = "generic"
    parameter_files: str = "[]"  # JSON list of paths
    overrides: str = "[]"  # JSON list of lines, as they are typed; see overrides_of
    exact_parameters: str = "[]"  # JSON list of whole parameter files, from a record; preset and own files rest then

    output_transform: vtkMRMLTransformNode
    output_volume: vtkMRMLScalarVolumeNode
    transform_kind: TransformKind = TransformKind.EXACT
    apply_to_moving: bool = True

    engine: EngineKind = EngineKind.AUTO
    threads: Annotated[int, WithinRange(0, 256), Default(0)]  # 0 leaves it to the engine
    initial_transform: vtkMRMLTransformNode
    crop: Crop = Crop.AUTO
    keep_files: bool = False

    recorded_transform: vtkMRMLTransformNode
    evaluated_transform: vtkMRMLTransformNode
    drove: Drove = Drove.AUTOMATIC
    fixed_structures: vtkMRMLNode
    moving_structures: vtkMRMLNode
    jacobian_map: bool = False
    leave_out: LeaveOut = LeaveOut.NO
    both_ways: bool = False
    repeats: Annotated[int, WithinRange(1, 50), Default(1)]  # one run is the one that there is already


def forget_unreadable_choices(node: vtkMRMLScriptedModuleNode) -> None:
    """Remove from a node what :class:`ParameterSet` cannot read, so that the defaults stand in for it.

    A scene of another version, or a script, may have put anything there, and the wrapper raises on it.
    """
    for name in ParameterSet.allParameters:
        if node.HasParameter(name) and not _is_readable(name, node.GetParameter(name)):
            node.UnsetParameter(name)


def _is_readable(name: str, text: str) -> bool:
    annotated = ParameterSet.dataType(name)
    kind, *rules = get_args(annotated) or (annotated,)
    if issubclass(kind, enum.Enum):
        return text in kind.__members__
    if kind not in (int, float):
        return True
    try:
        number = kind(text)
        for rule in rules:
            if isinstance(rule, WithinRange):
                rule.validate(number)
    except ValueError:
        return False
    return math.isfinite(number)


def texts_in(stored: str) -> tuple[str, ...]:
    """Read a list of texts that a parameter holds; a scene from elsewhere may hold anything.

    >>> texts_in('["1", "AC"]'), texts_in("nonsense"), texts_in("[1]")
    (('1', 'AC'), (), ())
    """
    try:
        texts = json.loads(stored)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return ()
    return tuple(texts)


def stored_texts(texts: tuple[str, ...]) -> str:
    """Write a list of texts for a parameter."""
    return json.dumps(list(texts))
