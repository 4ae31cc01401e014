"""How much memory an encoder needs: measured in a process of its own."""

import multiprocessing
import platform
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from pathlib import Path

from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import HarnessError, PluginError, sendable
from harness.machine.boundary import blaming
from harness.planning.planned_encoders import plan_encoders
from harness.plugins.files import load_if_possible, plugin_files
from harness.results.progress import doing
from harness.trainable import TrainableEncoder
from harness.training.on_demand import load_or_train
from harness.training.options import TrainingOptions


def peak_memory(
    spec: str, sentences: Sequence[str], context: Context, data: DataFolder, checkpoints: Path
) -> int | None:
    """Return the most memory that a fresh process held while it encoded the sentences.

    Args:
        spec: The encoder; a trainable one must have a checkpoint.
        sentences: What to encode.
        context: Transformer, device and limits.
        data: Where the training text lies.
        checkpoints: Folder of the checkpoints.

    Returns:
        Bytes: of the GPU on a GPU, otherwise of the process; None where the system does not say.

    Raises:
        HarnessError: If the process fails or is killed.
    """
    spawn = multiprocessing.get_context("spawn")  # a fork would count what this process holds
    with (
        _blaming(spec),
        ProcessPoolExecutor(
            max_workers=1,
            mp_context=spawn,
            initializer=load_if_possible,
            initargs=(plugin_files(),),
        ) as pool,
    ):
        task = pool.submit(_encode, spec, list(sentences), context, data, checkpoints)
        try:
            with doing(f"measuring the memory of {spec}"):
                return task.result()
        except BrokenProcessPool as error:
            msg = f"encoder {spec!r} did not survive encoding in a process of its own"
            raise PluginError(f"{msg}: is there memory enough?") from error


def _encode(
    spec: str, sentences: list[str], context: Context, data: DataFolder, checkpoints: Path
) -> int | None:
    """Run in the fresh process; raise only what can come back from it."""
    try:
        with _blaming(spec):
            (asked,) = plan_encoders([spec], {})
            planned, context = asked.own, asked.within(context)
            encoder = planned.make(context)
            if isinstance(encoder, TrainableEncoder):
                load_or_train(
                    planned,
                    encoder,
                    context,
                    data=data,
                    options=TrainingOptions(checkpoints, train=False),
                )
            culprit = f"encoder {spec!r} failed in a process of its own"
            texts = [asked.common.prompt + sentence for sentence in sentences]
            planned.boundary.call_unlimited(culprit, lambda: encoder.encode(texts))
            return _peak_of_gpu() or _peak_of_process()
    except HarnessError as error:
        raise sendable(error) from error


def _blaming(spec: str) -> AbstractContextManager[None]:
    return blaming(f"encoder {spec!r} failed in a process of its own")


def _peak_of_gpu() -> int:
    import torch  # deferred: `harness bench --help` need not pay

    return torch.cuda.max_memory_reserved() if torch.cuda.is_available() else 0


def _peak_of_process() -> int | None:
    status = Path("/proc/self/status")
    if status.is_file():  # Linux: getrusage would count what the parent held at the fork
        for line in status.read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if platform.system() == "Darwin":
        import resource  # deferred: Windows has none

        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return None
