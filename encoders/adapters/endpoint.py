"""Models that a server runs, asked for embeddings over HTTP."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import inf
from threading import Event
from typing import Any, ClassVar, Literal

from harness.encoder import Context, EmbeddedPart, Embeddings
from harness.encoders.served.address import is_on_this_machine, read_address, request_url
from harness.encoders.served.api_key import ApiKey, check_variable
from harness.encoders.served.batches import Answers
from harness.encoders.served.connection import Connection
from harness.encoders.served.model import ServedModel
from harness.encoders.served.retries import Retries
from harness.encoders.served.usage import Usage
from harness.encoding.returned_vectors import place_parts
from harness.errors import SettingError, quoted
from harness.settings import setting

_EXAMPLE = "endpoint:url=https://api.openai.com/v1,name=MODEL,key_env=OPENAI_API_KEY"
_SAID_ELSEWHERE = {"model", "input", "inputs", "dimensions", "encoding_format"}
_READ_AS = 1
"""Of the fingerprint: raised when the same answer would be read as other vectors."""


@dataclass(frozen=True)
class EndpointSettings:
    """Which server and model, and how it is asked."""

    url: str = setting(
        "", help="address of the server, https, or http on this machine alone; required"
    )
    name: str = setting("", help="the model, as the server calls it; required unless api=tei")
    key_env: str = setting("", help="environment variable that holds the key; empty for none")
    api: Literal["openai", "tei"] = setting(
        "openai", help="interface: OpenAI's /embeddings or TEI's own /embed; a url may say it"
    )
    dimensions: int | None = setting(
        None, help="length that the server shortens vectors to; none for the model's own"
    )
    encoding_format: Literal["float", "base64"] = setting(
        "float", help="how vectors are sent, api=openai alone; base64 is shorter"
    )
    normalize: bool = setting(
        default=True, help="whether vectors have length 1, api=tei alone", source="TEI's default"
    )
    truncate: bool = setting(
        default=True, help="whether longer texts are cut to what the model reads, api=tei alone"
    )
    max_characters: int | None = setting(
        None, help="characters of a text that are sent; none for all"
    )
    body: str = setting("", help="JSON object with what else the server is to receive")
    revision: str = setting("", help="any text; another one when the model behind name changes")
    batch_size: int = setting(
        32, help="texts in a request; halved where a server refuses", source="TEI's default limit"
    )
    concurrency: int = setting(4, help="requests at a time")
    tries: int = setting(8, help="how often a request is tried, the first time included")
    timeout: float = setting(60.0, help="seconds that one try may take")
    give_up: float = setting(600.0, help="seconds that all tries of a request may take")
    backoff: float = setting(
        0.5, help="seconds before the second try, doubled before each further one"
    )
    price_per_million: float | None = setting(
        None, help="price of a million tokens, for the cost in records; none if not known"
    )

    def __post_init__(self) -> None:
        """Write the address in one form, and refuse what cannot be asked.

        Raises:
            ValueError: If a value is out of its range, or might be recorded with a key in it.
        """
        check_variable(self.key_env)
        if self.url:
            url, api = read_address(self.url, self.api)
            object.__setattr__(self, "url", url)
            object.__setattr__(self, "api", api)
        counts = ("dimensions", "max_characters", "batch_size", "concurrency", "tries")
        for name in (*counts, "timeout", "give_up", "backoff", "price_per_million"):
            value, least = getattr(self, name), 1 if name in counts else 0
            if value is not None and not least <= value < inf:
                raise ValueError(f"{name} must be {least} or more, got {value}")
        if self.api == "openai" and not (self.normalize and self.truncate):
            raise ValueError("normalize and truncate must be true with OpenAI's interface")
        if self.api == "tei" and self.encoding_format != "float":
            raise ValueError("encoding_format must be float with TEI's interface")
        _ = self.extra

    @property
    def extra(self) -> dict[str, Any]:
        """What the server receives besides.

        Raises:
            ValueError: If that is no JSON object, or has what other settings say.
        """
        try:
            extra = json.loads(self.body or "{}")
        except (ValueError, RecursionError):
            extra = None
        if not isinstance(extra, dict):
            msg = f"body must be a JSON object, got {quoted(self.body)}"
            raise ValueError(msg)  # noqa: TRY004 - a setting's value
        if taken := sorted(_SAID_ELSEWHERE & extra.keys()):
            raise ValueError(f"body must not have {', '.join(taken)}: other settings say it")
        return extra

    def request(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the JSON that asks for the vectors of these texts."""
        cut = [text[: self.max_characters] for text in texts]
        asked: dict[str, Any] = {"dimensions": self.dimensions} if self.dimensions else {}
        if self.api == "tei":
            asked |= {"inputs": cut, "normalize": self.normalize, "truncate": self.truncate}
        else:
            asked |= {"model": self.name, "input": cut, "encoding_format": self.encoding_format}
        return {**asked, **self.extra}


class EndpointEncoder:
    """A model that a server runs: OpenAI's interface, or that of Text Embeddings Inference (TEI).

    Each sentence is asked for once: vectors are kept as they come, and found again whatever the
    version of this package, as long as server, model and what is asked are the same. The key is
    read from the environment, and is neither kept nor shown.

    Args:
        context: Whether a network may be asked; the server has the model.
        settings: Which server and model, and how it is asked.

    Raises:
        SettingError: If no server or no model is named.
    """

    Settings: ClassVar[type[EndpointSettings]] = EndpointSettings

    def __init__(self, context: Context, settings: EndpointSettings) -> None:
        if not settings.url or (settings.api == "openai" and not settings.name):
            raise SettingError(f"endpoint needs its url and the model's name: {_EXAMPLE}")
        self._settings = settings
        self._url = request_url(settings.url, settings.api)
        self._is_refused = context.offline and not is_on_this_machine(settings.url)
        self._usage = Usage()

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Ask for the vectors of all sentences. Shape: (n_sentences, dim)."""
        return place_parts(self.encode_parts(sentences))

    def encode_parts(self, sentences: Sequence[str]) -> Iterator[EmbeddedPart]:
        """Yield places of sentences and their vectors, as the server's answers come.

        Raises:
            SettingError: If there is no key, or the network may not be asked.
            ServerError: If the server refuses, or does not answer after all tries.
        """
        if self._is_refused:
            cure = "leave out --offline and unset HF_HUB_OFFLINE"
            raise SettingError(f"{self._url} must not be asked offline: {cure}")
        settings, stop, key = self._settings, Event(), ApiKey(self._settings.key_env)
        key.headers()  # a missing one is reported before anything is asked
        with closing(Connection(self._url, key, settings.timeout, self._usage)) as connection:
            model = ServedModel(
                connection,
                settings.request,
                settings.api,
                settings.dimensions,
                Retries(settings.tries, settings.give_up, settings.backoff),
                self._usage,
                stop,
            )
            yield from Answers(
                lambda batch: model.embed([sentences[place] for place in batch]),
                len(sentences),
                settings.batch_size,
                settings.concurrency,
                stop,
            )

    def fingerprint(self) -> str:
        """Name all that the vectors depend on: what is asked, and of whom."""
        settings = self._settings
        asked = json.dumps(settings.request([]), sort_keys=True)
        depends = {"name": settings.name, "cut": settings.max_characters}
        return f"answers {_READ_AS} of {self._url} to {asked}, {depends}, {settings.revision!r}"

    def describe(self) -> Mapping[str, object]:
        """Return the model, and what this run asked of the server and paid for."""
        name = {"model": self._settings.name} if self._settings.name else {}
        return {**name, **self._usage.describe(self._settings.price_per_million)}
