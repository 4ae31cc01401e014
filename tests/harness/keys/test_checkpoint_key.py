"""A checkpoint's key holds all that training depends on, and knows what earlier versions wrote."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from harness.encoder import Context
from harness.encoders.methods.whitening import WhiteningEncoder, WhiteningSettings
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder, trained_encoder
from harness.planning.planned_encoders import PlannedEncoder
from harness.trainable import NO_MODEL

DEV = {"task": "stsb-dev", "sha256": "d" * 64}
LIMITS = {"dtype": "fp32", "max_length": 512}
ENCODER = TrainedEncoder(
    "sg:head=2", {"head": 2, "views": (1, 2)}, "dist 1.0", defaults={"head": 1}, limits=LIMITS
)
KEY = CheckpointKey(ENCODER, "bert", "model 1", "stsb", "c" * 64, 0, DEV)
OLD = {
    "spec": "sg:head=2",
    "settings": {"head": 2, "views": [1, 2]},
    "origin": "dist 0.9",
    "model": "bert",
    "base": "model 1",
    "corpus": "stsb",
    "corpus_sha256": "c" * 64,
    "seed": 0,
    "history": {"best_step": 2, "runtime": LIMITS},
    "files": {},
}
"""What 0.1.0 wrote of the same training."""


def of(**changed: Any) -> CheckpointKey:
    """The key of another encoder."""
    return dataclasses.replace(KEY, encoder=dataclasses.replace(ENCODER, **changed))


def written(key: CheckpointKey) -> dict[str, Any]:
    """What training.json says of a key, as it is read."""
    manifest: dict[str, Any] = json.loads(json.dumps({**key.manifest(), "history": {}}))
    return manifest


@pytest.mark.parametrize(
    "other",
    [
        of(dtype="bf16"),
        of(max_length=6),
        of(settings={"head": 3, "views": (1, 2)}),
        of(spec="ct:head=2"),
        of(origin="other 1.0"),
        of(class_name="Other"),
        of(beside="1"),
        of(arguments="[(2,)]"),
        dataclasses.replace(KEY, dev={**DEV, "sha256": "e" * 64}),
        dataclasses.replace(KEY, dev=None),
        dataclasses.replace(KEY, base="model 2"),
        dataclasses.replace(KEY, corpus_sha256="0"),
        dataclasses.replace(KEY, seed=1),
    ],
)
def test_whatever_training_depends_on_makes_another_checkpoint(other: CheckpointKey) -> None:
    assert other.digest != KEY.digest
    assert other.describes(written(other))
    assert not KEY.describes(written(other))


@pytest.mark.parametrize(
    "other",
    [
        of(origin="dist 2.0"),
        of(defaults={}),
        of(limits={}),
        dataclasses.replace(KEY, model="./bert"),
        dataclasses.replace(KEY, corpus="the same text"),
    ],
)
def test_names_and_versions_make_no_other_checkpoint(other: CheckpointKey) -> None:
    assert other.digest == KEY.digest
    assert KEY.describes(written(other))


def test_number_format_and_longest_input_do_not_count_without_a_transformer() -> None:
    keys = [
        dataclasses.replace(each, base=NO_MODEL) for each in (KEY, of(dtype="bf16", max_length=6))
    ]

    assert keys[0].digest == keys[1].digest
    assert keys[0].describes(written(keys[1]))


def test_a_setting_that_was_added_later_counts_by_its_default() -> None:
    settings = {**ENCODER.settings, "added": None}
    added = partial(of, defaults={"head": 1, "added": None})

    assert added(settings=settings).describes(OLD)
    assert not added(settings={**settings, "added": 1}).describes(OLD)


def test_a_default_that_was_changed_makes_another_checkpoint() -> None:
    old = {**OLD, "spec": "sg", "settings": {"head": 1, "views": [1, 2]}}

    assert not of(spec="sg", defaults={"head": 2}).describes(old)


@pytest.mark.parametrize(
    ("history", "key", "expected"),
    [
        ({}, KEY, True),
        ({}, of(dtype="bf16", limits={**LIMITS, "dtype": "bf16"}), False),
        ({}, of(max_length=6, limits={**LIMITS, "max_length": 6}), False),
        ({"runtime": {"dtype": "bf16", "max_length": 512}}, KEY, False),
        ({"runtime": {"dtype": "fp32", "max_length": 6}}, KEY, False),
        (
            {"runtime": {"dtype": "bf16", "max_length": 6}},
            of(dtype="bf16", max_length=6, limits={"dtype": "bf16", "max_length": 6}),
            True,
        ),
        ({"runtime": {}}, of(limits={}), True),
        ({"runtime": {}}, of(limits={}, dtype="bf16"), False),
        ({"runtime": {}}, of(limits={}, max_length=6), False),
        ({}, dataclasses.replace(KEY, dev=None), False),
        ({}, of(arguments="[(2,)]"), False),
    ],
)
def test_a_checkpoint_of_0_1_0_is_what_its_manifest_says(
    history: Mapping[str, Any], key: CheckpointKey, expected: bool
) -> None:
    manifest = {**OLD, "history": {**OLD["history"], **history}}  # type: ignore[dict-item]

    assert key.describes(manifest) == expected


def test_the_base_of_a_learned_map_of_0_1_0_says_its_limits() -> None:
    base = "model 1 max_length 6 dtype bf16"
    own = {"dtype": "bf16", "max_length": 6}
    old = {**OLD, "base": base, "history": {}}

    assert dataclasses.replace(of(dtype="bf16", max_length=6, limits=own), base=base).describes(
        old
    )
    assert not dataclasses.replace(KEY, base=base).describes(old)


def _planned(factory: Callable[..., object], origin: str) -> PlannedEncoder:
    return PlannedEncoder("x", factory, WhiteningSettings(), origin, code="1")


def test_class_and_arguments_count_where_a_name_does_not_say_them(context: Context) -> None:
    made = WhiteningEncoder(context, WhiteningSettings())
    file, curried = "x.py sha256:1", partial(WhiteningEncoder, context)

    of_dist = trained_encoder(_planned(WhiteningEncoder, "dist 1.0"), made, context)
    of_file = trained_encoder(_planned(WhiteningEncoder, file), made, context)
    of_partial = trained_encoder(_planned(curried, file), made, context)

    assert (of_dist.class_name, of_file.class_name) == ("", "WhiteningEncoder")
    assert (of_dist.beside, of_file.beside) == ("", "1")
    assert of_file.arguments == ""
    assert str(context) in of_partial.arguments
    assert of_dist.limits["max_length"] == made.source.max_length
    assert of_dist.defaults == {**dataclasses.asdict(WhiteningSettings())}
