import re
from pathlib import Path

import pytest

from harness.acquisition.manifest import SUITES, built_in_manifest
from harness.data import checksum, open_data, user_data_folder
from harness.errors import MissingDataError

FILE = "STS/STSBenchmark/sts-dev.csv"


@pytest.mark.parametrize("place", ["senteval/downstream", "downstream", "senteval", "."])
def test_senteval_is_found_wherever_users_keep_it(tmp_path: Path, place: str) -> None:
    path = tmp_path / "data" / place / FILE
    path.parent.mkdir(parents=True)
    path.write_text("x")

    data = open_data(tmp_path / "data")

    assert data.find("senteval", FILE) == path.resolve()
    assert data.relative(path.resolve()) == Path(place, FILE).as_posix()


def test_a_missing_file_says_where_it_was_looked_for_and_the_cure(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError) as caught:
        open_data(tmp_path).find("senteval", FILE)

    assert str(caught.value) == (
        f"{FILE} not found below {tmp_path.resolve()} (looked in senteval/downstream, downstream,"
        " senteval, .): name its folder with --data FOLDER or HARNESS_DATA, get it with"
        " 'harness data fetch', or try --data sample"
    )


def test_a_file_that_the_sample_lacks_is_not_looked_for_in_the_sample(tmp_path: Path) -> None:
    cure = "name its folder with --data FOLDER or HARNESS_DATA, or get it with 'harness data fetch"

    with pytest.raises(MissingDataError) as in_sample:
        open_data("sample").find("nli", "snli.jsonl")
    with pytest.raises(MissingDataError) as in_folder:
        open_data(tmp_path).find("text", "wiki.txt")

    assert str(in_sample.value) == f"snli.jsonl is not in the sample: {cure} nli'"
    assert str(in_folder.value).endswith(f"(looked in text, .): {cure} text'")


@pytest.mark.parametrize("collection", ["senteval", "sts-multilingual", "nli", "text"])
def test_the_fetch_that_is_advised_brings_the_collection(collection: str, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError) as caught:
        open_data(tmp_path).find(collection, "x")
    (reported,) = re.findall(r"'harness data fetch ?(.*?)'", str(caught.value))

    fetched = built_in_manifest().select(reported.split() or SUITES)

    assert collection in {data_set.collection for data_set in fetched}


def test_a_named_folder_comes_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("named", "environment"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("HARNESS_DATA", str(tmp_path / "environment"))

    assert open_data().root == (tmp_path / "environment").resolve()
    assert open_data(tmp_path / "named").root == (tmp_path / "named").resolve()


def test_the_environment_may_name_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_DATA", "sample")

    data = open_data()

    assert data.is_sample
    assert data.label == "sample"


def test_a_folder_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MissingDataError, match=r"got '/no/such': .* --data sample"):
        open_data("/no/such")


def test_without_any_data_the_cure_is_reported() -> None:
    with pytest.raises(MissingDataError, match=r"no data yet: .* try --data sample"):
        open_data().find("senteval", FILE)


def test_the_user_s_folder_is_the_last_resort() -> None:
    user_data_folder().mkdir(parents=True)

    assert open_data().root == user_data_folder().resolve()


def test_checksum_is_sha256(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")

    assert checksum(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
