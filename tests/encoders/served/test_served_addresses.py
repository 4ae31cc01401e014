"""Which servers may be asked, and how a request is tried again: without a server."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest

from harness.encoders.adapters.endpoint import EndpointSettings
from harness.encoders.served.address import is_on_this_machine, read_address, request_url
from harness.encoders.served.retries import Retries, read_retry_after
from harness.encoders.served.usage import Usage
from harness.errors import SettingError
from harness.planning.planned_encoders import plan_encoders


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1/embeddings"),
        ("https://API.openai.com:443/v1/", "https://api.openai.com/v1/embeddings"),
        (" https://x.org/v1/embeddings ", "https://x.org/v1/embeddings"),
        ("https://x.org/v1beta/openai/", "https://x.org/v1beta/openai/embeddings"),
        ("https://x.org/embeddings", "https://x.org/embeddings"),
        ("http://localhost:8080/embed", "http://localhost:8080/embed"),
        ("http://127.9.9.9:1", "http://127.9.9.9:1/v1/embeddings"),
        ("http://[::1]:80/v1", "http://[::1]/v1/embeddings"),
        ("https://x.org/a%20b", "https://x.org/a%20b/embeddings"),
    ],
)
def test_an_address_leads_to_one_place_and_reads_itself_again(text: str, asked: str) -> None:
    address, api = read_address(text, "openai")

    assert request_url(address, api) == asked
    assert read_address(address, api) == (address, api)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://me:hunter2@x.org/v1", "no user or password"),
        ("https://hunter2@x.org/v1", "no user or password"),
        ("https://x.org/v1?key=hunter2", "must end with its path"),
        ("https://x.org/v1#hunter2", "must end with its path"),
        ("http://x.org/v1", "must begin with https"),
        ("http://10.0.0.1:8000", "must begin with https"),
        ("http://0.0.0.0:8000", "must begin with https"),
        ("http://localhost.x.org", "must begin with https"),
        ("http://127.0.0.1.x.org", "must begin with https"),
        ("http://127.0.0.1\\@x.org", "url must"),
        ("ftp://hunter2", "scheme and host"),
        ("hunter2", "scheme and host"),
        ("https://", "scheme and host"),
        ("https://x.org:hunter2", "cannot be read"),
    ],
)
def test_an_address_that_is_unsafe_or_may_hold_a_key_is_refused_without_being_quoted(
    url: str, message: str
) -> None:
    with pytest.raises(SettingError, match=message) as raised:
        plan_encoders([f"endpoint:name=m,url={url}"], {})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("key_env", ["sk-proj-hunter2", "hf_hunter2", "a b", "Ünter2"])
def test_a_key_in_place_of_its_variable_is_refused_without_being_quoted(key_env: str) -> None:
    with pytest.raises(SettingError, match="name of an environment variable") as raised:
        plan_encoders([f"endpoint:name=m,url=https://x.org,key_env={key_env}"], {})
    assert "unter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch_size": 0}, "batch_size must be 1 or more, got 0"),
        ({"tries": 0}, "tries must be 1 or more"),
        ({"dimensions": 0}, "dimensions must be 1 or more"),
        ({"backoff": -1.0}, "backoff must be 0 or more, got -1.0"),
        ({"give_up": float("inf")}, "give_up must be 0 or more"),
        ({"price_per_million": float("nan")}, "price_per_million must be 0 or more"),
        ({"body": "[1]"}, r"body must be a JSON object, got '\[1\]'"),
        ({"body": "{"}, "body must be a JSON object"),
        ({"body": '{"user": 1, "input": []}'}, "body must not have input: other settings"),
        ({"normalize": False}, "must be true with OpenAI's interface"),
        ({"api": "tei", "encoding_format": "base64"}, "must be float with TEI's interface"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EndpointSettings(url="https://x.org", **wrong)


@pytest.mark.parametrize(
    ("url", "expected"), [("http://localhost:1", True), ("https://x.org", False)]
)
def test_this_machine_is_known(url: str, expected: bool) -> None:
    assert is_on_this_machine(url) == expected


def test_waits_double_with_jitter_up_to_half_a_minute_and_heed_the_server() -> None:
    retries = Retries(tries=9, seconds=600, backoff=0.5)

    for attempt, longest in ((2, 0.5), (3, 1.0), (4, 2.0), (50, 30.0)):
        waits = {retries.wait_before(attempt, None) for _ in range(20)}
        assert len(waits) > 1
        assert longest / 2 <= min(waits) <= max(waits) <= longest
    assert 7 <= retries.wait_before(2, 7.0) <= 7.25


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    later = datetime.now(timezone.utc) + timedelta(seconds=90)

    assert read_retry_after("7") == 7
    assert read_retry_after(" 0.25 ") == 0.25
    assert read_retry_after(format_datetime(later, usegmt=True)) == pytest.approx(90, abs=2)
    assert read_retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0
    never = ("", "soon", "-1", "inf", "1e9", "Fri, 31 Dec 99999999999999 23:59:59 GMT")
    assert [read_retry_after(text) for text in never] == [None] * len(never)


def test_tokens_are_counted_whatever_a_server_calls_them_and_nonsense_is_not() -> None:
    usage = Usage()
    for said in (7, True, -1, "7", 1.5, 10**15, None):
        usage.add_answer({"usage": {"prompt_tokens": said}}, {})
    usage.add_answer({"usage": {"total_tokens": 2}}, {})
    usage.add_answer([], {"x-compute-tokens": "3"})
    usage.add_answer([], {"x-compute-tokens": "three"})

    assert usage.tokens == 12
