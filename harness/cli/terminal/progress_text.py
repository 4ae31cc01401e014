"""How progress reads: ``2,081/10,052 sentences, 93/s, 1:18 left``."""

from collections.abc import Mapping

_MINUTE = 60  # seconds, and minutes of an hour
_WHOLE = 10  # per second, above which no fraction is of interest
_OTHERS = ("dev", "learning_rate", "sentences_per_second")  # values that are no loss


def count_text(done: int, total: int, unit: str, seconds: float, first: int = 0) -> str:
    """Say how much is done, how fast, and how long the rest takes.

    Args:
        done: Pieces that are done.
        total: All pieces.
        unit: What they are; empty if that has no name.
        seconds: Time since the first of them was reported.
        first: Pieces that were done by then.
    """
    count = f"{done:,}/{total:,}{' ' if unit else ''}{unit}"
    if done <= first or done >= total or seconds <= 0:
        return count
    rate = (done - first) / seconds
    return f"{count}, {rate_text(rate)}, {time_text((total - done) / rate)} left"


def rate_text(per_second: float) -> str:
    """Write a speed: ``1,234/s``, ``2.5/s`` or, of what is slow, ``12.0/min``."""
    if per_second < 1:
        return f"{_MINUTE * per_second:.1f}/min"
    return f"{per_second:,.0f}/s" if per_second >= _WHOLE else f"{per_second:.1f}/s"


def time_text(seconds: float) -> str:
    """Write a time: ``1:18``, or ``2:03:09`` from an hour on."""
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def values_text(values: Mapping[str, float]) -> str:
    """Write a training run's values: the loss, its parts, the dev score, the speed."""
    speed = values.get("sentences_per_second", 0.0)
    parts = [f"{name} {value:.3g}" for name, value in values.items() if name not in _OTHERS]
    parts += [f"dev {values['dev']:.4f}"] if "dev" in values else []
    return ", ".join([*parts, f"{speed:.0f} sentences/s"] if speed else parts)


def shorten(label: str, width: int, tail: int = 12) -> str:
    """Leave out the middle of a label that is longer than a width, in characters."""
    if len(label) <= width:
        return label
    tail = min(tail, width // 2)
    return f"{label[: width - tail - 1]}…{label[-tail:]}"
