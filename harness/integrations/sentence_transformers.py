"""The harness as an evaluator of sentence-transformers' trainer, and of a model alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import override

from harness.data import DataFolder
from harness.encoder import Embeddings
from harness.errors import HarnessError
from harness.integrations.scores_in_training import AVERAGE, ScoresInTraining, left_as_it_was
from harness.machine.distributed import is_first_process
from harness.planning.asked_tasks import TaskArgument
from harness.results.display.csv_rows import csv_rows

try:
    from sentence_transformers.base.evaluation import BaseEvaluator
except ImportError as error:
    _CURE = "pip install 'sentence-harness[sentence-transformers]'"
    raise HarnessError(f"this needs the package sentence-transformers: {_CURE}") from error


class HarnessEvaluator(BaseEvaluator):
    """Scores a SentenceTransformer on tasks of the harness, during its training or alone.

    The tasks are read when it is made. The scores are those of ``harness eval
    sentence-transformers --model FOLDER`` for the saved model, to float rounding. Training goes on
    as it would without it.

    Args:
        tasks: Names, suites and specs such as ``stsb-dev`` or ``pairs:file=mine.tsv``.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        task_settings: For every task that has them.
        primary: The score that picks the best checkpoint: ``average`` of the tasks, or a task and
            its metric, such as ``stsb-dev_spearman``.
        prompt_name: One of the model's own prompts, put before each sentence.
        batch_size: Sentences in a batch.
        out: Folder for records of each scoring, with step and epoch; None writes none.
        name: What metrics begin with, and records call the model.
        write_csv: Whether to write a line for each scoring into the trainer's folder.

    Attributes:
        primary_metric: The key of the primary score: ``harness_average``, which trainers call
            ``eval_harness_average``.
        greater_is_better: Whether a higher one is better.

    Raises:
        HarnessError: If the request is wrong, or data is missing or damaged.
        TypeError: If the tasks are no names or specs.
    """

    def __init__(
        self,
        tasks: TaskArgument | Sequence[TaskArgument] = ("sts",),
        *,
        data: str | Path | DataFolder | None = None,
        task_settings: Mapping[str, Any] | None = None,
        primary: str = AVERAGE,
        prompt_name: str | None = None,
        batch_size: int = 32,
        out: str | Path | None = None,
        name: str = "harness",
        write_csv: bool = True,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the package's
        self._scores = ScoresInTraining(
            tasks, data=data, task_settings=task_settings, primary=primary, out=out
        )
        self._prompt_name, self._batch_size, self._write_csv = prompt_name, batch_size, write_csv
        self.name = name
        self.primary_metric = f"{name}_{primary}" if name else primary
        self.greater_is_better = self._scores.greater_is_better

    @override
    def __call__(
        self,
        model: Any,
        output_path: str | None = None,
        epoch: int = -1,
        steps: int = -1,
    ) -> dict[str, float]:
        """Score a model.

        Args:
            model: A SentenceTransformer.
            output_path: Folder of the CSV file; None writes none.
            epoch: Epochs trained so far; -1 outside training.
            steps: Steps trained so far; -1 outside training.

        Returns:
            Fractions, by `name`, task and metric: ``harness_stsb-dev_spearman``.
        """
        encoder = _SentenceTransformer(model, self._prompt_name, self._batch_size, epoch, steps)
        called = f"{self.name or 'model'} step {steps}" if steps >= 0 else self.name or "model"
        with left_as_it_was(model):
            scores = self._scores.score(called, encoder)
        metrics: dict[str, float] = self.prefix_name_to_metrics(scores, self.name)
        self.store_metrics_in_model_card_data(model, metrics, epoch, steps)
        if output_path is not None and self._write_csv and is_first_process():
            _append(
                Path(output_path) / f"{self.name or 'model'}_results.csv", epoch, steps, scores
            )
        return metrics

    @property
    @override
    def description(self) -> str:
        """What model cards call it."""
        return "Harness"


@dataclass(frozen=True)
class _SentenceTransformer:
    """A loaded model as an encoder."""

    model: Any
    prompt_name: str | None
    batch_size: int
    epoch: float
    steps: int

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        vectors = self.model.encode(
            list(sentences),
            prompt_name=self.prompt_name,
            batch_size=self.batch_size,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return np.asarray(vectors, dtype=np.float32)

    def describe(self) -> Mapping[str, Any]:
        return {
            "device": self.model.device.type,
            "dtype": str(self.model.dtype).removeprefix("torch."),
            "max_length": self.model.max_seq_length,
            "prompt_name": self.prompt_name,
            "epoch": self.epoch,
            "step": self.steps,
        }


def _append(path: Path, epoch: float, steps: int, scores: Mapping[str, float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = () if path.exists() else (["epoch", "steps", *scores],)
    with path.open("a", newline="", encoding="utf-8") as file:
        file.write(csv_rows([*head, [epoch, steps, *scores.values()]]))
