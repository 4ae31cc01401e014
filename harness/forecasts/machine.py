"""The speeds of this machine: from earlier records, and where asked for from a short probe."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from time import perf_counter

from harness.encoder import Context
from harness.forecasts.span import Span
from harness.forecasts.speeds import (
    MEASURED,
    SPREAD,
    Speed,
    Speeds,
    recorded_scorings,
    recorded_speeds,
)
from harness.machine.device import choose_device, device_name
from harness.planning.planned_encoders import plan_encoders
from harness.results.records.record import Record

_PROBE, _WARM_UP = 64, 8  # sentences
_PROBED = "mean"  # what reads a transformer and does hardly anything else


def known_speeds(records: Iterable[Record], context: Context) -> Speeds:
    """Return what earlier records say of the speed of this machine.

    Args:
        records: Any; those of another machine, number of threads or number format are left out.
        context: Device and number format.
    """
    import torch  # deferred: whoever only counts need not pay

    found = list(records)
    device = choose_device(context.device)
    threads = torch.get_num_threads()
    runtime = {
        "device_name": device_name(device),
        "dtype": context.dtype,
        "threads": threads,
    }
    known = recorded_speeds(found, runtime)
    return Speeds(device.type, threads, known, recorded_scorings(found))


def probe(speeds: Speeds, sentences: Sequence[str], context: Context) -> None:
    """Time a few sentences with a transformer, once, and note its speed.

    Args:
        speeds: Receives the speed.
        sentences: Those that would be encoded; a few of them, of all lengths, are.
        context: Transformer, device and limits.

    Raises:
        HarnessError: If the transformer cannot be read.
    """
    if getattr(speeds.known.get(context.model), "source", "") == MEASURED:
        return
    (planned,) = plan_encoders([_PROBED], {})
    encoder = planned.make(replace(context, offline=True))
    few = sentences[:: max(1, len(sentences) // _PROBE)][:_PROBE]
    culprit = f"encoder {planned.spec!r} failed in encode"
    planned.boundary.call(culprit, lambda: encoder.encode(few[:_WARM_UP]))
    started = perf_counter()
    planned.boundary.call(culprit, lambda: encoder.encode(few))
    seconds = (perf_counter() - started) / len(few)
    speeds.known[context.model] = Speed(Span(seconds, seconds).times(SPREAD), MEASURED)
