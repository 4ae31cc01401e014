"""The encoder ``endpoint`` against a real server process that misbehaves on purpose."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.encoder import Context
from harness.errors import HarnessError
from harness.evaluation.embedding import encode
from harness.evaluation.evaluation import evaluate
from harness.results.records.record import Record

if TYPE_CHECKING:
    from tests.encoders.conftest import Served

TEXTS = [f"sentence {number}, café \U0001f600" for number in range(40)]
SLOW_DOWN = {"status": 429, "headers": {"Retry-After": "0"}, "body": {"error": "slow down"}}
DROP = {"drop": True}


def score(spec: str, tasks: str = "stsb-dev", **options: Any) -> Record:
    report = evaluate(spec, tasks, data="sample", out=None, **options)
    assert not report.failures, report.failures
    return report.records[-1]


def test_half_the_connections_dropped_429_500_and_another_order_change_no_vector(
    served: "Served",
) -> None:
    faults = [SLOW_DOWN, DROP, {"status": 500}, {}, DROP, {"status": 503}, {"cut": 40}]
    served.behave(shuffled=True, faults=[*faults, *([DROP, {}] * 6)])

    vectors = encode(served.spec(batch_size=3), TEXTS)

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS))
    assert Counter(served.seen["answered"]) == Counter(TEXTS)
    assert served.seen["faults"] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"encoding_format": "base64"},
        {"path": ""},
        {"path": "/v1/embeddings/"},
        {"path": "", "api": "tei", "name": ""},
        {"path": "/embed"},
        {"dimensions": 4},
        {"concurrency": 1, "batch_size": 40},
    ],
)
def test_each_interface_and_address_gives_the_vectors(
    served: "Served", settings: dict[str, Any]
) -> None:
    settings = dict(settings)
    if "path" in settings:
        settings["url"] = served.url + settings.pop("path")

    vectors = encode(served.spec(**settings), TEXTS)

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS, settings.get("dimensions", 6)))


def test_the_server_receives_what_the_settings_say(served: "Served") -> None:
    body = '{""input_type"": ""query"", ""user"": ""a, b=c""}'
    encode(served.spec(max_characters=3, body=f'"{body}"'), ["abcdef"])
    encode(served.spec(url=f"{served.url}/embed", normalize="false"), ["abcdef"])

    assert served.seen["bodies"] == [
        {
            "model": "served",
            "input": ["abc"],
            "encoding_format": "float",
            "input_type": "query",
            "user": "a, b=c",
        },
        {"inputs": ["abcdef"], "normalize": False, "truncate": True},
    ]
    assert served.seen["paths"] == ["/v1/embeddings", "/embed"]


@pytest.mark.parametrize("status", [413, 400, 422])
def test_batches_are_halved_until_the_server_takes_them_and_stay_so(
    served: "Served", status: int
) -> None:
    served.behave(most=5, most_status=status)

    vectors = encode(served.spec(batch_size=16, concurrency=1), TEXTS)

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS))
    assert served.seen["sizes"] == [4] * 10
    assert len(served.seen["bodies"]) == 12


def test_one_text_that_is_too_large_is_named(served: "Served") -> None:
    served.behave(most=0, most_status=400, most_says={"error": {"message": "maximum is 8192"}})

    with pytest.raises(HarnessError, match=r"400, 'maximum is 8192' to one text, 'sentence 0, "):
        encode(served.spec(concurrency=1), TEXTS)


def test_a_server_that_asks_to_wait_is_waited_for(served: "Served") -> None:
    served.behave(faults=[{"status": 429, "headers": {"Retry-After": "0.4"}}])

    encode(served.spec(), TEXTS[:1])

    first, second = served.seen["times"]
    assert 0.4 <= second - first < 2


def test_longer_waits_than_allowed_end_at_once(served: "Served") -> None:
    served.behave(faults=[{"status": 429, "headers": {"Retry-After": "3600"}}])

    with pytest.raises(HarnessError, match=r"answered 429, asks to wait 3600 s \(tried 1 times\)"):
        encode(served.spec(), TEXTS)


def test_nobody_waits_to_ask_again_once_a_request_is_refused(served: "Served") -> None:
    later = {"status": 429, "headers": {"Retry-After": "5"}}
    served.behave(faults=[later, {"status": 403, "seconds": 0.2}])

    with pytest.raises(HarnessError, match="answered 403"):
        encode(served.spec(batch_size=1, concurrency=2), TEXTS)
    assert len(served.seen["bodies"]) == 2


def test_a_server_that_is_too_slow_is_asked_again(served: "Served") -> None:
    served.behave(faults=[{"seconds": 1.0}])

    vectors = encode(served.spec(timeout=0.2), TEXTS[:2])

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS[:2]))
    assert len(served.seen["bodies"]) == 2


def test_tries_end(served: "Served") -> None:
    served.behave(faults=[{"status": 500, "body": "<h1>no\x1b[31m"}] * 9)

    with pytest.raises(HarnessError, match=r"500, '<h1>no\\x1b\[31m' \(tried 3 times\)"):
        encode(served.spec(tries=3), TEXTS[:5])
    assert len(served.seen["bodies"]) == 3


def test_what_was_billed_counts_though_it_had_to_be_tried_again(served: "Served") -> None:
    billed = {"status": 503, "body": {"error": "late", "usage": {"prompt_tokens": 1000}}}
    served.behave(faults=[billed, {"items": [], "answer": {"usage": {"prompt_tokens": 30}}}])

    runtime = score(served.spec(batch_size=999)).runtime

    assert (runtime["requests"], runtime["prompt_tokens"]) == (2, 1030)


def test_a_server_that_wants_money_is_not_asked_again(served: "Served") -> None:
    error = {"message": "You exceeded your current quota", "code": "insufficient_quota"}
    served.behave(faults=[{"status": 429, "body": {"error": error}}])

    with pytest.raises(HarnessError, match="answered 429, 'You exceeded your current quota'"):
        encode(served.spec(), TEXTS[:5])
    assert len(served.seen["bodies"]) == 1


def test_no_proxy_and_no_password_file_is_used_on_this_machine(
    served: "Served", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    vectors = encode(served.spec(), TEXTS[:5])

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS[:5]))
    assert served.seen["logins"] == [None]


def test_a_run_that_takes_too_long_ends_and_keeps_what_was_answered(served: "Served") -> None:
    served.behave(held_after=20)
    spec = served.spec(batch_size=10, concurrency=1)

    report = evaluate(spec, "stsb-dev", data="sample", out=None, timeout_seconds=1.0)

    assert "took longer than 1 s: raise --timeout" in report.failures[0].reason
    answered = served.seen["answered"]
    served.behave()
    score(spec)
    assert len(answered) == 20
    assert not set(answered) & set(served.seen["answered"])


def test_what_will_not_change_is_not_tried_again(served: "Served") -> None:
    served.behave(faults=[{"status": 404, "body": {"error": {"message": "no such model" * 99}}}])

    with pytest.raises(HarnessError, match="answered 404, 'no such model") as raised:
        encode(served.spec(), TEXTS[:5])
    assert len(str(raised.value)) < 500
    assert len(served.seen["bodies"]) == 1


def test_a_redirect_is_not_followed(served: "Served", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVED_KEY", "sk-1")
    to = {"Location": f"{served.url}/v2/embeddings?token=a"}
    served.behave(key="sk-1", faults=[{"status": 307, "headers": to}])

    with pytest.raises(HarnessError, match=r"redirects to 'http://127\S+/v2/embeddings': give"):
        encode(served.spec(key_env="SERVED_KEY"), TEXTS[:5])
    assert served.seen["paths"] == ["/v1/embeddings"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"items": [(0, None)]}, "must have 3 vectors, got 2"),
        ({"items": [(0, {"index": 1, "embedding": [1]})]}, "each index from 0 to 2 once, got '1'"),
        ({"items": [(3, {"index": 3, "embedding": [1]})]}, "each index from 0 to 2 once, got '3'"),
        ({"items": [(0, {"embedding": [1]})]}, "each index from 0 to 2 once, got 'None'"),
        ({"items": [(0, {"index": True, "embedding": [1]})]}, "each index from 0 to 2 once"),
        ({"items": [(0, {"index": 0, "embedding": [1.0]})]}, "one dimension, got 1 and 6"),
        ({"items": [(0, {"index": 0, "embedding": [1.0, None]})]}, "vectors as numbers"),
        ({"items": [(0, {"index": 0, "embedding": ["1.0"]})]}, "vectors as numbers"),
        ({"items": [(0, {"index": 0, "embedding": [[1.0]]})]}, "vectors as numbers"),
        ({"items": [(0, {"index": 0, "embedding": [float("nan")] * 6})]}, "finite numbers"),
        ({"items": [(0, {"index": 0, "embedding": [1e39] * 6})]}, "finite numbers"),
        ({"items": [(0, {"index": 0, "embedding": "AAA*"})]}, "base64 of float32"),
        ({"items": [(0, {"index": 0, "embedding": "AAAAAAA="})]}, "base64 of float32"),
        ({"answer": {"data": None}}, "list of objects under data"),
    ],
)
def test_a_wrong_answer_is_refused(served: "Served", fault: dict[str, Any], message: str) -> None:
    served.behave(faults=[fault])

    with pytest.raises(HarnessError, match=f"the answer of http://127.*{message}"):
        encode(served.spec(), TEXTS[:3])
    assert len(served.seen["bodies"]) == 1


def test_an_answer_without_end_is_not_read(
    served: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.encoders.served.model._BYTES_PER_TEXT", 1000)
    served.behave(faults=[{"answer": {"more": "x" * 9000}}])

    with pytest.raises(HarnessError, match="must answer with at most 2000 bytes, got more"):
        encode(served.spec(), TEXTS[:2])


def test_vectors_keep_one_dimension_which_is_the_one_asked_for(served: "Served") -> None:
    served.behave(faults=[{"items": [(0, {"index": 0, "embedding": [1.0]})]}])
    with pytest.raises(HarnessError, match="must keep one dimension, got 1, then 6"):
        encode(served.spec(batch_size=1, concurrency=1), TEXTS[:2])

    served.behave(faults=[{"items": [(0, {"index": 0, "embedding": [1.0] * 6})]}])
    with pytest.raises(HarnessError, match="must have 4 dimensions, got 6: the model cannot"):
        encode(served.spec(dimensions=4), TEXTS[:1])


def test_what_was_answered_before_a_failure_is_not_asked_for_again(served: "Served") -> None:
    served.behave(faults=[{}, {}, {"status": 403, "body": {"error": "out of money"}}])
    spec = served.spec(batch_size=10, concurrency=1)
    with pytest.raises(HarnessError, match="answered 403, 'out of money'"):
        encode(spec, TEXTS)
    assert served.seen["answered"] == TEXTS[:20]

    served.behave()
    vectors = encode(spec, TEXTS)

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS))
    assert served.seen["answered"] == TEXTS[20:]


@pytest.mark.parametrize(
    "settings",
    [
        {"batch_size": 7, "concurrency": 2, "tries": 2, "timeout": 9, "price_per_million": 2.0},
        {"key_env": "SERVED_KEY"},
        {"path": ""},
        {"path": "/v1/"},
        {"path": "/v1/embeddings"},
    ],
)
def test_settings_that_change_no_vector_ask_for_nothing_again(
    served: "Served", settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED_KEY", "sk-1")
    encode(served.spec(), TEXTS)
    served.behave()
    settings = dict(settings)
    if "path" in settings:
        settings["url"] = served.url + settings.pop("path")

    vectors = encode(served.spec(**settings), TEXTS)

    np.testing.assert_array_equal(vectors, served.vectors(TEXTS))
    assert served.seen["bodies"] == []


@pytest.mark.parametrize(
    "settings",
    [
        {"revision": "2"},
        {"name": "other"},
        {"dimensions": 6},
        {"max_characters": 900},
        {"api": "tei"},
        {"encoding_format": "base64"},
        {"body": '{"user": "me"}'},
    ],
)
def test_settings_that_may_change_vectors_ask_again(
    served: "Served", settings: dict[str, Any]
) -> None:
    encode(served.spec(), TEXTS)
    served.behave()

    encode(served.spec(**settings), TEXTS)

    assert sorted(served.seen["answered"]) == sorted(TEXTS)


def test_an_evaluation_asks_for_each_text_once_and_records_what_it_paid(served: "Served") -> None:
    spec = served.spec(price_per_million=2.0)
    served.behave(faults=[{"status": 429}], model="served-v2")
    first = score(spec)
    seen = served.seen
    served.behave(model="served-v2")
    again = score(spec)

    texts = seen["answered"]
    assert max(Counter(texts).values()) == 1
    assert first.model == "served"
    assert first.runtime == {
        "served_model": "served-v2",
        "requests": len(seen["bodies"]),
        "prompt_tokens": 3 * len(texts),
        "cost": pytest.approx(6 * len(texts) / 1e6),
    }
    assert again.runtime == {
        "served_model": "served-v2",
        "requests": 0,
        "prompt_tokens": 0,
        "cost": 0.0,
    }
    assert (again.scores, served.seen["bodies"]) == (first.scores, [])


def test_what_tei_says_of_tokens_counts_and_silence_is_no_zero(served: "Served") -> None:
    tei = score(served.spec(url=f"{served.url}/embed", name=""))
    served.behave(faults=[{"answer": {"usage": None}, "items": []}] * 99)
    silent = score(served.spec(price_per_million=1.0))

    assert tei.model is None
    assert tei.runtime["prompt_tokens"] == 5 * tei.times["sentences_encoded"]
    assert "prompt_tokens" not in silent.runtime
    assert "cost" not in silent.runtime


def test_a_run_offline_asks_this_machine_alone_and_needs_no_network_for_what_is_kept(
    served: "Served",
) -> None:
    encode(served.spec(), TEXTS[:1], context=Context(offline=True))

    with pytest.raises(HarnessError, match=r"https://example.com/v1/embeddings must not be asked"):
        encode("endpoint:url=https://example.com,name=m", TEXTS[:1], context=Context(offline=True))


def test_harness_encode_and_check_take_it(served: "Served", tmp_path: Path) -> None:
    out = tmp_path / "vectors.npy"
    encoded = CliRunner().invoke(main, ["encode", served.spec(), "--out", str(out)], input="a\nb")
    checked = CliRunner().invoke(main, ["encoders", "check", served.spec()])

    assert encoded.exit_code == 0, encoded.output
    np.testing.assert_array_equal(np.load(out), served.vectors(["a", "b"]))
    assert checked.exit_code == 0, checked.output


def test_nothing_listens(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"cannot be reached \(.*\) \(tried 2 times\)"):
        encode("endpoint:url=http://127.0.0.1:9,name=m,backoff=0", TEXTS)
