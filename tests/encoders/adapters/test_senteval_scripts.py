"""Scripts in the forms of SimCSE's and InferSent's, and others run as SentEval runs them."""

import logging
import runpy
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

import harness
from harness.encoder import Context
from harness.encoders.adapters.senteval import SentEvalEncoder, SentEvalSettings
from harness.encoders.adapters.senteval_tasks import PROTOCOLS, senteval_name
from harness.errors import HarnessError
from harness.evaluation.evaluation import evaluate
from harness.machine.deadline import is_anything_abandoned
from harness.results.notices import Notice
from harness.settings import Spec
from harness.tasks.classifiers.settings import HeadSettings
from harness.tasks.transfer.task import CLASSIFIERS

FORMS = Path(__file__).parent
HEAD = "import senteval\nparams = {'task_path': 'data'}\n"
ONES = HEAD + "def batcher(params, batch): return [[1.0]] * len(batch)\n"
CALL = "senteval.engine.SE(params, batcher).eval(['STS12'])\n"

REQUIRED = """
from argparse import ArgumentParser
def main():
    parser = ArgumentParser()
    parser.add_argument("--a", required=True)
    parser.parse_args()
main()
"""
FAST = {"nhid": 0, "optim": "rmsprop", "batch_size": 128, "tenacity": 3, "epoch_size": 2}

Make = Callable[..., SentEvalEncoder]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that makes the encoder of a script, with files beside it."""

    def make(source: str, beside: dict[str, str] | None = None, **settings: object) -> object:
        folder = tmp_path / f"script{len(list(tmp_path.glob('script*')))}"
        for name, text in {"script.py": source, **(beside or {})}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        script = str(folder / "script.py")
        return SentEvalEncoder(Context(), SentEvalSettings(module=script, **settings))

    return make


def first_number(encoder: SentEvalEncoder) -> float:
    return float(encoder.encode(["a"])[0, 0])


@pytest.mark.parametrize(("pooler", "same"), [("avg", "mean"), ("cls", "cls")])
def test_a_script_in_simcse_s_form_scores_as_the_pooling_that_it_computes(
    tiny_bert: Path, pooler: str, same: str
) -> None:
    arguments = f"--model_name_or_path '{tiny_bert}' --pooler {pooler}"
    spec = Spec("senteval", {"module": f"{FORMS}/senteval_simcse.py", "args": arguments})

    report = evaluate(
        [str(spec), same],
        ["stsb-dev"],
        data="sample",
        context=Context(model=str(tiny_bert), device="cpu"),
        out=None,
    )

    script, pooled = report.records
    ours, theirs = (record.items["dev"]["system"] for record in (pooled, script))
    assert theirs == pytest.approx(ours, abs=1e-6)
    assert script.scores == {
        metric: pytest.approx(scores, abs=1e-6) for metric, scores in pooled.scores.items()
    }


def test_a_script_in_infersent_s_form_unpickles_its_model_and_has_it_in_params(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = FORMS / "senteval_infersent.py"
    torch.manual_seed(7)
    form = runpy.run_path(str(script.with_name("nli_net.py")))
    model = form["NLINet"]()
    form["NLINet"].__module__ = "__main__"
    with monkeypatch.context() as pickled:
        pickled.setattr(sys.modules["__main__"], "NLINet", form["NLINet"], raising=False)
        Path("encoder").mkdir()
        torch.save(model, "encoder/infersent.pkl")
    sentences = ["a man plays", "a", "man sings a song"]
    model.build_vocab(sentences)

    encoder = SentEvalEncoder(Context(), SentEvalSettings(module=str(script)))
    encoder.prepare(sentences)

    assert np.array_equal(encoder.encode(sentences), model.encode(sentences))
    assert encoder.describe()["classifier_asked_for"] == "senteval-fast"


@pytest.mark.parametrize(
    "call",
    [
        "senteval.engine.SE(params, batcher).eval('STS12')",
        "senteval.SE(params, batcher, None).eval(['STS12'])",
        "from senteval import SE; SE(params, batcher=batcher).eval(['STS12'])",
        "from senteval.engine import SE; SE(params, batcher)",
        "from senteval import engine; engine.SE(senteval.utils.dotdict(params), batcher).eval([])",
        "import senteval.engine as e\nclass Own(e.SE): pass\nOwn(params, batcher).eval('MR')",
        "print(sum(senteval.engine.SE(params, batcher).eval(t)['acc'] for t in ['MR', 'CR']))",
    ],
)
def test_se_hands_over_its_batcher_wherever_a_script_finds_it(make: Make, call: str) -> None:
    main = f"def main(batcher):\n    {call.replace(chr(10), chr(10) + '    ')}\n"

    encoder = make(f"{HEAD}{main}main(lambda params, batch: [[7.0]] * len(batch))")

    assert first_number(encoder) == 7


def test_a_bound_method_is_a_batcher_and_the_first_script_line_after_eval_never_runs(
    make: Make,
) -> None:
    encoder = make(
        HEAD
        + """
