"""Which device to compute on."""

import platform

import torch

from harness.errors import SettingError


def choose_device(name: str) -> torch.device:
    """Return the device of that name; ``auto`` is the GPU if there is one.

    Args:
        name: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.

    Raises:
        SettingError: If there is no such device here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    here = ["cpu"]
    if torch.cuda.is_available():
        here += ["cuda", *(f"cuda:{index}" for index in range(torch.cuda.device_count()))]
    if torch.backends.mps.is_available():
        here.append("mps")
    if name not in here:
        msg = f"device must be auto or one that is here ({', '.join(here)}), got {name!r}"
        raise SettingError(msg)
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """Return what a person calls the device: the GPU's or the processor's name."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return platform.processor() or platform.machine()
