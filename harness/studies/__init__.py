"""Questions beyond one evaluation."""
