import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import MarianConfig, MarianMTModel, PreTrainedTokenizerFast
from typing_extensions import override

from harness.acquisition import back_translation as translation
from harness.acquisition.back_translation import Translation, Translator, back_translate
from harness.cli.main import main
from harness.errors import BadDataError, HarnessError, ModelError

SENTENCES = ["a dog runs", "the cat sleeps on the mat", "a cat eats fish and a dog sleeps"]
SPECIAL = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
WORDS = [*SPECIAL.values(), *dict.fromkeys(" ".join(SENTENCES).split())]


@pytest.fixture(scope="module")
def marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Marian model with random weights and a tokenizer of a dozen words."""
    folder = tmp_path_factory.mktemp("marian")
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    words = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106 - no password
    words.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=words, **SPECIAL).save_pretrained(folder)
    sizes: dict[str, Any] = {
        side + name: value
        for side in ("encoder_", "decoder_")
        for name, value in (("layers", 1), ("attention_heads", 2), ("ffn_dim", 16))
    }
    torch.manual_seed(3)
    config = MarianConfig(
        vocab_size=len(WORDS),
        d_model=16,
        max_position_embeddings=64,
        pad_token_id=0,
        eos_token_id=1,
        forced_eos_token_id=1,
        decoder_start_token_id=0,
        init_std=2.0,  # else all words are as likely and each text is one word, repeated
        **sizes,
    )
    MarianMTModel(config).save_pretrained(folder)
    return folder


class Marker:
    """A translator whose translations show their way."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.seen: list[str] = []

    def translate(self, sentences: Sequence[str], *, batch_size: int = 32) -> list[str]:
        self.seen += sentences
        return [
            f"{self.mark}({sentence})" if sentence != "empty" else "" for sentence in sentences
        ]


class Failing(Marker):
    """A translator that is interrupted at its second call."""

    @override
    def translate(self, sentences: Sequence[str], *, batch_size: int = 32) -> list[str]:
        if self.seen:
            raise KeyboardInterrupt
        return super().translate(sentences)


def _write(
    out: Path, forth: Translation, sentences: Sequence[str], back: Translation | None = None
) -> int:
    return back_translate(sentences, forth, back or Marker("back"), out)


def test_each_distinct_sentence_is_written_once_with_its_paraphrase(tmp_path: Path) -> None:
    count = _write(tmp_path / "pairs.tsv", Marker("de"), ["a", "b", "a"])

    assert count == 2
    assert (tmp_path / "pairs.tsv").read_text() == "a\tback(de(a))\nb\tback(de(b))\n"


def test_a_sentence_that_comes_back_empty_has_no_pair(tmp_path: Path) -> None:
    class Mute(Marker):
        @override
        def translate(self, sentences: Sequence[str], *, batch_size: int = 32) -> list[str]:
            return ["" if "b" in sentence else sentence for sentence in sentences]

    count = _write(tmp_path / "pairs.tsv", Marker("de"), ["a", "b"], Mute(""))

    assert count == 1
    assert (tmp_path / "pairs.tsv").read_text() == "a\tde(a)\n"


def test_an_interrupted_run_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translation, "_CHUNK", 2)
    out, sentences, again = tmp_path / "pairs.tsv", list("abcde"), Marker("de")
    with pytest.raises(KeyboardInterrupt):
        _write(out, Failing("de"), sentences)
    part = tmp_path / "pairs.tsv.part"
    part.write_bytes(part.read_bytes() + b"c\thalf a li")  # cut off in the middle of a write

    count = _write(out, again, sentences)

    assert again.seen == list("cde")
    assert count == 5
    assert out.read_text().splitlines() == [f"{name}\tback(de({name}))" for name in "abcde"]
    assert not part.exists()


def test_resuming_with_other_sentences_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv.part").write_text("a\tx\nz\tx\n")

    with pytest.raises(BadDataError, match=r"part:2: must resume with the same sentences"):
        _write(tmp_path / "pairs.tsv", Marker("de"), ["a", "b"])


@pytest.mark.skipif(os.name == "nt", reason="not every user may make links")
def test_a_link_in_place_of_an_interrupted_run_is_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (tmp_path / "pairs.tsv.part").symlink_to(theirs)

    count = _write(tmp_path / "pairs.tsv", Marker("de"), ["a", "b"])

    assert count == 2
    assert theirs.read_text() == "theirs"


@pytest.mark.skipif(os.name == "nt", reason="pipes of Unix")
@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir])
def test_what_is_no_file_in_place_of_an_interrupted_run_is_refused(
    put: Callable[[Path], None], tmp_path: Path
) -> None:
    put(tmp_path / "pairs.tsv.part")

    with pytest.raises(HarnessError, match=r"pairs cannot be written to .*pairs\.tsv"):
        _write(tmp_path / "pairs.tsv", Marker("de"), ["a", "b"])


def test_a_marian_model_translates_each_sentence_whatever_its_neighbours(marian: Path) -> None:
    translator = Translator(str(marian), device="cpu", beams=2, max_length=8)

    together = translator.translate(SENTENCES, batch_size=2)

    alone = [text for sentence in SENTENCES for text in translator.translate([sentence])]
    assert together == alone
    assert len(set(together)) == 3
    assert all(set(text.split()) <= set(WORDS) for text in together)


def test_the_command_writes_a_pairs_file(marian: Path, tmp_path: Path) -> None:
    text, out = tmp_path / "text.txt", tmp_path / "pairs.tsv"
    text.write_text("\n".join(SENTENCES))
    models = ["--forth", str(marian), "--back", str(marian), "--device", "cpu", "--offline"]

    run = CliRunner().invoke(
        main, ["data", "back-translate", *models, "--text", str(text), "-o", str(out)]
    )

    assert run.stdout == f"{out}: 3 pairs\n"
    assert [line.split("\t")[0] for line in out.read_text().splitlines()] == SENTENCES
    assert all(line.split("\t")[1] for line in out.read_text().splitlines())


def test_an_absent_translation_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="translation model 'no/such-model' cannot be loaded"):
        Translator("no/such-model", offline=True)
