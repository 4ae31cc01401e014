from pathlib import Path
from types import SimpleNamespace

import numpy as np

from harness.conformance.data_checks import DataFinding, check_data
from harness.data import open_data
from harness.planning.planned_tasks import plan_tasks
from harness.settings import Spec


def findings(task: str, header: str, *rows: str) -> dict[str, DataFinding]:
    lines = [row.replace("|", "\t") for row in (header, *rows)]
    Path("rows.tsv").write_text("\n".join([*lines, ""]), "utf-8")
    spec = Spec(task, {"file": "rows.tsv"})
    (planned,) = plan_tasks([spec], open_data("sample"), {})
    found = check_data(planned.task, getattr(planned.task, "classes", ()))
    return {one.what: one for one in found}


def warned(found: dict[str, DataFinding]) -> dict[str, str]:
    return {one.what: one.found for one in found.values() if one.is_warning}


PAIRS = ["a b|c d|1", "e f|g h|4", "i j|k l|2.5"]


def test_pairs_without_faults_are_counted_and_their_scores_shown() -> None:
    found = findings("pairs", "sentence1|sentence2|score", *PAIRS)

    assert warned(found) == {}
    assert found["counts"].found == "3 pairs"
    assert found["scores"].found == "1 to 4, mean 2.5, 3 different"


def test_what_is_odd_about_pairs_is_a_warning_with_its_first_row() -> None:
    odd = ["a b|a b|5", "c d|a b|1", "e f|g h|3"]  # identical; again; with another score

    found = findings("pairs", "sentence1|sentence2|score", *PAIRS, *odd)

    assert warned(found) == {
        "identical sentences": "1, the first 'a b' | 'a b'",
        "duplicates": "1, the first 'a b' | 'c d'",
        "different scores": "1, the first 'e f' | 'g h' as 3 and 4",
    }


def test_what_is_odd_about_labels_is_a_warning_with_its_first_row() -> None:
    odd = ["text 1|b|train", "text 2|b|train", "text 3|b|test", "new|a|test"]

    many = [f"text {i}|{'ab'[i % 2]}|train" for i in range(40)]

    found = findings("labels", "text|label|split", *many, *odd)

    assert warned(found) == {
        "duplicates": "2, the first 'text 1'",
        "different labels": "1, the first 'text 2' as a and b",
        "in train and test": "1, the first 'text 3'",
    }
    assert found["counts"].found == "44 rows: train 42, test 2"
    assert found["label balance"].found == "b 23 (52%), a 21 (48%)"


def test_one_label_for_nearly_all_rows_is_a_warning() -> None:
    rows = [f"text {i}|{'b' if i < 20 else 'a'}" for i in range(440)]

    found = findings("labels", "text|label", *rows)

    assert warned(found)["label balance"] == "a 420 (95%), b 20 (5%)"


def test_empty_sentences_of_a_data_set_that_has_them_are_a_warning() -> None:
    rows = SimpleNamespace(columns=(("", "a", "b"),), labels=np.array([0, 1, 1]))
    task = SimpleNamespace(parts={"all": rows})

    found = {one.what: one for one in check_data(task)}

    assert warned(found) == {"empty sentences": "1, the first ''"}


def test_a_task_of_another_kind_has_no_rows_to_look_at() -> None:
    assert check_data(object()) == []
