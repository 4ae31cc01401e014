import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.cli.terminal import progress_lines
from harness.plugins import registry
from harness.settings import setting_fields

QUICK = ("--eval-steps", "3", "--head-width", "16", "--pool", "mean", "--device", "cpu")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, terminal_width=100)


def train(model: Path, *arguments: str, data: str = "sample") -> Result:
    return run("train", "sg-opt", "--model", str(model), "--data", data, *QUICK, *arguments)


def test_help_lists_the_encoders_that_learn() -> None:
    shown = run("train", "--help").output

    assert "\n  sg-opt  " in shown
    assert "\n  mean" not in shown


@pytest.mark.parametrize("name", ["sg", "sg-opt"])
def test_help_lists_every_hyperparameter_with_default_and_source(name: str) -> None:
    shown = " ".join(run("train", name, "--help").output.split())

    for field in setting_fields(registry.encoders.load(name).settings_type):
        assert f"--{field.name.replace('_', '-')} " in shown
        assert field.help[1:] in shown
        assert field.source in shown
    assert "--temperature NUMBER Tau, above 0: the smaller, the more the hardest" in shown
    assert "negatives count. [default: 0.01; Kim et al. (2021)]" in shown
    assert "--head / --no-head Project vectors before comparing them. [default: true;" in shown


def test_help_says_the_method_s_plain_form_and_what_is_frozen() -> None:
    shown = " ".join(run("train", "sg-opt", "--help").output.split())

    assert "the plain loss is the encoder sg." in shown
    assert "The embeddings (layer 0) are always frozen." in shown


def test_training_shows_its_progress_and_a_table(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        progress_lines, "monotonic", lambda: 0.0
    )  # every 10 s there is one more line

    result = train(tiny_bert, "--seeds", "2")

    assert result.exit_code == 0
    lines = result.output.splitlines()
    reported = [line for line in lines if line.startswith("training sg-opt:")]
    assert [
        line.partition(": ")[2].partition(" steps")[0] for line in reported if "dev" in line
    ] == [
        *("0/7", "3/7", "6/7", "7/7"),
        *("0/7", "3/7", "6/7", "7/7"),
    ]
    assert all(word in reported[-1] for word in ("loss ", "regulariser ", "dev ", "sentences/s"))
    assert "on stsb (112 sentences; weights picked by" in result.stdout
    assert [line for line in lines if line.startswith(("seed 0: runs", "seed 1: runs"))] == lines[
        -2:
    ]


def test_a_second_training_finds_the_first(tiny_bert: Path) -> None:
    train(tiny_bert)

    result = train(tiny_bert)

    assert result.stderr == ""
    assert "trained before" in result.stdout
    assert "trained before" not in train(tiny_bert, "--retrain").stdout


def test_a_spec_s_settings_come_before_the_options(tiny_bert: Path) -> None:
    place = ("--model", str(tiny_bert), "--data", "sample", *QUICK)

    result = run("train", "sg-opt:temperature=0.5", *place, "--max-steps", "1")

    assert "sg-opt:max_steps=1," in result.stdout
    assert ",temperature=0.5," in result.stdout


