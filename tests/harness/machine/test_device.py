import pytest
import torch

from harness.errors import SettingError
from harness.machine.device import choose_device, device_name


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_auto_is_the_gpu_where_there_is_one(gpus: None) -> None:
    assert choose_device("auto") == torch.device("cuda")
    assert choose_device("cuda:1") == torch.device("cuda:1")


def test_auto_is_the_processor_otherwise(no_gpu: None) -> None:
    assert choose_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", "tpu", "", "cpu:x"])
def test_a_device_that_is_not_here_is_refused(no_gpu: None, name: str) -> None:
    with pytest.raises(SettingError) as caught:
        choose_device(name)

    assert str(caught.value) == f"device must be auto or one that is here (cpu), got {name!r}"


@pytest.mark.parametrize("name", ["cuda:2", "cuda:x"])
def test_a_gpu_too_many_is_refused(gpus: None, name: str) -> None:
    with pytest.raises(SettingError, match=r"one that is here \(cpu, cuda, cuda:0, cuda:1\)"):
        choose_device(name)


def test_the_processor_has_a_name() -> None:
    assert device_name(torch.device("cpu"))
