"""Pairs of sentences with a score, of the user's own: an STS task of any file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.data import DataFile
from harness.results.families import FAMILY_METRICS
from harness.results.statistics.binary_metrics import BINARY_METRICS
from harness.settings import setting
from harness.table_files.columns import FIRST, LANGUAGE, SCORE, SECOND, SPLIT, choose_columns
from harness.table_files.parts import DEFAULT_PART, PartRows, choose_part, read_parts
from harness.tasks.data_lines import clean_sentence
from harness.tasks.own.definition import OwnDefinition
from harness.tasks.own.gold_scores import GoldScores, read_scores
from harness.tasks.own.names import own_name, own_title
from harness.tasks.own.published import Published
from harness.tasks.sts.files import ScoredPairs
from harness.tasks.sts.task import StsSettings, StsTask


@dataclass(frozen=True)
class PairsSettings(StsSettings):
    """Where the pairs are, and how they are compared."""

    file: str = setting(
        "",
        help="pairs as TSV, CSV, JSON lines, JSON or Parquet, plain, .gz or .xz; or hf:OWNER/NAME",
        recorded=False,
    )
    columns: tuple[str, ...] = setting(
        (),
        help="first sentence, second sentence, score: names of columns, or positions from 1 where"
        " there is no header; none: by their usual names",
    )
    split: str = setting("", help="column whose values are the splits, for the protocols")
    language: str = setting("", help="column whose values are the tracks, each shown by itself")
    part: str = setting(
        "",
        help="train, dev or test, of a data set or of a column named split; none: test",
    )
    positive: str = setting("", help="of two labels in place of scores, the one that counts as 1")
    name: str = setting("", help="what the task is called; none: as the file", recorded=False)

    def __post_init__(self) -> None:
        """Refuse splits that are also tracks.

        Raises:
            ValueError: If columns of both are named.
        """
        if self.split and self.language:
            raise ValueError("one of split and language must be left out, got both")


class OwnPairs(StsTask):
    """The pairs of one file, read and checked.

    Args:
        title: Name in tables.
        splits: Pairs by split; one split where no column names them.
        settings: Those it came to, the columns filled in.
        scores: What the scores are.
        source: Where it was read, for the line that says so.
        published: What was known of it.
    """

    def __init__(
        self,
        title: str,
        splits: Mapping[str, ScoredPairs],
        settings: PairsSettings,
        *,
        scores: GoldScores,
        source: PartRows,
        published: Published,
    ) -> None:
        super().__init__(
            title,
            splits,
            settings,
            expected=published.checked_counts(splits),
            binary=scores.is_binary,
            tracks=bool(settings.language),
        )
        self.name = own_name(settings.name or title)
        self.title = title
        self.settings = settings
        self._files = published.placed(source.table.files)
        self.understood = _understood(source, scores, settings)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What can be measured; two metrics need gold that is 1 or 0."""
        every = FAMILY_METRICS["pairs"]
        return tuple(name for name in every if self._binary or name not in BINARY_METRICS)

    @property
    def files(self) -> tuple[DataFile, ...]:
        """The file, whatever its number of splits."""
        return self._files


def read_pairs(settings: PairsSettings, published: Published) -> OwnPairs:
    """Read the pairs of a file.

    Args:
        settings: Where they are, and how they are compared.
        published: What is known of them.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If it is damaged, or a row does not fit; names line and column.
        SettingError: If there is no such part.
    """
    named = (*settings.columns, settings.split, settings.language)
    parts = read_parts(settings.file, "", named, splits=settings.split)
    part, source = choose_part(parts, settings.part, settings.file)
    columns = choose_columns(source.table, (FIRST, SECOND, SCORE), settings.columns)
    grouping = _grouping(source, settings)
    scores = read_scores(source, columns[2], settings.positive, published.scale)
    splits = {
        name: _read_split(source, columns, scores, places)
        for name, places in _groups(source, grouping, part).items()
    }
    found = replace(
        settings,
        columns=columns,
        split=grouping if settings.split else "",
        language=grouping if settings.language else "",
        part=part,
        positive=scores.positive,
    )
    shown = part if settings.part and part != DEFAULT_PART else ""
    title = published.title or settings.name or own_title(settings.file, shown)
    return OwnPairs(title, splits, found, scores=scores, source=source, published=published)


def _grouping(source: PartRows, settings: PairsSettings) -> str:
    """Return the column whose values are the splits or tracks; empty for none."""
    given = settings.split or settings.language
    role = SPLIT if settings.split else LANGUAGE
    return choose_columns(source.table, (role,), (given,))[0] if given else ""


def _groups(source: PartRows, column: str, part: str) -> dict[str, list[int]]:
    """Return places among the chosen rows by split, in the order in which splits appear."""
    if not column:
        return {part or "all": list(range(len(source.rows)))}
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(source.rows):
        groups.setdefault(source.table.text(row, column), []).append(place)
    for name, places in groups.items():
        if len(places) == 1:  # a correlation needs two
            raise source.table.error(
                source.rows[places[0]], column, f"must be on at least 2 rows, got 1 of {name!r}"
            )
    return groups


def _read_split(
    source: PartRows, columns: Sequence[str], scores: GoldScores, places: list[int]
) -> ScoredPairs:
    table, rows = source.table, [source.rows[place] for place in places]
    first, second = (
        tuple(clean_sentence(table.text(row, column)) for row in rows) for column in columns[:2]
    )
    return ScoredPairs(first, second, scores.gold[places], table.files)


def _understood(source: PartRows, scores: GoldScores, settings: PairsSettings) -> str:
    said = [
        f"{len(source.rows):,} pairs",
        *([f"part {settings.part}"] if settings.part else []),
        f"columns {', '.join(settings.columns)}",
        scores.understood,
        *([f"splits by {settings.split}"] if settings.split else []),
        *([f"tracks by {settings.language}"] if settings.language else []),
    ]
    return f"{source.table.name}: {', '.join(said)} ({source.table.form})"


PAIRS = OwnDefinition(
    title="Own pairs",
    summary="two sentences and a score per row of your own file: --pairs FILE",
    family="pairs",
    slow=False,
    Settings=PairsSettings,
    scoring_settings=StsSettings,
    read=read_pairs,
)