class Model:
    weight = 3.0
    def batcher(self, params, batch): return [[self.weight]] * len(batch)
    def prepare(self, params, samples): self.weight += len(samples)
model = Model()
try:
    results = senteval.SE(params, model.batcher, model.prepare).eval(["STS12"])
except Exception as error:
    raise SystemExit("swallowed") from error
raise ValueError("after eval")
"""
    )

    assert first_number(encoder) == 4


def test_a_script_finds_name_file_and_arguments_as_python_gives_them(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(sys.argv)

    encoder = make(
        ONES
        + """
import os, pickle, sys
class Own: pass
assert __name__ == "__main__" and os.path.isabs(__file__) and __package__ is None
assert sys.modules["__main__"].Own is Own and pickle.loads(pickle.dumps(Own)) is Own
assert sys.argv[1:] == ["--pooler", "a b", "x=1,y=2"], sys.argv
assert sys.path[0] == os.path.dirname(__file__)
def batcher(params, batch):
    import __main__
    return [[float(len(sys.argv)), __main__.Own is Own]] * len(batch)
"""
        + CALL,
        args="--pooler 'a b' x=1,y=2",
    )

    assert encoder.encode(["a"]).tolist() == [[4, 1]]
    assert sys.argv == before
    assert not hasattr(sys.modules["__main__"], "Own")


def test_a_spec_holds_a_script_s_arguments_in_double_quotes(make: Make, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\ndef batcher(params, batch): return [[len(sys.argv), len(s)] for s in batch]"
    )
    spec = f'senteval:module={script},args="--a b, --c=d",batch_size=2'

    report = evaluate([spec], ["stsb-dev"], data="sample", out=None)

    assert report.failures == []
    assert report.records[0].settings["args"] == "--a b, --c=d"
    assert report.records[0].settings["batch_size"] == 2


@pytest.mark.parametrize("name", ["data", "encoders", "models", "results", "tasks", "utils"])
def test_modules_beside_a_script_come_before_those_that_others_have_loaded(
    make: Make, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for loaded in ("encoders", "encoders.methods", "tasks", "results", "utils"):
        other = ModuleType(loaded)
        other.__file__ = str(Path("other.py").absolute())
        monkeypatch.setitem(sys.modules, loaded, other)
    before = sys.modules.get(name)
    monkeypatch.syspath_prepend(Path(__file__).parents[3])
    import_it = f"from {name}.part import VALUE\n"
    source = ONES.replace("1.0", "VALUE") + CALL
    beside = {f"{name}/__init__.py": "", f"{name}/part.py": "VALUE = 1.0"}

    package = make(import_it + source, beside)
    namespace = make(import_it + source, {f"{name}/part.py": "VALUE = 2.0"})
    module = make(
        f"{HEAD}def batcher(*_):\n    from {name} import VALUE\n    return [[VALUE]]\n{CALL}",
        {f"{name}.py": "VALUE = 3.0"},
    )

    numbers = [first_number(encoder) for encoder in (package, namespace, module, package)]
    assert numbers == [1, 2, 3, 1]
    assert sys.modules.get(name) is before


def test_scripts_with_helpers_of_one_name_do_not_mix_and_leave_the_process_as_it_was(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    source = f"import logging, helper\n{ONES}".replace("1.0", "helper.VALUE")
    source += "logging.basicConfig(level=logging.DEBUG, force=True)\nprint('loud')\n"
    root = logging.getLogger()
    before = (list(sys.path), set(sys.modules), root.level, list(root.handlers), sys.argv)

    made = [make(source + CALL, {"helper.py": f"VALUE = {value}.0"}) for value in (1, 2)]
    numbers = [first_number(encoder) for encoder in (*made, *made)]

    after = (list(sys.path), set(sys.modules), root.level, list(root.handlers), sys.argv)
    assert numbers == [1, 2, 1, 2]
    assert after == before
    assert capsys.readouterr().out == ""


def test_a_record_holds_the_checksum_of_the_modules_beside_a_script(make: Make) -> None:
    source = f"import helper\n{ONES}{CALL}"

    one, same, other = (
        make(source, {"helper.py": f"VALUE = {value}"}).describe() for value in (1, 1, 2)
    )

    assert one["code_sha256"] == other["code_sha256"]
    assert one["code_beside"] == same["code_beside"] != other["code_beside"]
    assert "code_beside" not in make(ONES + CALL).describe()


def test_params_have_senteval_s_defaults_and_what_the_script_gives(make: Make) -> None:
    encoder = make(
        HEAD
        + """
