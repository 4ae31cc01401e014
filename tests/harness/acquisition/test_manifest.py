"""The manifest: its checksums, its names, and manifests that are none."""

from pathlib import Path

import pytest

from harness.acquisition.manifest import SUITES, built_in_manifest, read_manifest
from harness.errors import RecordError, UnknownNameError
from harness.plugins import registry

DATA_SET = """
[[data_set]]
name = "a"
title = "A"
suite = "s"
collection = "text"
folder = "."
licence = "free"
citation = "nobody"
origin = "here"
"""


@pytest.mark.real
def test_checksums_are_those_of_the_real_files(real: Path) -> None:
    listed = (line.split() for line in (real / "SHA256SUMS").read_text().splitlines())
    expected = {name: digest for digest, name in listed}

    stated = {
        data_set.published_place(file).replace("/./", "/"): file.sha256
        for data_set in built_in_manifest().data_sets
        for file in data_set.files
        if data_set.name not in {"snli", "multinli", "wiki1m"}  # published only, not prepared
        and data_set.suite != "sts-languages"
    }

    parts = ("senteval/", "sts-multilingual/", "nli/", "text/")
    assert stated == {name: sha for name, sha in expected.items() if name.startswith(parts)}


def test_every_archive_is_used_and_every_file_can_be_checked() -> None:
    manifest = built_in_manifest()
    used = {name for data_set in manifest.data_sets for name in data_set.archives}
    unchecked = {
        file.name
        for data_set in manifest.data_sets
        for file in data_set.files
        if file.sha256 is None and not any(manifest.archives[a].sha256 for a in data_set.archives)
    }

    assert used == set(manifest.archives)
    assert unchecked == {"wiki1m_for_simcse.txt", "valid-v1.3.json"}  # their rows are counted


def test_suites_of_tasks_are_fetched_when_none_is_named() -> None:
    assert set(SUITES) <= set(registry.suites.names())
    assert {data_set.suite for data_set in built_in_manifest().select(SUITES)} == set(SUITES)


def test_suites_and_data_sets_can_be_mixed() -> None:
    chosen = built_in_manifest().select(["sts-multilingual", "sick", "sts17"])

    assert [one.name for one in chosen] == ["sick", "sts14-es", "sts15-es", "sts17"]


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown data set 'sts71'\. Did you mean 'sts1"):
        built_in_manifest().select(["sts71"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("files = [", "manifest: .*toml: "),
        (f'{DATA_SET}files = [{{ name = "../x", rows = 1 }}]', "path must stay inside its folder"),
        (f'{DATA_SET}files = [{{ name = "x", rows = 1, sha256 = "0" }}]', "sha256"),
        (f'{DATA_SET}files = [{{ name = "x", rows = 1, prepare = "sts" }}]', "must have a sha256"),
        (f'{DATA_SET}files = [{{ name = "x", rows = 1, size = 1 }}]', "size: Extra inputs"),
        (f'{DATA_SET}files = []\narchives = ["none"]', "data_set"),
        (
            f'{DATA_SET}files = [{{ name = "x", rows = 1 }}]\narchives = ["b"]',
            "a names an unknown archive 'b'",
        ),
        (f'{DATA_SET}files = [{{ name = "x", rows = 1 }}]\n' * 2, "must have different names"),
        ("[other]\nx = 1", "other: Extra inputs"),
    ],
)
def test_file_that_is_no_manifest_is_refused_in_one_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "sets.toml"
    path.write_text(text)

    with pytest.raises(RecordError, match=message) as caught:
        read_manifest([path])

    assert "\n" not in str(caught.value)
