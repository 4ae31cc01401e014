from collections.abc import Callable

from harness.results.html_report.views import views
from harness.results.records.record import Record
from harness.results.tables.scoreboards import every_metric, scoreboards

MakeRecord = Callable[..., Record]


def test_each_family_has_its_own_switches_with_its_headline_first(make_record: MakeRecord) -> None:
    scores = {"spearman": 0.5, "pearson": 0.4}
    records = [
        make_record("mean", "sts12", split_names=("a", "b")),
        make_record("mean", "es", family="sts-multilingual", scores=scores, items={}),
    ]
    boards = scoreboards(records, metrics=every_metric(records))

    found = views(boards, {id(record): "r0" for record in records})

    switches = {
        view.heading: {
            name: [choice for choice, _ in choices] for name, _, choices in view.switches
        }
        for view in found
    }
    assert switches == {
        "STS": {"protocol": ["all", "wmean", "mean"]},
        "Multilingual STS": {"metric": ["pearson", "spearman"]},
    }


def test_tasks_with_metrics_of_their_own_have_a_view_of_their_own(make_record: MakeRecord) -> None:
    records = [
        make_record("mean", task, family="transfer", scores={metric: 0.5}, items={})
        for task, metric in (("mr", "accuracy"), ("ranking", "ndcg"))
    ]
    boards = scoreboards(records, metrics=every_metric(records))

    found = views(boards, {id(record): "r0" for record in records})

    assert [view.heading for view in found] == ["Transfer, Accuracy", "Transfer, ndcg"]
