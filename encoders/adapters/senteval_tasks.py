"""What a script written for SentEval says of tasks, in SentEval's words and in ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.settings import Spec

_NAMES = {"stsb": "STSBenchmark", "sickr": "SICKRelatedness", "sick": "SICKEntailment"}
_UPPER = {"sts12", "sts13", "sts14", "sts15", "sts16", "mr", "cr", "mpqa", "subj", "sst2", "sst5"}
_UPPER |= {"trec", "mrpc"}

_DEFAULTS: Mapping[str, Any] = {
    "kfold": 5,
    "nhid": 0,
    "optim": "adam",
    "batch_size": 64,
    "tenacity": 5,
    "epoch_size": 4,
    "max_epoch": 200,
    "dropout": 0.0,
}
_FAST = {"kfold": 5, "optim": "rmsprop", "batch_size": 128, "tenacity": 3, "epoch_size": 2}
PROTOCOLS: Mapping[str, Mapping[str, Any]] = {
    "senteval": {**_DEFAULTS, "kfold": 10},
    "senteval-fast": {**_DEFAULTS, **_FAST},
    "sklearn": {"kfold": 10, "nhid": 0},
}
"""What SentEval's parameters are for each ``classifier`` of the transfer tasks."""


def senteval_name(task: str) -> str:
    """Return SentEval's name of a task, ``STSBenchmark`` for ``stsb-dev``; another's as it is."""
    return task.upper() if task in _UPPER else _NAMES.get(task.partition("-")[0], task)


def asked_classifier(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a script asks of the classifiers of transfer tasks, by SentEval's names.

    Args:
        params: Its parameters; what they leave out has the defaults of SentEval's classifiers.
    """
    given = {**params["classifier"], "kfold": params["kfold"]}
    known = _DEFAULTS if params["usepytorch"] else PROTOCOLS["sklearn"]
    return {name: given.get(name, default) for name, default in known.items()}


def protocol_of(asked: Mapping[str, Any]) -> str | None:
    """Return the ``classifier`` that a script asks for; None if there is none like it."""
    return next((name for name, values in PROTOCOLS.items() if values == asked), None)


def describe_classifier(asked: Mapping[str, Any]) -> str:
    """Return what a script asks for in a line: a ``classifier``, or the parameters."""
    parameters = {**({} if "optim" in asked else {"usepytorch": False}), **asked}
    return protocol_of(asked) or ", ".join(f"{name}={parameters[name]}" for name in parameters)


def other_classifier(asked: Mapping[str, Any], tasks: Sequence[Spec]) -> str:
    """Return a line about the tasks that are scored with another classifier than a script's.

    Args:
        asked: What it asks for; empty if it asks for nothing.
        tasks: Those that are scored, with their settings.

    Returns:
        What differs and the cure; empty if nothing does.
    """
    used = {task.name: task.settings.get("classifier", "") for task in tasks}
    others = {name: one for name, one in used.items() if PROTOCOLS.get(one, asked) != asked}
    if not asked or not others:
        return ""
    name = protocol_of(asked)
    cure = f"--task-set classifier={name}" if name else "the harness has none like it"
    got = ", ".join(dict.fromkeys(others.values()))
    return f"classifier {describe_classifier(asked)}, got {got} for {', '.join(others)}: {cure}"
