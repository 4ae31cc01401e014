import pytest

from harness.cli.terminal.progress_text import count_text, rate_text, shorten, time_text


def test_a_count_says_how_much_is_done_how_fast_and_how_long_the_rest_takes() -> None:
    text = count_text(2081, 10052, "sentences", seconds=21.0, first=128)

    assert text == "2,081/10,052 sentences, 93/s, 1:26 left"


@pytest.mark.parametrize(
    ("done", "seconds", "first"), [(0, 5.0, 0), (40, 5.0, 40), (10, 0.0, 0), (64, 5.0, 0)]
)
def test_without_a_speed_or_with_nothing_left_only_the_count_is_shown(
    done: int, seconds: float, first: int
) -> None:
    assert count_text(done, 64, "draws", seconds, first) == f"{done}/64 draws"


def test_a_count_without_a_unit_ends_with_its_total() -> None:
    assert count_text(3, 1500, "", seconds=0.0) == "3/1,500"


@pytest.mark.parametrize(
    ("per_second", "text"), [(1234.4, "1,234/s"), (9.96, "10.0/s"), (0.2, "12.0/min")]
)
def test_a_speed_has_the_digits_that_matter(per_second: float, text: str) -> None:
    assert rate_text(per_second) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (78, "1:18"), (3599.6, "1:00:00"), (7389, "2:03:09")]
)
def test_a_time_is_written_with_hours_from_an_hour_on(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


@pytest.mark.parametrize("width", [11, 16, 30])
def test_a_long_label_keeps_its_beginning_and_its_end(width: int) -> None:
    label = "training sg-opt:max_steps=1500 seed 7"
    short = shorten(label, width)
    start, _, end = short.partition("…")

    assert len(short) == width
    assert label.startswith(start)
    assert label.endswith(end)
    assert min(len(start), len(end)) > 3
