"""Tasks and suites by the names that papers, SentEval and mteb give them."""

from collections.abc import Mapping
from importlib.metadata import entry_points

from harness.errors import HarnessError
from harness.plugins import registry
from harness.plugins.registration import TASKS
from harness.plugins.typed_names import find_name, fold
from harness.results.families import TASKS_BY_TITLE
from harness.results.notices import notify

_OTHER_NAMES = {
    **{f"STS20{year}": f"sts{year}" for year in range(12, 18)},
    **{f"STS{year}-sts": f"sts{year}" for year in range(12, 18)},
    "STSBenchmark": "stsb-test",
    "STSBenchmark-sts": "stsb-test",
    "STSBenchmark test": "stsb-test",
    "STSBenchmark dev": "stsb-dev",
    "STSBenchmark finetune": "stsb-trained",
    "SICKRelatedness": "sickr-test",
    "SICKR-sts": "sickr-test",
    "SICKRelatedness finetune": "sickr-trained",
    "SICKEntailment": "sick-e",
    "Multilingual STS": "sts-multilingual",
    "Own pairs": "pairs",
    "Own labels": "labels",
    "STSBenchmarkMultilingualSTS": "stsb-multi",
    "stsb_multi_mt": "stsb-multi",
    "STS22.v2": "sts22",
}
_BY_COSINE = {"stsb-test": ("stsb", "stsb-trained"), "sickr-test": ("sickr", "sickr-trained")}
"""Tasks that others call as SentEval calls a trained one: suite of both splits, trained task."""
_BUILT_IN = "harness.tasks."


def registered_name(typed: str) -> str | None:
    """Return the registered task or suite that a typed name means; None if it means none.

    A registered name comes first; then other case, titles of tables and the names of SentEval and
    mteb; then other separators. A notice says which is meant where SentEval means another score.

    Args:
        typed: Such as ``sts12``, ``STS-B``, ``STSBenchmark`` or ``sick_e``.
    """
    names = [*registry.tasks.names(), *registry.suites.names()]
    name = find_name(typed, names, TASKS_BY_TITLE | _OTHER_NAMES) or find_name(
        typed, names, _titles_of_plugins()
    )
    if name in _BY_COSINE and fold(typed) != fold(name):
        suite, trained = _BY_COSINE[name]
        notify(
            f"{typed!r} means {name}, by cosine on the test split; {suite} has the dev split too,"
            f" {trained} is SentEval's trained regressor"
        )
    return name


def _titles_of_plugins() -> Mapping[str, str]:
    """Return the titles of tasks that are not built in; one that cannot be imported has none."""
    built_in = {point.name for point in entry_points(group=TASKS) if _is_built_in(point.module)}
    titles: dict[str, str] = {}
    for name in registry.tasks.names():
        if name not in built_in:
            try:
                titles.setdefault(registry.tasks.load(name).factory.title, name)
            except HarnessError:  # reported when the task is asked for by its name
                continue
    return titles


def _is_built_in(module: str) -> bool:
    return module.startswith(_BUILT_IN)
