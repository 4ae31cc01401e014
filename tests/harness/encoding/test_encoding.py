import itertools
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from torch import Tensor

from harness.encoder import Context, EmbeddedPart, Embeddings, Encoder, HiddenStates
from harness.encoders.methods.cls import ClsEncoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.backbone import Backbone
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.encoding import encoding
from harness.encoding import job as encoding_job
from harness.encoding.encoding import encode_all, encode_in_turn
from harness.encoding.job import EncodingJob
from harness.errors import ModelError, PluginError
from harness.planning.planned_encoders import PlannedEncoder

SENTENCES = ["one", "three words here", "two words", "one"]


class Lengths:
    """Embeds a sentence as its numbers of letters and words; remembers what it was asked."""

    def __init__(self, fingerprint: str = "lengths") -> None:
        self.seen: list[str] = []
        self._fingerprint = fingerprint

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        self.seen += sentences
        return np.array([[len(s), len(s.split())] for s in sentences], np.float32)

    def fingerprint(self) -> str:
        return self._fingerprint


class Unkept:
    """An encoder without fingerprint."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        self.seen += sentences
        return np.ones((len(sentences), 1), np.float32)


class Returning:
    """Returns what it is told to, whatever it is asked."""

    def __init__(self, value: object) -> None:
        self.value = value

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        if isinstance(self.value, Exception):
            raise self.value
        return cast("Embeddings", self.value)


class Unsure(Lengths):
    """An encoder that cannot tell what its vectors depend on."""

    def fingerprint(self) -> None:  # type: ignore[override]
        return None


class Served(Lengths):
    """Yields its vectors one by one, the last sentence first, until it has answered so many."""

    def __init__(self, answers: int = 9) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._answers = answers

    def encode_parts(self, sentences: Sequence[str]) -> Iterator[EmbeddedPart]:
        self.asked += sentences
        for place in reversed(range(len(sentences))):
            if len(self.seen) == self._answers:
                raise OSError("gone")
            yield np.array([place]), self.encode([sentences[place]])


def rows_of(job: EncodingJob) -> list[list[float]]:
    assert job.vectors is not None, job.error
    vectors: list[list[float]] = job.vectors.of(SENTENCES).tolist()
    return vectors


def test_each_distinct_sentence_is_encoded_once_and_found_by_its_text() -> None:
    encoder = Lengths()
    job = EncodingJob("lengths", encoder)

    encode_all([job], SENTENCES)

    assert sorted(encoder.seen) == ["one", "three words here", "two words"]
    assert rows_of(job) == [[3, 1], [16, 3], [9, 2], [3, 1]]
    assert job.encoded == 3


def test_vectors_of_an_encoder_that_cannot_tell_its_fingerprint_are_not_kept(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        job = EncodingJob("unsure", Unsure())
        encode_all([job], SENTENCES, cache_folder=tmp_path)

        assert job.encoded == 3
    assert job.key() is None
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_second_run_takes_everything_from_the_cache(tmp_path: Path) -> None:
    encode_all([EncodingJob("first", Lengths())], SENTENCES, cache_folder=tmp_path)
    encoder = Lengths()
    job = EncodingJob("second", encoder)

    encode_all([job], SENTENCES, cache_folder=tmp_path)

    assert encoder.seen == []
    assert job.encoded == 0
    assert rows_of(job) == [[3, 1], [16, 3], [9, 2], [3, 1]]


def test_only_the_sentences_that_the_cache_lacks_are_encoded(tmp_path: Path) -> None:
    encode_all([EncodingJob("first", Lengths())], SENTENCES[:2], cache_folder=tmp_path)
    encoder = Lengths()

    encode_all([EncodingJob("second", encoder)], SENTENCES, cache_folder=tmp_path)

    assert encoder.seen == ["two words"]


@pytest.mark.parametrize(
    ("fingerprint", "origin"), [("other weights", ""), ("lengths", "dist 2.0")]
)
def test_another_fingerprint_or_version_misses_the_cache(
    tmp_path: Path, fingerprint: str, origin: str
) -> None:
    encode_all([EncodingJob("first", Lengths())], SENTENCES, cache_folder=tmp_path)
    encoder = Lengths(fingerprint)
    planned = PlannedEncoder("lengths", Lengths, None, origin)

    encode_all([EncodingJob("second", encoder, planned)], SENTENCES, cache_folder=tmp_path)

    assert len(encoder.seen) == 3


def test_an_encoder_without_fingerprint_is_never_kept(tmp_path: Path) -> None:
    encoder = Unkept()

    for _ in range(2):
        encode_all([EncodingJob("unkept", encoder)], SENTENCES, cache_folder=tmp_path)

    assert len(encoder.seen) == 6


def test_a_killed_run_keeps_what_it_had_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Lengths):
        def encode(self, sentences: Sequence[str]) -> Embeddings:
            if len(self.seen) == 4:
                signal.raise_signal(signal.SIGINT)
            return super().encode(sentences)

    monkeypatch.setattr(encoding, "_CHUNK", 2)
    sentences = [f"sentence {n}" for n in range(6)]
    with pytest.raises(KeyboardInterrupt):
        encode_all([EncodingJob("killed", Killed())], sentences, cache_folder=tmp_path)
    encoder = Lengths()

    encode_all([EncodingJob("again", encoder)], sentences, cache_folder=tmp_path)

    assert encoder.seen == sentences[4:]


def test_a_long_run_writes_shards_as_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoding, "_CHUNK", 1)
    clock = itertools.count(step=15)  # each look at the clock is 15 s after the last
    monkeypatch.setattr(encoding_job, "monotonic", lambda: next(clock))

    encode_all([EncodingJob("slow", Lengths())], SENTENCES, cache_folder=tmp_path)

    assert len(list(tmp_path.rglob("*.safetensors"))) > 1


def test_vectors_that_are_not_finite_are_not_kept(tmp_path: Path) -> None:
    class OnceNan(Lengths):
        def encode(self, sentences: Sequence[str]) -> Embeddings:
            vectors = super().encode(sentences)
            vectors[0] = np.nan
            return vectors

    encode_all([EncodingJob("first", OnceNan())], SENTENCES, cache_folder=tmp_path)
    encoder = Lengths()

    encode_all([EncodingJob("second", encoder)], SENTENCES, cache_folder=tmp_path)

    assert encoder.seen == ["one"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [[1.0]] * 3,
            "encoder 'bad' must return a NumPy array, got list: return np.asarray(vectors, dty",
        ),
        (np.ones((2, 4), np.float32), "encoder 'bad' must return shape (3, dim), got (2, 4)"),
        (np.ones(3, np.float32), "encoder 'bad' must return shape (3, dim), got (3,)"),
        (np.ones((3, 0), np.float32), "encoder 'bad' must return shape (3, dim), got (3, 0)"),
        (
            np.ones((3, 4)),
            "encoder 'bad' must return float32, got float64: return vectors.astype(np.float32)",
        ),
        (ZeroDivisionError("by\nzero"), "encoder 'bad' failed in encode: ZeroDivisionError: by"),
    ],
)
def test_an_encoder_that_breaks_the_contract_is_named_and_the_others_go_on(
    value: object, message: str
) -> None:
    bad, good = EncodingJob("bad", Returning(value)), EncodingJob("good", Lengths())

    encode_all([bad, good], SENTENCES)

    assert str(bad.error).startswith(message)
    assert isinstance(bad.error, PluginError)
    assert rows_of(good)[0] == [3, 1]


def test_a_dimension_that_changes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Growing(Unkept):
        def encode(self, sentences: Sequence[str]) -> Embeddings:
            super().encode(sentences)
            return np.ones((len(sentences), len(self.seen)), np.float32)

    monkeypatch.setattr(encoding, "_CHUNK", 1)
    job = EncodingJob("growing", Growing())

    encode_all([job], SENTENCES)

    assert str(job.error) == "encoder 'growing' must keep one dimension, got 1, then 2"


def test_a_fingerprint_that_fails_is_blamed_on_its_encoder(tmp_path: Path) -> None:
    class NoMark(Lengths):
        def fingerprint(self) -> str:
            raise OSError("disk gone")

    bad, good = EncodingJob("bad", NoMark()), EncodingJob("good", Lengths())

    encode_all([bad, good], SENTENCES, cache_folder=tmp_path)

    assert str(bad.error) == "encoder 'bad' failed in fingerprint: OSError: disk gone"
    assert good.error is None


def make(kind: type[MeanEncoder | ClsEncoder], context: Context, layers: str = "last") -> Encoder:
    return kind(context, PoolingSettings(layers))


def test_readings_of_one_transformer_share_one_forward_pass(
    tiny_bert: Path, passes: list[int]
) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    alone = EncodingJob("alone", make(MeanEncoder, context))
    encode_all([alone], SENTENCES)
    passes.clear()
    jobs = [
        EncodingJob("mean", make(MeanEncoder, context)),
        EncodingJob("cls", make(ClsEncoder, context)),
        EncodingJob("first", make(MeanEncoder, context, "0")),
    ]

    encode_all(jobs, SENTENCES)

    assert sum(passes) == 3
    assert rows_of(jobs[0]) == rows_of(alone)
    assert rows_of(jobs[1]) != rows_of(jobs[2])


def test_other_limits_are_another_forward_pass(tiny_bert: Path, passes: list[int]) -> None:
    contexts = [Context(model=str(tiny_bert), device="cpu", max_length=n) for n in (8, 16)]

    encode_all([EncodingJob("mean", make(MeanEncoder, each)) for each in contexts], SENTENCES)

    assert sum(passes) == 6


def test_one_reading_that_fails_is_found_and_the_others_are_complete(tiny_bert: Path) -> None:
    class Broken(MeanEncoder):
        def read(self, states: HiddenStates) -> Tensor:
            raise RuntimeError("no pooling today")

    context = Context(model=str(tiny_bert), device="cpu")
    good = EncodingJob("good", make(MeanEncoder, context))
    bad = EncodingJob("bad", make(Broken, context))

    encode_all([bad, good], SENTENCES)

    assert str(bad.error) == "encoder 'bad' failed in read: RuntimeError: no pooling today"
    assert good.error is None
    assert np.isfinite(rows_of(good)).all()


def test_a_model_that_cannot_be_loaded_is_every_reading_s_error(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Backbone, tokens: object) -> HiddenStates:
        raise ModelError("no weights")

    monkeypatch.setattr(Backbone, "forward", fail)
    context = Context(model=str(tiny_bert), device="cpu")
    jobs = [EncodingJob(k.__name__, make(k, context)) for k in (MeanEncoder, ClsEncoder)]

    encode_all(jobs, SENTENCES)

    assert [str(job.error) for job in jobs] == ["no weights"] * 2


def test_progress_ends_at_the_number_of_sentences_to_encode(tmp_path: Path) -> None:
    reported: list[tuple[str, int, int]] = []
    encode_all([EncodingJob("x", Lengths())], SENTENCES[:1], cache_folder=tmp_path)

    encode_all(
        [EncodingJob("x", Lengths())],
        SENTENCES,
        cache_folder=tmp_path,
        on_progress=lambda *news: reported.append(news),
    )

    assert reported == [("encoding x", 0, 2), ("encoding x", 2, 2)]


class Changing(Lengths):
    """Reports another fingerprint each time once it was asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    def fingerprint(self) -> str:
        """Return what is the same until then."""
        self._left -= 1
        return str(min(self._left, 0))


