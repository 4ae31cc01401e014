"""Arrays that float32 cannot hold without loss are refused, wherever vectors come in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from scipy.sparse import csr_matrix

from harness.encoding.plain_encoder import check_vectors
from harness.encoding.returned_vectors import as_embeddings
from harness.encoding.vector_files import read_matrix
from harness.errors import HarnessError

SIGNS = np.random.default_rng(0).normal(size=(3, 16)) > 0
MASKED = np.ma.masked_array(np.ones((3, 2), np.float32), mask=[[0, 1]] * 3)
BITS = (
    "which may be packed bits: for bits use"
    " 2.0 * np.unpackbits(vectors.view(np.uint8), axis=1) - 1"
)
LOSSY: dict[str, tuple[NDArray[Any], str]] = {
    "packed bits": (np.packbits(SIGNS, axis=1), f"got uint8, {BITS}, for numbers vectors.astype"),
    "packed bits as sentence-transformers writes them": (
        (np.packbits(SIGNS, axis=1).astype(np.int16) - 128).astype(np.int8),
        f"got int8, {BITS}",
    ),
    "packed bits in large numbers": (
        np.packbits(SIGNS, axis=1).repeat(4, 1).view(np.int64),
        "may be p",
    ),
    "packed bits without sign": (
        np.packbits(SIGNS, axis=1).view(np.uint16),
        f"got uint16, {BITS}",
    ),
    "truth values": (SIGNS, "got bool: for signs use 2.0 * vectors - 1"),
    "complex numbers": (
        (SIGNS * (1 + 2j)).astype(np.complex64),
        "whose imaginary part would be lost: use np.hstack",
    ),
    "text": (np.full((3, 2), "1.5"), "got <U3, which is no kind of number"),
    "dates": (np.zeros((3, 2), "M8[s]"), "got datetime64[s], which is no kind of number"),
    "records": (np.zeros((3, 2), "i4,f4"), "which is no kind of number"),
}

TakeIn = Callable[[NDArray[Any], Path], Any]


def from_npy(array: NDArray[Any], folder: Path) -> object:
    np.save(folder / "v.npy", array)
    return read_matrix(folder / "v.npy")


def from_safetensors(array: NDArray[Any], folder: Path) -> object:
    save_file({"vectors": torch.tensor(array)}, folder / "v.safetensors")
    return read_matrix(folder / "v.safetensors")


def from_user_code(array: NDArray[Any], _folder: Path) -> object:
    return as_embeddings(array, len(array), "function")


def from_rows(array: NDArray[Any], _folder: Path) -> object:
    return as_embeddings(list(array), len(array), "function")


def from_tensor(array: NDArray[Any], _folder: Path) -> object:
    return as_embeddings(torch.tensor(array), len(array), "function")


def from_encoder(array: NDArray[Any], _folder: Path) -> object:
    return check_vectors("x", len(array), array)


@pytest.mark.parametrize("take_in", [from_npy, from_user_code, from_encoder])
@pytest.mark.parametrize("what", LOSSY)
def test_what_would_be_lost_is_refused_with_the_cure(
    what: str, take_in: TakeIn, tmp_path: Path
) -> None:
    array, problem = LOSSY[what]

    with pytest.raises(HarnessError) as caught:
        take_in(array, tmp_path)

    assert problem in str(caught.value)


@pytest.mark.parametrize("take_in", [from_safetensors, from_rows, from_tensor])
@pytest.mark.parametrize(
    "what", [name for name in LOSSY if name not in ("text", "dates", "records")]
)
def test_tensors_and_lists_of_rows_are_no_way_around(
    what: str, take_in: TakeIn, tmp_path: Path
) -> None:
    array, problem = LOSSY[what]

    with pytest.raises(HarnessError) as caught:
        take_in(array, tmp_path)

    assert problem in str(caught.value)


@pytest.mark.parametrize("take_in", [from_user_code, from_rows, from_encoder])
def test_masked_values_are_refused(take_in: TakeIn, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"[Mm]asked.* vectors\.filled\(0\)"):
        take_in(MASKED, tmp_path)


@pytest.mark.parametrize(
    "array",
    [
        np.ones((3, 2), ">f4"),
        np.ones((3, 2), np.float16),
        np.ones((3, 2), np.int64),
        np.ones((3, 2), object),
        np.asfortranarray(np.ones((3, 2))),
        np.ma.masked_array(np.ones((3, 2)), mask=False),
        torch.ones(3, 2, dtype=torch.bfloat16),
        csr_matrix(np.ones((3, 2), np.uint8)),
        csr_matrix(np.ones((3, 2), bool)),
        [[1, 1], [1, 1], [1, 1]],
    ],
    ids=lambda array: f"{type(array).__name__} {getattr(array, 'dtype', '')}",
)
def test_other_numbers_are_read(array: object) -> None:
    vectors = as_embeddings(array, 3, "function")

    assert (vectors.dtype, vectors.tolist()) == (np.float32, [[1, 1]] * 3)


def test_one_tensor_of_several_is_read_whatever_the_others_hold(tmp_path: Path) -> None:
    tensors = {"vectors": torch.ones(3, 2).half(), "ids": torch.arange(3), "ok": torch.ones(1) > 0}
    save_file(tensors, tmp_path / "v.safetensors")

    assert read_matrix(tmp_path / "v.safetensors").tolist() == [[1, 1]] * 3
