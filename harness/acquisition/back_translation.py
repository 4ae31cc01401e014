"""Back-translation: a sentence's paraphrase by way of another language."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from harness.errors import BadDataError, HarnessError, ModelError, first_line, unwritable
from harness.machine.device import choose_device
from harness.results.files import refuse_other_kinds, write_atomically
from harness.results.locks import locked

OnSentences = Callable[[int, int], None]
"""Called with how many sentences are done, and how many there are."""

_CHUNK = 1024  # sentences between two writes; a killed run loses at most these


class Translation(Protocol):
    """Whatever translates sentences."""

    def translate(self, sentences: Sequence[str], *, batch_size: int = 32) -> list[str]:
        """Translate sentences, in the order given."""
        ...


class Translator:
    """A Marian model, or another that turns a text into a text.

    Args:
        model: Hub name or folder; its weights as safetensors.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
        beams: Width of the beam search.
        max_length: Longest input and output in tokens.
        offline: Never ask a network.

    Raises:
        ModelError: If the model cannot be found or read.
    """

    def __init__(
        self,
        model: str,
        *,
        device: str = "auto",
        beams: int = 4,
        max_length: int = 128,
        offline: bool = False,
    ) -> None:
        self._device = choose_device(device)
        self._beams = beams
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(
                model, local_files_only=offline, trust_remote_code=False
            )
            self._model: Any = AutoModelForSeq2SeqLM.from_pretrained(
                model, local_files_only=offline, trust_remote_code=False, use_safetensors=True
            )
        except ImportError as error:
            cure = "pip install 'sentence-harness[translation]'"
            raise ModelError(f"translation model {model!r} needs sentencepiece: {cure}") from error
        except (OSError, ValueError, KeyError) as error:
            msg = f"translation model {model!r} cannot be loaded: {first_line(error)}"
            raise ModelError(msg) from error
        self._model.to(self._device).eval()
        positions = getattr(self._model.config, "max_position_embeddings", None) or max_length
        self._max_length = min(max_length, positions - 1)  # one more: where the output begins

    @torch.inference_mode()
    def translate(self, sentences: Sequence[str], *, batch_size: int = 32) -> list[str]:
        """Translate sentences, in the order given; sentences of like length share a batch."""
        order = sorted(range(len(sentences)), key=lambda row: -len(sentences[row]))
        found: dict[int, str] = {}
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            inputs = self._tokenizer(
                [sentences[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=self._max_length,
                return_tensors="pt",
                return_token_type_ids=False,
            ).to(self._device)
            tokens = self._model.generate(
                **inputs, num_beams=self._beams, max_new_tokens=self._max_length, do_sample=False
            )
            texts = self._tokenizer.batch_decode(tokens, skip_special_tokens=True)
            found.update(zip(rows, (" ".join(text.split()) for text in texts), strict=True))
        return [found[row] for row in range(len(sentences))]


def back_translate(
    sentences: Sequence[str],
    forth: Translation,
    back: Translation,
    out: Path,
    *,
    batch_size: int = 32,
    on_sentences: OnSentences = lambda done, total: None,
) -> int:
    """Write a pairs file: each distinct sentence, a tab, its back-translation.

    What an interrupted run wrote is kept in ``<out>.part``, and the next run resumes from there.

    Args:
        sentences: Repeats are translated once.
        forth: Into the other language.
        back: And back.
        out: The file, replaced if it is there.
        batch_size: Sentences translated together.
        on_sentences: Called with the progress.

    Returns:
        How many pairs the file has. A sentence whose translation comes back empty has none.

    Raises:
        BadDataError: If what an interrupted run wrote belongs to other sentences.
        HarnessError: If the disk refuses.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with locked(out.with_name(f".{out.name}.lock")):
            return _back_translate(
                sentences, forth, back, out, batch_size=batch_size, on_sentences=on_sentences
            )
    except OSError as error:
        what = f"pairs cannot be written to {out}"
        raise HarnessError(unwritable(what, error, "name another file with --out")) from error


def _back_translate(
    sentences: Sequence[str],
    forth: Translation,
    back: Translation,
    out: Path,
    *,
    batch_size: int,
    on_sentences: OnSentences,
) -> int:
    distinct = list(dict.fromkeys(" ".join(sentence.split()) for sentence in sentences))
    part = out.with_name(f"{out.name}.part")
    if part.is_symlink():  # somebody else's: it may lead anywhere
        part.unlink()
    refuse_other_kinds(part)
    done = _whole_lines(part, distinct)
    on_sentences(done, len(distinct))
    with part.open("a", encoding="utf-8", newline="\n") as file:
        for start in range(done, len(distinct), _CHUNK):
            chunk = distinct[start : start + _CHUNK]
            abroad = forth.translate(chunk, batch_size=batch_size)
            paraphrases = back.translate(abroad, batch_size=batch_size)
            file.writelines(f"{s}\t{p}\n" for s, p in zip(chunk, paraphrases, strict=True))
            file.flush()
            on_sentences(start + len(chunk), len(distinct))
    lines = part.read_text(encoding="utf-8").split("\n")[:-1]
    pairs = [line for line in lines if line.partition("\t")[2]]
    write_atomically(out, "".join(f"{line}\n" for line in pairs).encode())
    part.unlink()
    return len(pairs)


def _whole_lines(part: Path, sentences: Sequence[str]) -> int:
    """Cut off a half-written last line, and return how many whole ones there are."""
    if not part.is_file():
        return 0
    written, end, _ = part.read_bytes().rpartition(b"\n")
    lines = written.decode("utf-8", "replace").split("\n") if end else []
    for row, line in enumerate(lines):
        if sentences[row : row + 1] != [line.partition("\t")[0]]:
            problem = "must resume with the same sentences: remove the file to start again"
            raise BadDataError(part, row + 1, problem)
    os.truncate(part, len(written + end))  # a kill must not cost the whole lines
    return len(lines)