def batcher(params, batch):
    assert params.task_path == "data" and params["batch_size"] == 16 == len(batch)
    assert (params.usepytorch, params.seed, params.kfold, params.nhid) == (True, 1111, 5, 0)
    assert params.classifier == {"nhid": 0} and params.current_task == "STSBenchmark"
    return [[1.0]] * len(batch)
params["batch_size"] = 16
"""
        + CALL
    )

    encoder.expect_tasks([Spec("stsb-dev"), Spec("stsb-test")])

    assert len(encoder.encode(["a"] * 32)) == 32
    assert encoder.describe()["current_task"] == "STSBenchmark"


@pytest.mark.parametrize("row", ["[1.0, 2.0]", "np.ones(2) * [1, 2]", "torch.tensor([1, 2.0])"])
def test_one_vector_for_one_sentence_is_its_row(make: Make, row: str) -> None:
    encoder = make(f"import numpy as np, torch\ndef batcher(params, batch): return {row}")

    assert encoder.encode(["a"]).tolist() == [[1, 2]]
    with pytest.raises(HarnessError, match=r"batcher must return shape \(2, dim\), got \(2,\)"):
        encoder.encode(["a", "b"])


def test_torch_computes_in_batcher_as_where_the_script_called_eval(make: Make) -> None:
    encoder = make(
        f"""import torch
{HEAD}
weight = torch.ones(1, requires_grad=True)
def batcher(params, batch):
    return (torch.ones(len(batch), 1) * weight).numpy()