def test_own_text_is_trained_on(tiny_bert: Path) -> None:
    Path("own.txt").write_text("".join(f"sentence {i} of mine\n" for i in range(20)))

    result = train(tiny_bert, "--text", "own.txt", "--batch-size", "10")

    assert "on own.txt (20 sentences" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--seeds", "2", "--seed", "1"), 2, "--seeds N and --seed K exclude each other"),
        (("--text", "own.txt", "--corpus", "sts"), 2, "--text FILE and --corpus NAME exclude"),
        (("--text", "none.txt"), 1, "Error: training text must be a file, got 'none.txt'"),
        (("--text", "one.txt"), 1, "Error: training text 'one.txt' must have at least 2 sent"),
        (("--text", "empty.txt"), 1, "Error: empty.txt: must have at least one sentence"),
        (("--batch-size", "113"), 1, "Error: batch_size must be at most the 112 sentences"),
        (("--batch-size", "many"), 1, "Error: batch_size of encoder 'sg-opt' must be integer"),
        (("--temperature", "0"), 1, "Error: encoder 'sg-opt': temperature must be above 0"),
        (("--target-layers", "9"), 1, "Error: target_layers: layer must be 0 to 3"),
        (("--corpus", "stsbb"), 1, "Error: unknown corpus 'stsbb'. Did you mean 'stsb'?"),
        (("--optimizer", "sgd"), 2, "Invalid value for '--optimizer': 'sgd' is not one of"),
    ],
)
def test_bad_input_is_one_line(
    tiny_bert: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    Path("own.txt").write_text("a\nb\n")
    Path("one.txt").write_text("alone\n")
    Path("empty.txt").write_text("\n")

    result = train(tiny_bert, *arguments)

    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_an_encoder_that_needs_no_training_is_reported() -> None:
    result = run("train", "mean")

    assert result.exit_code == 1
    assert result.stderr == "Error: encoder 'mean' needs no training: run harness eval mean\n"


def test_eval_trains_then_scores_and_says_what_it_was_trained_on(tiny_bert: Path) -> None:
    place = ("--model", str(tiny_bert), "--data", "sample", "--device", "cpu", "-t", "stsb-test")
    quick = ("--set", "head_width=16", "--set", "max_steps=2")

    result = run("eval", "sg-opt", *place, *quick, "--seeds", "2")

    assert result.exit_code == 0
    assert "training sg-opt:" in result.stderr
    assert " ± " in result.stdout
    assert "† the encoder saw text of this task in training, or scores on it" in result.stdout
    assert len(list(Path("runs").glob("sg-opt*.json"))) == 2


def test_eval_does_not_train_if_told_so(tiny_bert: Path) -> None:
    result = run("eval", "sg", "--model", str(tiny_bert), "--data", "sample", "--no-train")

    assert result.exit_code == 1
    assert "is not trained for" in result.stderr


def test_eval_of_nothing_takes_mean_and_what_is_trained(tiny_bert: Path) -> None:
    train(tiny_bert, "--seeds", "2")
    place = ("--model", str(tiny_bert), "--data", "sample", "--device", "cpu", "-t", "stsb-test")

    records = json.loads(run("eval", *place, "--json").stdout)["records"]

    assert [(r["encoder"].partition(":")[0], r["seed"]) for r in records] == [
        ("mean", None),
        ("sg-opt", 0),
        ("sg-opt", 1),
    ]


def test_encoders_list_shows_what_is_trained(tiny_bert: Path) -> None:
    train(tiny_bert, "--seeds", "2")

    shown = " ".join(run("encoders", "list").output.split())

    assert "seeds 0, 1" in shown
    assert "needs none" in shown
    assert "not yet" in shown
    assert "seeds" not in run("encoders", "list", "--model", "another").output


def kill_at(step: int, *arguments: str) -> int:
    """Run the command in a process that kills itself as ``kill -9`` does; return how it ended."""
    code = (
        "import os, signal, sys\n"
        "from harness.cli.main import main\n"
        "from harness.cli.terminal.progress import ProgressBars\n"
        "def on_step(self, label, step, total, values):\n"
        f"    if step == {step} and 'loss' in values:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "ProgressBars.on_step = on_step\n"
        "main(sys.argv[1:])\n"
    )
    threads = str(torch.get_num_threads())  # another number would add in another order
    environment = {**os.environ, "OMP_NUM_THREADS": threads}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, check=False
    ).returncode


def test_a_killed_training_goes_on_and_ends_with_the_same_weights(tiny_bert: Path) -> None:
    place = ("--model", str(tiny_bert), "--data", "sample", *QUICK)
    command = ("train", "sg", *place, "--save-seconds", "0")
    assert run(*command, "--out", "whole").exit_code == 0

    assert kill_at(5, *command, "--out", "killed") == -signal.SIGKILL
    resumed = run(*command, "--out", "killed")

    assert resumed.exit_code == 0
    assert "step 0/7" not in resumed.stderr
    whole, killed = (next(Path(out).rglob("model.safetensors")) for out in ("whole", "killed"))
    assert whole.read_bytes() == killed.read_bytes()
    assert not list(Path("killed/checkpoints/.training").glob("*/*"))
