import pytest
from write_cli_docs import pages


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages()


def test_no_page_of_a_command_shows_the_marks_that_its_help_is_laid_out_by(
    written: dict[str, str],
) -> None:
    every = "".join(written.values())

    assert "\b" not in every
    assert "\\b" not in every
    assert "\nharness bench sg-opt --model bert-base-uncased" in written["cli/bench.md"]
    typed = "\nharness data back-translate --forth Helsinki-NLP/opus-mt-en-de \\\n"
    assert typed in written["cli/data.md"]


def test_an_option_is_a_heading_with_its_meaning_below(written: dict[str, str]) -> None:
    page = written["cli/eval.md"]

    heading = page.index("### `--classifier ")
    assert page[:heading].rindex("\n## What to score") < heading
    assert "{ #eval-classifier }" in page[heading : heading + 120]


def test_options_of_every_encoder_are_described_once(written: dict[str, str]) -> None:
    assert written["cli/train.md"].count("### `--seeds N`") == 1
