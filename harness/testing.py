"""The contract of encoders as a suite that any plug-in's own tests can run.

from harness.testing import assert_encoder

def test_the_encoder_keeps_the_contract():
    assert_encoder(LetterCounts)
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.argument_types import check_type
from harness.conformance.checks import CHECKS, Check
from harness.conformance.subject import NotApplicable, Subject
from harness.encoder import Context
from harness.errors import HarnessError
from harness.planning.encoder_arguments import EncoderArgument
from harness.planning.planned_encoders import plan_encoders
from harness.results.progress import doing

_WAITS = "mend what failed above first"

TOLERANCE = 1e-4
"""How far apart vectors may be that ought to be the same, as a part of their length."""


@dataclass(frozen=True)
class CheckResult:
    """What one check of the contract found.

    Attributes:
        name: What was checked.
        passed: None if it does not apply, or could not be run since an earlier one failed.
        explanation: What is wrong and how to mend it, or why it was not run; one line.
    """

    name: str
    passed: bool | None
    explanation: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        state = {True: "passed", False: "FAILED", None: "not run"}[self.passed]
        return f"{self.name}: {state}{f', {self.explanation}' if self.explanation else ''}"


def check_encoder(
    encoder: EncoderArgument,
    *,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    tolerance: float = TOLERANCE,
) -> list[CheckResult]:
    """Run the contract suite; an encoder that learns is trained on the sample first.

    Args:
        encoder: A spec, an encoder ready for use, or what makes one, such as its class.
        context: What it is made with.
        settings: Its settings, where they are not the defaults.
        tolerance: How far apart vectors may be that ought to be the same, as a part of their
            length; bf16 on a GPU needs about 0.02.

    Returns:
        A result for each check, in the order of `harness.conformance.checks.CHECKS`.

    Raises:
        HarnessError: If there is no such encoder or setting, or it cannot be imported.
    """
    check_type(Context, context=context)
    check_type(Mapping, settings=settings)
    (asked,) = plan_encoders(encoder, settings or {})
    results: dict[str, CheckResult] = {}
    with tempfile.TemporaryDirectory() as folder:
        subject = Subject(asked.own, asked.within(context or Context()), tolerance, Path(folder))
        for check in CHECKS:
            needed = [results[name] for name in check.needs]
            if any(each.passed is False or each.explanation == _WAITS for each in needed):
                results[check.name] = CheckResult(check.name, None, _WAITS)
            else:
                with doing(f"checking {check.name}"):
                    results[check.name] = _run(check, subject)
    return list(results.values())


def _run(check: Check, subject: Subject) -> CheckResult:
    try:
        subject.planned.boundary.call_unlimited(
            check.name, lambda: check.run(subject), HarnessError
        )
    except NotApplicable as reason:
        return CheckResult(check.name, passed=None, explanation=str(reason))
    except HarnessError as error:
        explanation = str(error).removeprefix(f"{check.name}: ")
        return CheckResult(check.name, passed=False, explanation=explanation)
    return CheckResult(check.name, passed=True)


def assert_encoder(encoder: EncoderArgument, **options: Any) -> None:
    """Fail a test with a line for each check that an encoder does not pass.

    Args:
        encoder: As `check_encoder` takes it, and its options.
        options: Those of `check_encoder`.

    Raises:
        AssertionError: If a check fails.
    """
    failed = [
        str(result) for result in check_encoder(encoder, **options) if result.passed is False
    ]
    if failed:
        raise AssertionError("\n".join(failed))
