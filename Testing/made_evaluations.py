"""What an evaluation needs, and what only a re-run registration would measure, made up."""

from __future__ import annotations

import numpy as np
import slicer
import vtk

from ElastixPlusLib.accuracy.held_out import HeldOutError, HeldOutReport
from ElastixPlusLib.accuracy.structure_overlap import Overlap, StructureAgreement
from ElastixPlusLib.evaluation.evaluation_request import EvaluationRequest
from ElastixPlusLib.mrml.landmark_transforms import thin_plate_transform
from ElastixPlusLib.mrml.transforms import add_transform_node
from phantoms import add_anatomy, add_points

ODD_NAME = 'T <b> & "c" é'
LABELS = ("a", "b", "<c> & #2", 'é "d"', "e", "f")
PLACES = np.random.default_rng(1).uniform(-25, 25, (6, 3))
HELD_OUT = HeldOutReport("leave-one-out", (HeldOutError("a", 0, 5.0, 2.0), HeldOutError("b", 1, 6.0, 1.0)))
STRUCTURES = (
    StructureAgreement(
        'liver "L" <&>', "liver", Overlap(0.7, 0.54, 2.0, 4.0, 6.0, 1.1), Overlap(0.9, 0.82, 0.5, 1.0, 3.0, 1.0)
    ),
    StructureAgreement(
        "gone", "gone", Overlap(0.0, 0.0, None, None, None, 0.0), Overlap(0.0, 0.0, None, None, None, 0.0)
    ),
)


def bent(seed: int = 2, size_mm: float = 1.5) -> vtk.vtkAbstractTransform:
    corners = np.random.default_rng(seed).uniform(-40, 40, (12, 3))
    return thin_plate_transform(corners, corners + np.random.default_rng(seed + 1).normal(0.0, size_mm, (12, 3)))


def request_in(
    scene: slicer.vtkMRMLScene, transform: vtk.vtkAbstractTransform, name: str = ODD_NAME
) -> EvaluationRequest:
    """A deformation, six landmark pairs, two of which drove it."""
    node = add_transform_node(scene, transform, name)
    node.AddDefaultStorageNode("loaded.h5")  # its own name would make the scene unreadable, as Slicer saves it
    moving_places = np.array([transform.TransformPoint(*place) for place in PLACES])
    moving_places += np.random.default_rng(5).normal(0.0, 1.5, moving_places.shape)
    return EvaluationRequest(
        node,
        add_anatomy(scene, (20, 18, 16), (4.0, 4.4, 4.8), name="fixed"),
        add_anatomy(scene, (20, 18, 16), (4.0, 4.4, 4.8), name="moving"),
        fixed_landmarks=add_points(scene, PLACES, LABELS, "F"),
        moving_landmarks=add_points(scene, moving_places, LABELS, "M"),
        drive_labels=("b", "e"),
        mask="none",
        with_jacobian_map=True,
    )
