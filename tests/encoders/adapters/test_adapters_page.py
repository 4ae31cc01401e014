import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.results.records.store import ResultStore

if TYPE_CHECKING:
    from tests.encoders.conftest import Served

PAGE = Path(__file__).resolve().parents[3] / "docs" / "adapters.md"
SERVER = re.compile(r"https?://[\w.]+(:\d+)?")
BLOCKS = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def run(line: str) -> None:
    """Run a command of the page, redirections included."""
    words = shlex.split(line)[1:]
    places = {sign: words[words.index(sign) + 1] for sign in ("<", ">") if sign in words}
    end = min((words.index(sign) for sign in places), default=len(words))
    given = Path(places["<"]).read_bytes() if "<" in places else None
    result = CliRunner().invoke(main, words[:end], input=given)
    assert result.exit_code == 0, f"{line}: {result.output}"
    if ">" in places:
        Path(places[">"]).write_bytes(result.stdout_bytes)


def test_every_example_of_the_page_runs(
    tiny_bert: Path, served: "Served", exported_onnx: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(exported_onnx, "exported")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    for language, text in BLOCKS.findall(PAGE.read_text("utf-8")):
        if language == "python":
            Path(re.match(r"# (\S+\.py)", text)[1]).write_text(text, "utf-8")
            continue
        for line in text.splitlines():
            if line.startswith("harness "):
                tiny = line.replace("--model minilm", f"--model {tiny_bert} --device cpu")
                run(SERVER.sub(served.url, tiny))

    names = {record.encoder_name for record in ResultStore(Path("runs")).read()}
    assert names == {
        *("sentence-transformers", "onnx", "senteval", "mteb", "endpoint"),
        *("callable", "precomputed"),
    }