@pytest.mark.parametrize(("times", "flush_seconds"), [(1, 0.0), (2, 0.0), (2, 20.0)])
def test_vectors_of_an_encoder_that_changes_while_it_waits_or_encodes_are_not_kept(
    times: int, flush_seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.encoding.job._FLUSH_SECONDS", flush_seconds)
    job = EncodingJob("changing", Changing(times))

    encode_all([job], SENTENCES, cache_folder=tmp_path)

    assert str(job.error).startswith("encoder 'changing' must keep its fingerprint during a run")
    assert job.vectors is None
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_served_encoder_is_asked_once_for_each_sentence_and_loses_no_answer(
    tmp_path: Path,
) -> None:
    first, second = Served(answers=2), Served()
    jobs = [EncodingJob("served", first), EncodingJob("served", second)]
    for job in jobs:
        list(encode_in_turn([job], SENTENCES, cache_folder=tmp_path, spot_checks=True))

    assert str(jobs[0].error) == "encoder 'served' failed in encode_parts: OSError: gone"
    assert first.seen == ["two words", "three words here"]
    assert second.asked == second.seen == ["one"]
    assert rows_of(jobs[1]) == [[3, 1], [16, 3], [9, 2], [3, 1]]


def test_a_served_encoder_must_embed_all_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Served, "encode_parts", lambda self, sentences: iter(()))
    job = EncodingJob("served", Served())
    encode_all([job], SENTENCES)

    assert "must embed every sentence, got none for 3 of 3" in str(job.error)
