from write_cli_docs import document


def test_no_help_shows_the_marks_that_it_is_laid_out_by() -> None:
    page = document()

    assert "\b" not in page
    assert "\\b" not in page
    assert "\n  harness bench sg-opt --model bert-base-uncased" in page
    assert "\n  harness data back-translate --forth Helsinki-NLP/opus-mt-en-de \\\n" in page
