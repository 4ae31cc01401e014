"""README installs for development what CI installs."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_INSTALLED = re.compile(r"torch==[\d.]+|'\.\[test[\w,-]*\]'")


def test_readme_installs_what_ci_installs() -> None:
    readme = set(_INSTALLED.findall((CHECKOUT / "README.md").read_text("utf-8")))
    ci = set(_INSTALLED.findall((CHECKOUT / ".ci/run").read_text("utf-8")))

    assert len(ci) == 2
    assert readme == ci
