"""Several pairs of volumes on the command line."""

from __future__ import annotations

import re

import pytest

from ElastixPlusLib.terminal.arguments import argument_parser
from ElastixPlusLib.terminal.request_files import input_files, read_request

pytestmark = pytest.mark.native_engine

SECOND_METRIC = """
(Registration "MultiMetricMultiResolutionRegistration")
(Metric "AdvancedMeanSquares" "AdvancedMeanSquares")
"""


def test_further_pairs_are_registered_together_with_the_first_one(user, elastixplus):
    kept = [line for line in user.parameters.read_text().splitlines() if not line.startswith(("(Metric ", "(Regis"))]
    user.parameters.write_text(SECOND_METRIC + "\n".join(kept) + "\n")
    further = ["--further-fixed", str(user.moving), "--further-moving", str(user.fixed)]
    outputs = ["--output-transform", str(user.out / "T.h5"), "--workspace", str(user.out), "--keep-workspace"]
    answer = elastixplus("register", *user.volumes(), *further, *outputs, "--quiet", "--force")
    assert answer.code == 0, answer.err
    (log,) = user.out.glob("*/result/elastix.log")
    assert re.search(r"-m1\s+moving\.1\.mha", log.read_text())


def test_a_preset_for_one_pair_refuses_a_second_one(user, elastixplus):
    further = ["--further-fixed", str(user.moving), "--further-moving", str(user.fixed)]
    volumes = ["--fixed", str(user.fixed), "--moving", str(user.moving), "--preset", "rigid"]
    answer = elastixplus("check", *volumes, *further)
    assert "compares one pair of volumes, and 2 are given. Leave the further volumes out" in answer.err + answer.out


def test_further_volumes_keep_their_order_and_are_not_written_over(user, elastixplus, scene):
    pairs = [(user.moving, user.fixed), (user.fixed, user.moving)]
    words = [word for fixed, moving in pairs for word in ("--further-fixed", fixed, "--further-moving", moving)]
    options = argument_parser().parse_args(["register", *user.volumes(), *map(str, words)])
    request = read_request(options, scene)
    assert [node.GetName() for node in request.further_fixed] == ["moving", "fixed"]
    assert [node.GetName() for node in request.further_moving] == ["fixed", "moving"]
    copy = user.folder / "copy.nrrd"
    copy.write_bytes(user.fixed.read_bytes())
    options = argument_parser().parse_args(["register", *user.volumes(), "--further-fixed", str(copy)])
    assert copy in input_files(options)
