"""When a request that failed is sent again."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\d{1,9}(\.\d+)?")
_LONGEST_WAIT = 30.0  # seconds, unless the server asks for more


@dataclass(frozen=True)
class Retries:
    """How often, and for how long, a request is tried.

    Attributes:
        tries: The most, the first included.
        seconds: The most that all of them take, waits included.
        backoff: Seconds before the second try; doubled before each further one, up to 30.
    """

    tries: int
    seconds: float
    backoff: float

    def wait_before(self, attempt: int, asked: float | None) -> float:
        """Return the seconds to wait before a try: exponential, with jitter.

        Args:
            attempt: Its number; 2 is the first that waits.
            asked: What the server asked for, which is the least; None if it did not.
        """
        longest = min(self.backoff * 2.0 ** min(attempt - 2, 30), _LONGEST_WAIT)
        wait = longest * secrets.SystemRandom().uniform(0.5, 1.0)
        return wait if asked is None else asked + wait / 2


def read_retry_after(header: str) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, given in seconds or as a date."""
    header = header.strip()
    if _SECONDS.fullmatch(header):
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    moment = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