with torch.no_grad():
    {CALL}"""
    )

    assert first_number(encoder) == 1
    assert torch.is_grad_enabled()


def test_installed_packages_stay_within_reach_where_harness_is_one_of_them(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = tmp_path / "site-packages"
    site.mkdir()
    (site / "installed_beside.py").write_text("VALUE = 6.0")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(harness, "__file__", str(site / "harness" / "__init__.py"))

    encoder = make(f"from installed_beside import VALUE\n{ONES}{CALL}".replace("1.0", "VALUE"))

    assert first_number(encoder) == 6


def test_an_importable_module_is_run_as_main_with_its_package(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("package").mkdir()
    Path("package/part.py").write_text("VALUE = 5.0")
    Path("package/run.py").write_text(f"from .part import VALUE\n{ONES}".replace("1.0", "VALUE"))
    with Path("package/run.py").open("a") as file:
        file.write(f"if __name__ == '__main__':\n    {CALL}")

    encoder = SentEvalEncoder(Context(), SentEvalSettings(module="package.run"))

    assert first_number(encoder) == 5
    assert encoder.describe()["code_beside"]
    assert not [name for name in sys.modules if name.startswith("package")]


def test_a_task_that_a_script_asks_for_is_told_or_noted_as_missing(make: Make) -> None:
    encoder = make(f"{ONES}def prepare(params, samples): params.current_task\n{CALL}")

    encoder.expect_tasks([Spec("mr")])
    with pytest.warns(Notice, match="asks for current_task, which is not set as 2 tasks are"):
        encoder.expect_tasks([Spec("mr"), Spec("sts12")])

    assert encoder.describe()["current_task"] == "none: 2 at once"


@pytest.mark.parametrize(
    ("asked", "used", "message"),
    [
        ({"kfold": 10}, "senteval", None),
        ({"kfold": 10, "usepytorch": False}, "sklearn", None),
        (
            {"classifier": FAST},
            "senteval",
            "senteval-fast, got senteval for mr: --task-set classifier=senteval-fast",
        ),
        (
            {"kfold": 10, "classifier": {"nhid": 50}},
            "senteval",
            "kfold=10, nhid=50, optim=adam, .* got senteval for mr: the harness has none like it",
        ),
        (
            {"usepytorch": False},
            "sklearn",
            "usepytorch=False, kfold=5, nhid=0, got sklearn for mr",
        ),
    ],
)
def test_a_classifier_other_than_the_script_s_is_noted(
    make: Make, asked: dict[str, object], used: str, message: str | None
) -> None:
    encoder = make(f"{ONES}params.update({asked!r})\n{CALL}")
    tasks = [Spec("mr", {"classifier": used}), Spec("stsb-dev", {"similarity": "cosine"})]

    with pytest.warns(Notice, match=message) if message else nullcontext():
        encoder.expect_tasks(tasks)


def test_a_module_that_asks_for_no_classifier_gets_no_note(make: Make) -> None:
    encoder = make("def batcher(params, batch): return [[1.0]]")

    encoder.expect_tasks([Spec("mr", {"classifier": "senteval"})])

    assert "classifier_asked_for" not in encoder.describe()


def test_evaluation_says_which_tasks_are_scored_and_with_which_classifier(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"{HEAD}def batcher(params, batch):\n"
        f"    return [[len(s), len(params.current_task)] for s in batch]\n{CALL}"
    )

    with pytest.warns(Notice, match=r"asks for classifier kfold=5, .* got sklearn for trec"):
        report = evaluate(
            [f"senteval:module={script}"], ["trec:classifier=sklearn"], data="sample", out=None
        )

    assert report.records[0].runtime["current_task"] == "TREC"
    assert report.records[0].runtime["classifier_asked_for"].startswith("kfold=5, nhid=0")


def test_an_encoder_that_fails_to_take_note_of_its_tasks_is_reported() -> None:
    class Failing:
        def encode(self, sentences: list[str]) -> np.ndarray:
            return np.ones((len(sentences), 1))

        def expect_tasks(self, tasks: list[Spec]) -> None:
            raise ValueError(", ".join(task.name for task in tasks))

    report = evaluate([Failing()], ["stsb-dev"], data="sample", out=None)

    assert "failed in expect_tasks: ValueError: stsb-dev" in report.failures[0].reason


def test_the_classifiers_that_scripts_ask_for_are_those_of_the_transfer_tasks() -> None:
    for name, settings in CLASSIFIERS.items():
        asked = PROTOCOLS[name]
        assert (asked["kfold"], asked["nhid"]) == (settings.folds, 0)
        if isinstance(settings, HeadSettings):
            ours = (settings.optimizer, settings.batch_size, settings.tenacity)
            assert ours == (asked["optim"], asked["batch_size"], asked["tenacity"])
            assert (settings.epoch_size, settings.max_epoch) == (
                asked["epoch_size"],
                asked["max_epoch"],
            )


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("sts12", "STS12"),
        ("stsb-dev", "STSBenchmark"),
        ("sickr-trained", "SICKRelatedness"),
        ("sick-e", "SICKEntailment"),
        ("mr", "MR"),
        ("sst5", "SST5"),
        ("pairs", "pairs"),
    ],
)
def test_tasks_have_senteval_s_names(task: str, name: str) -> None:
    assert senteval_name(task) == name


def test_a_real_senteval_gives_all_but_its_engine(make: Make) -> None:
    encoder = make(
        "import sys\nsys.path.insert(0, __file__.replace('script.py', 'SentEval'))\n"
        "from senteval.utils import REAL\n" + ONES.replace("1.0", "REAL") + CALL,
        {
            "SentEval/senteval/__init__.py": "from senteval.engine import SE",
            "SentEval/senteval/engine.py": "raise ImportError('needs an old scipy')",
            "SentEval/senteval/utils.py": "REAL = 9.0",
        },
    )

    assert first_number(encoder) == 9


def test_what_senteval_has_besides_can_be_imported_but_not_used(make: Make) -> None:
    head = "from senteval.tools.classifier import MLP\nimport senteval.binary\n"

    assert first_number(make(head + ONES + CALL)) == 1
    with pytest.raises(HarnessError, match=r"senteval\.tools\.classifier\.MLP cannot be used: "):
        make(f"{head}MLP(2)\n{ONES}{CALL}")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{}[1]", r"cannot be run: KeyError: 1 \(script\.py, line 1\)$"),
        ("\n\nx = = 1", r"cannot be run: SyntaxError: invalid syntax \(script\.py, line 3\)$"),
        ("\nimport helper\nhelper.fail()", r"ValueError: deep \(helper\.py, line 2\)$"),
        ("import sys\nsys.exit('no GPU')", r"it ended: no GPU \(script\.py, line 2\)$"),
        ("import sys\nsys.exit()", r"must define batcher\(params, batch\), or call senteval\."),
        ("import os, senteval\nsenteval.SE({}, 1)\nos.nowhere", r"AttributeError: .*line 3\)$"),
        (
            "def f():\n    try: {}[1]\n    except KeyError: raise SystemExit(4)\nf()",
            r"it ended with exit status 4 after KeyError: 1 \(script\.py, line 3\)$",
        ),
        (REQUIRED, r"it refuses its arguments \(the .* are required: --a\): set them with args="),
        (REQUIRED, r' args="--name value" \(script\.py, line 6\)$'),
    ],
)
def test_a_script_that_fails_is_reported_in_a_line_with_its_place(
    make: Make, source: str, message: str
) -> None:
    with pytest.raises(HarnessError, match=message) as caught:
        make(source, {"helper.py": "def fail():\n    raise ValueError('deep\\nand long')"})

    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("function", ["batcher", "prepare"])
def test_a_function_that_fails_is_reported_with_its_line(make: Make, function: str) -> None:
    encoder = make(ONES + f"def {function}(params, batch):\n    import sys; sys.exit(3)")

    with pytest.raises(
        HarnessError, match=rf"{function} of .* failed: .* status 3 \(.* line 5\)$"
    ):
        encoder.encode(["a"])


def test_arguments_whose_quotes_do_not_close_are_refused() -> None:
    with pytest.raises(ValueError, match=r"args must be arguments as a shell reads them, got"):
        SentEvalSettings(module="x.py", args="--a 'b")


def test_a_signal_ends_a_script_whatever_it_catches(make: Make) -> None:
    with pytest.raises(KeyboardInterrupt):
        make(
            "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept BaseException:\n"
            f"    pass\n{ONES}{CALL}"
        )


def test_a_script_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import time\nfor _ in range(2000): time.sleep(0.01)")
    before = sys.modules["__main__"]

    report = evaluate(
        [f"senteval:module={script}"], ["stsb-dev"], data="sample", out=None, timeout_seconds=1
    )
    while is_anything_abandoned():  # it puts back what it changed
        time.sleep(0.01)

    assert "took longer than 1 s" in report.failures[0].reason
    assert sys.modules["__main__"] is before
