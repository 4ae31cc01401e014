"""Several processes, one GPU each, as torchrun starts them; with one process all of it is idle."""

import atexit
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable
from typing_extensions import override

from harness.errors import HarnessError, SettingError, sendable

T = TypeVar("T")

_TIMEOUT = timedelta(hours=2)  # the first process alone scores, loads and saves; the others wait


def join_processes(device_type: str) -> None:
    """Meet the other processes that torchrun started; nothing to do if it started none.

    Args:
        device_type: ``cuda`` takes one GPU a process.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        return
    if device_type == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("nccl", timeout=_TIMEOUT)
        return
    dist.init_process_group("gloo", timeout=_TIMEOUT)
    atexit.register(_leave)


def _leave() -> None:
    """End gloo's threads, which abort a process that ends before they do.

    NCCL's group is left to the system: to end it is to wait for processes that may have failed.
    """
    if dist.is_initialized():
        dist.destroy_process_group()


def process_count() -> int:
    """Return how many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_first_process() -> bool:
    """Whether this process is the one that writes files and reports progress."""
    return not dist.is_initialized() or dist.get_rank() == 0


def wait_for_all() -> None:
    """Return once every process is here."""
    if process_count() > 1:
        dist.barrier()


def from_first_process(compute: Callable[[], T]) -> T:
    """Compute a value in the first process and return it in all of them.

    Args:
        compute: Called in the first process only. Its error is raised there; the others raise
            what can be sent of it.
    """
    if process_count() == 1:
        return compute()
    if not is_first_process():
        value: T = _receive()
        return value
    try:
        value = compute()
    except Exception as error:
        _send(None, sendable(error))  # the others would wait for ever
        raise
    _send(value, None)
    return value


def _send(value: object, error: HarnessError | None) -> None:
    dist.broadcast_object_list([value, error])


def _receive() -> Any:  # noqa: ANN401 - whatever was sent
    sent: list[Any] = [None, None]
    dist.broadcast_object_list(sent)
    value, error = sent
    if error is not None:
        raise error
    return value


def gather_rows(local: Tensor) -> Tensor:
    """Put together the rows of all processes, so that each sees all in-batch negatives.

    The gradient that a process gets back is the sum over all processes; since data-parallel
    training averages over processes, a loss over all rows has the gradients of one process with
    the whole batch.

    Args:
        local: This process's rows; as many in each. Shape: (rows, ...).

    Returns:
        Rows of the first process, then the second's, ... Shape: (processes * rows, ...).
    """
    if process_count() == 1:
        return local
    rows: Tensor = _GatherRows.apply(local)  # type: ignore[no-untyped-call] # torch's
    return rows


class _GatherRows(torch.autograd.Function):
    @staticmethod
    @override
    def forward(ctx: Any, local: Tensor) -> Tensor:
        ctx.rows = len(local)
        parts = [torch.empty_like(local) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, local.contiguous())
        return torch.cat(parts)

    @staticmethod
    @override
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        start = dist.get_rank() * ctx.rows
        return total[start : start + ctx.rows]


def own_share(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the part of each batch that this process sees.

    Args:
        order: Examples of each step. Shape: (steps, batch_size).

    Returns:
        Shape: (steps, batch_size / processes).

    Raises:
        SettingError: If a batch cannot be shared out evenly.
    """
    batch_size = order.shape[1]
    if batch_size % process_count():
        msg = f"batch_size must be a multiple of the {process_count()} processes, got {batch_size}"
        raise SettingError(msg)
    rank = dist.get_rank() if dist.is_initialized() else 0
    return np.split(order, process_count(), axis=1)[rank]
