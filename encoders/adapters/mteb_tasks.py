"""What mteb hands to a model: the task's metadata, the prompt type, batches as its own."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, get_args

from torch.utils.data import DataLoader

from harness.errors import SettingError, quoted

PromptName = Literal["none", "query", "document"]

_TYPE = "STS"  # of a task that mteb does not know


@contextmanager
def importing_mteb() -> Iterator[None]:
    """Keep to itself what mteb warns of when it is imported, and about its own metadata."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def running_mteb() -> Iterator[None]:
    """Keep to itself what mteb's own modules warn of while a user's code calls them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"mteb(\.|$)")
        yield


@dataclass(frozen=True)
class TaskStandIn:
    """What models of mteb 2 read of a task, where mteb is not installed."""

    name: str
    type: str
    prompt: None = None
    description: str = ""
    main_score: str = "cosine_spearman"
    category: str = "t2t"
    modalities: tuple[str, ...] = ("text",)
    eval_splits: tuple[str, ...] = ("test",)
    eval_langs: tuple[str, ...] = ("eng-Latn",)
    languages: tuple[str, ...] = ("eng",)
    hf_subsets: tuple[str, ...] = ("default",)
    is_multilingual: bool = False


def task_metadata(name: str, task_type: str) -> Any:  # noqa: ANN401 - mteb's, if that is there
    """Return the metadata of a task, mteb's own if it knows one of this name.

    Args:
        name: The task, as mteb names it, or any other.
        task_type: As mteb names it; empty for the task's own, and STS for one unknown to mteb.

    Raises:
        SettingError: If mteb has no such type.
    """
    if find_spec("mteb") is None:
        return TaskStandIn(name, task_type or _TYPE)
    with importing_mteb():
        import mteb  # deferred: seconds
        from mteb.abstasks.task_metadata import TaskMetadata, TaskType

        if task_type and task_type not in get_args(TaskType):
            known = ", ".join(get_args(TaskType))
            raise SettingError(f"task_type must be one of {known}, got {quoted(task_type)}")
        try:
            metadata = mteb.get_task(name).metadata
        except KeyError:
            metadata = TaskMetadata(
                name=name,
                description="a task of the harness",
                type=_TYPE,
                category="t2t",
                eval_langs=["eng-Latn"],
                main_score="cosine_spearman",
                dataset={"path": "none", "revision": "none"},
            )
    return metadata.model_copy(update={"type": task_type}) if task_type else metadata


def evaluated_part(metadata: Any) -> tuple[str, str]:  # noqa: ANN401 - mteb's, or a stand-in
    """Return the split and the subset that mteb would evaluate, the first of several subsets."""
    splits = list(metadata.eval_splits)
    return "test" if "test" in splits else splits[0], next(iter(metadata.hf_subsets))


def prompt_type(name: PromptName) -> Any:  # noqa: ANN401 - mteb's, or text
    """Return mteb's member of this name, the name itself without mteb; None for ``none``."""
    if name == "none" or find_spec("mteb") is None:
        return None if name == "none" else name
    with importing_mteb():
        from mteb.types import PromptType  # deferred: seconds
    return PromptType(name)


class _Texts(list[dict[str, str]]):
    """Rows that say which columns they have, as a data set of the package datasets does."""

    def __init__(self, columns: dict[str, list[str]]) -> None:
        rows = zip(*columns.values(), strict=True)
        super().__init__(dict(zip(columns, row, strict=True)) for row in rows)
        self.column_names = list(columns)
        self.features = dict.fromkeys(columns, str)


def batches(texts: Sequence[str], batch_size: int, prompt: PromptName) -> DataLoader[Any]:
    """Return a loader like mteb's own: batches with a list of texts in the column ``text``.

    Queries have the column ``query`` besides, documents ``body``; both hold the same text.
    """
    other = {"query": "query", "document": "body"}.get(prompt)
    columns = {name: list(texts) for name in ("text", *([other] if other else []))}
    if find_spec("mteb") is None:
        rows: Any = _Texts(columns)
    else:
        from datasets import Dataset  # deferred: which mteb brings

        rows = Dataset.from_dict(columns)
    return DataLoader(rows, batch_size=batch_size)
