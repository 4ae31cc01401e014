"""SentEval's classifiers one fit after another in plain torch: the reference, slow on purpose."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold
from torch import nn

Split = tuple[np.ndarray, np.ndarray]

SEED = 1111
RELATEDNESS_TENACITY = 3
L2 = (1e-5, 1e-4, 1e-3, 1e-2)
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
}


@dataclass
class Settings:
    """How heads are trained."""

    folds: int
    optimizer: str
    batch_size: int
    tenacity: int
    epoch_size: int
    max_epoch: int = 200
    loss: str = "mean"


FULL = Settings(10, "adam", 64, 5, 4)
FAST = Settings(5, "rmsprop", 128, 3, 2)


class SequentialHead:
    """One linear head, seeded, trained and stopped on its own."""

    def __init__(self, dim: int, classes: int, l2: float, settings: Settings) -> None:
        np.random.seed(SEED)  # noqa: NPY002 - the global stream is SentEval's
        torch.manual_seed(SEED)
        self.settings = settings
        self.model = nn.Linear(dim, classes)
        self.criterion = nn.CrossEntropyLoss(reduction=settings.loss)
        self.optimizer = OPTIMIZERS[settings.optimizer](self.model.parameters(), weight_decay=l2)
        self.rounds = 0

    def fit(self, x: np.ndarray, y: np.ndarray, held_out: Split | None = None) -> float:
        """Train until the held-out accuracy has stopped rising; return the best."""
        if held_out is None:
            order = np.random.permutation(len(x))  # noqa: NPY002
            cut = int(0.05 * len(x))
            held_out = x[order[:cut]], y[order[:cut]]
            x, y = x[order[cut:]], y[order[cut:]]
        rows, labels = torch.from_numpy(x), torch.from_numpy(y)
        best, best_accuracy, misses, passes = self.model, -1.0, 0, 0
        while misses <= self.settings.tenacity and passes <= self.settings.max_epoch:
            for _ in range(self.settings.epoch_size):
                self._one_pass(rows, labels)
            passes += self.settings.epoch_size
            self.rounds += 1
            accuracy = self.accuracy(*held_out)
            if accuracy > best_accuracy:
                best, best_accuracy = copy.deepcopy(self.model), accuracy
            else:
                misses += 1
        self.model = best
        return best_accuracy

    def _one_pass(self, x: torch.Tensor, y: torch.Tensor) -> None:
        order = torch.from_numpy(np.random.permutation(len(x)))  # noqa: NPY002
        costs = []
        for batch in order.split(self.settings.batch_size):
            loss = self.criterion(self.model(x[batch]), y[batch])
            costs.append(loss.item())
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the class of each row."""
        with torch.no_grad():
            batches = torch.from_numpy(x).split(self.settings.batch_size)
            return torch.cat([self.model(batch).argmax(1) for batch in batches]).numpy()

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the share of rows whose class is predicted."""
        return float((self.predict(x) == y).mean())


@dataclass
class Outcome:
    """What SentEval prints, and what lies behind it."""

    dev: float  # per cent
    test: float
    strengths: list[float]
    predictions: np.ndarray


def split_into_folds(labels: np.ndarray, folds: int) -> list[Split]:
    """Return the training and held-out rows of each fold."""
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    return list(splitter.split(np.zeros((len(labels), 1)), labels))


def search(x: np.ndarray, y: np.ndarray, classes: int, settings: Settings) -> tuple[float, float]:
    """Return the L2 strength of the best mean accuracy over folds, and that in per cent."""
    scores = []
    for l2 in L2:
        accuracies = []
        for train, held_out in split_into_folds(y, settings.folds):
            head = SequentialHead(x.shape[1], classes, l2, settings)
            accuracies.append(head.fit(x[train], y[train], (x[held_out], y[held_out])))
        scores.append(round(100 * np.mean(accuracies), 2))
    return L2[int(np.argmax(scores))], max(scores)


def nested_k_fold(
    x: np.ndarray,
    y: np.ndarray,
    classes: int,
    settings: Settings,
    outer: Sequence[int] | None = None,
) -> Outcome:
    """Outer folds to run can be named, to time a part."""
    predictions = np.full(len(y), -1)
    devs, tests, strengths = [], [], []
    for number, (train, test) in enumerate(split_into_folds(y, settings.folds)):
        if outer is not None and number not in outer:
            continue
        l2, dev = search(x[train], y[train], classes, settings)
        head = SequentialHead(x.shape[1], classes, l2, settings)
        head.fit(x[train], y[train])
        predictions[test] = head.predict(x[test])
        devs.append(dev)
        strengths.append(l2)
        tests.append(round(100 * head.accuracy(x[test], y[test]), 2))
    return Outcome(round(np.mean(devs), 2), round(np.mean(tests), 2), strengths, predictions)


def k_fold_then_test(train: Split, test: Split, classes: int, settings: Settings) -> Outcome:
    """Choose L2 by folds of the training part, and test on the test part."""
    l2, dev = search(*train, classes, settings)
    head = SequentialHead(train[0].shape[1], classes, l2, settings)
    head.fit(*train)
    accuracy = round(100 * head.accuracy(*test), 2)
    return Outcome(dev, accuracy, [l2], head.predict(test[0]))


def train_dev_test(
    train: Split, dev: Split, test: Split, classes: int, settings: Settings
) -> Outcome:
    """Choose L2 on the dev part, and test on the test part."""
    scores = []
    for l2 in L2:
        head = SequentialHead(train[0].shape[1], classes, l2, settings)
        scores.append(round(100 * head.fit(*train, dev), 2))
    l2 = L2[int(np.argmax(scores))]
    head = SequentialHead(train[0].shape[1], classes, l2, settings)
    head.fit(*train, dev)
    return Outcome(max(scores), round(100 * head.accuracy(*test), 2), [l2], head.predict(test[0]))


def relatedness(
    train: Split, dev: Split, test_features: np.ndarray, loss: str = "mean", max_passes: int = 1000
) -> tuple[float, np.ndarray]:
    """Soft-class regressor; each split is (features, soft labels or gold scores)."""
    np.random.seed(SEED)  # noqa: NPY002
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.Linear(train[0].shape[1], 5), nn.Softmax(dim=1))
    criterion = nn.MSELoss(reduction=loss)
    optimizer = torch.optim.Adam(model.parameters())
    x, y = torch.from_numpy(train[0]), torch.from_numpy(train[1])
    best, best_pearson, misses, passes = model.state_dict(), -1.0, 0, 0

    def score(features: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            classes: np.ndarray = model(torch.from_numpy(features)).numpy()
            return classes @ np.arange(1, 6)

    while misses <= RELATEDNESS_TENACITY and passes <= max_passes:
        for _ in range(50):
            order = torch.from_numpy(np.random.permutation(len(x)))  # noqa: NPY002
            for batch in order.split(64):
                loss_value = criterion(model(x[batch]), y[batch])
                optimizer.zero_grad()
                loss_value.backward()
                optimizer.step()
        passes += 50
        pearson = np.corrcoef(score(dev[0]), dev[1])[0, 1]
        if pearson > best_pearson:
            best, best_pearson = copy.deepcopy(model.state_dict()), pearson
        else:
            misses += 1
    model.load_state_dict(best)
    return best_pearson, score(test_features)
