import numpy as np
import pytest
import torch

from harness.encoders.learned_maps.whitening_map import fit_whitening


def correlated(n: int, dim: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    mixing = torch.randn(dim, dim, generator=generator)
    return torch.randn(n, dim, generator=generator) @ mixing + 5


def test_whitened_vectors_have_mean_zero_and_unit_covariance() -> None:
    vectors = correlated(200, 12)

    whitened = fit_whitening(vectors).whiten(vectors).double().numpy()

    np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(whitened.T), np.eye(12), atol=1e-4)


def test_whitening_agrees_with_the_papers_svd_of_the_covariance() -> None:
    vectors = correlated(200, 12).double()
    directions, variances, _ = np.linalg.svd(np.cov(vectors.numpy().T))
    expected = (vectors.numpy() - vectors.numpy().mean(axis=0)) @ directions / np.sqrt(variances)

    whitened = fit_whitening(vectors, k=5).whiten(vectors).numpy()

    np.testing.assert_allclose(np.abs(whitened), np.abs(expected[:, :5]), atol=1e-9)  # signs free


def test_k_keeps_the_directions_of_largest_variance_in_order() -> None:
    vectors = torch.tensor([[-1.0, 0, 0], [1, 0, 0], [0, -3, 0], [0, 3, 0], [0, 0, 2], [0, 0, -2]])

    whitening = fit_whitening(vectors, k=2)

    assert whitening.mean.tolist() == [0, 0, 0]
    assert whitening.kernel.abs().argmax(dim=0).tolist() == [1, 2]
    np.testing.assert_allclose(
        whitening.kernel.abs().amax(dim=0), [3.6**-0.5, 1.6**-0.5], rtol=1e-6
    )


def test_a_direction_made_by_rounding_alone_does_not_count_towards_the_rank() -> None:
    vectors = correlated(300, 6)
    vectors[:, 5] = vectors[:, 0] / 3 + vectors[:, 1] / 7  # dependent up to float32 rounding

    with pytest.raises(ValueError, match="at least k = 6, got rank 5"):
        fit_whitening(vectors)

    assert fit_whitening(vectors, k=5).kernel.shape == (6, 5)


def test_a_direction_of_small_true_variance_counts_towards_the_rank() -> None:
    vectors = correlated(5000, 6)
    vectors[:, 5] *= 1e-4

    assert fit_whitening(vectors).kernel.shape == (6, 6)


def test_too_few_vectors_are_refused_with_rank_and_count() -> None:
    with pytest.raises(ValueError, match=r"k = 12, got rank 3: .*there are 4"):
        fit_whitening(correlated(4, 12))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_whitening_keeps_the_dtype(dtype: torch.dtype) -> None:
    whitening = fit_whitening(correlated(50, 3).to(dtype))

    assert whitening.mean.dtype == whitening.kernel.dtype == dtype


@pytest.mark.parametrize("k", [0, 4])
def test_k_beyond_the_dimensions_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=rf"k must be within 1\.\.3, got {k}"):
        fit_whitening(correlated(50, 3), k=k)


def test_vectors_that_are_not_finite_are_refused() -> None:
    vectors = correlated(50, 3)
    vectors[7, 1] = torch.nan

    with pytest.raises(ValueError, match="vectors must be finite"):
        fit_whitening(vectors)


@pytest.mark.parametrize("shape", [(0, 3), (3,)])
def test_vectors_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"vectors must be \(n, dim\) with n > 0"):
        fit_whitening(torch.zeros(shape))
