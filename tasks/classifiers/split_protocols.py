"""SentEval's three split protocols of the transfer tasks, for heads of either classifier."""

from collections.abc import Sequence

import numpy as np
import torch

from harness.tasks.classifiers.features import LabelledFeatures, predicted_classes
from harness.tasks.classifiers.folds import Fold, Rows, check_classes, stratified_folds
from harness.tasks.classifiers.head_bank import Head
from harness.tasks.classifiers.head_training import HeadTrainer, Progress, ignore_progress
from harness.tasks.classifiers.logistic import LogisticTrainer
from harness.tasks.classifiers.result import TransferResult
from harness.tasks.classifiers.settings import HeadSettings, LogisticSettings


class TransferClassifier:
    """One task's features and a classifier's settings; each method is a SentEval split protocol.

    Attributes:
        data: All rows of the task, in SentEval's order within each split: sorted by (number of
            tokens, label), stable; pairs by (tokens left, tokens right, label).
        settings: `SENTEVAL`, `SENTEVAL_FAST`, `SKLEARN` or one's own.
        device: Where to compute.
        progress: Called with the number of heads that have just finished.
    """

    def __init__(
        self,
        data: LabelledFeatures,
        settings: HeadSettings | LogisticSettings,
        *,
        device: str | torch.device = "cpu",
        progress: Progress = ignore_progress,
    ) -> None:
        self.data = data
        self.settings = settings
        self.progress = progress
        self._trainer: HeadTrainer | LogisticTrainer
        if isinstance(settings, HeadSettings):
            self._trainer = HeadTrainer(data, settings, torch.device(device))
            self._choices = self._k_fold_choices = settings.l2
        else:
            self._trainer = LogisticTrainer(data, settings, torch.device(device))
            self._choices, self._k_fold_choices = settings.c, settings.c_k_fold

    def nested_k_fold(self) -> TransferResult:
        """MR, CR, SUBJ, MPQA: each outer fold is a test set, inner folds choose its strength."""
        outer = self._folds(np.arange(len(self.data.labels)))
        searched = self._search(
            [fold for whole in outer for fold in self._folds(whole.train)], self._choices
        )
        size = self.settings.folds
        chosen = [
            _choose(searched[start : start + size]) for start in range(0, len(searched), size)
        ]
        return self._tested(outer, searched, chosen, self._choices)

    def k_fold_then_test(self, train: Rows, test: Rows) -> TransferResult:
        """TREC, MRPC: folds of the training rows choose the strength."""
        searched = self._search(self._folds(train), self._k_fold_choices)
        chosen = [_choose(searched)]
        return self._tested([Fold(train, test)], searched, chosen, self._k_fold_choices)

    def train_dev_test(self, train: Rows, dev: Rows, test: Rows) -> TransferResult:
        """SST2, SST5, SICK-E: the dev rows choose the strength, and stop the final head too.

        SentEval then fits that head again from the same seed, rows and strength: it is the same.
        """
        check_classes(self.data.labels[train])
        searched = self._search([Fold(train, dev)], self._choices)
        choice = _choose(searched)
        final = [searched[0][choice[0]]]
        return self._result([Fold(train, test)], final, [choice], self._choices, searched[0])

    def heads_to_train(self) -> dict[str, int]:
        """Number of heads of each split protocol, for a progress bar."""
        folds = self.settings.folds
        return {
            "nested_k_fold": folds * (folds * len(self._choices) + 1),
            "k_fold_then_test": folds * len(self._k_fold_choices) + 1,
            "train_dev_test": len(self._choices),
        }

    def _folds(self, rows: Rows) -> list[Fold]:
        return stratified_folds(rows, self.data.labels[rows], self.settings.folds)

    def _search(self, folds: Sequence[Fold], choices: Sequence[float]) -> list[list[Head]]:
        """Train a head for each fold and strength."""
        return self._trainer.train(folds, [choices] * len(folds), self.progress)

    def _tested(
        self,
        outer: Sequence[Fold],
        searched: list[list[Head]],
        chosen: Sequence[tuple[int, float]],
        choices: Sequence[float],
    ) -> TransferResult:
        """Refit each outer fold at its chosen strength and test it."""
        strengths = [choices[choice] for choice, _ in chosen]
        final = self._trainer.refit([fold.train for fold in outer], strengths, self.progress)
        heads = [head for row in searched for head in row] + final
        return self._result(outer, final, chosen, choices, heads)

    @torch.inference_mode()
    def _result(
        self,
        outer: Sequence[Fold],
        final: Sequence[Head],
        chosen: Sequence[tuple[int, float]],
        choices: Sequence[float],
        heads: Sequence[Head],
    ) -> TransferResult:
        """Predict the test rows with the final heads and count."""
        from sklearn.metrics import f1_score  # deferred: 1 s that --help need not pay

        rows = np.concatenate([fold.held_out for fold in outer])
        predicted = [
            self._predict(head, fold.held_out) for head, fold in zip(final, outer, strict=True)
        ]
        order = np.argsort(rows) if len(outer) > 1 else np.arange(len(rows))
        gold = self.data.labels
        single = len(outer) == 1 and self.data.classes == 2  # noqa: PLR2004
        right = [
            guess == gold[fold.held_out] for guess, fold in zip(predicted, outer, strict=True)
        ]
        weights = [np.full(len(each), len(rows) / len(outer) / len(each)) for each in right]
        f1 = f1_score(gold[rows], predicted[0], zero_division=0.0) if single else None
        return TransferResult(
            protocol=self.settings.name,
            accuracies=tuple(float(each.mean()) for each in right),
            dev_accuracies=tuple(accuracy for _, accuracy in chosen),
            strengths=tuple(choices[choice] for choice, _ in chosen),
            rounds=tuple(head.rounds for head in final),
            heads=len(heads),
            unconverged=sum(not head.converged for head in heads),
            f1=f1,
            predictions=np.concatenate(predicted)[order],
            weights=np.concatenate(weights)[order],
        )

    def _predict(self, head: Head, rows: Rows) -> Rows:
        features = self._trainer.features[torch.from_numpy(rows).to(head.weights.device)]
        return predicted_classes(features, head.weights).cpu().numpy()


def _choose(heads: Sequence[Sequence[Head]]) -> tuple[int, float]:
    """Position and mean accuracy of the strength that wins over the folds.

    SentEval compares percentages rounded to 2 decimals; the first of equals wins.
    """
    means = [np.mean([head.accuracy for head in column]) for column in zip(*heads, strict=True)]
    choice = int(np.argmax([round(100 * mean, 2) for mean in means]))
    return choice, float(means[choice])
