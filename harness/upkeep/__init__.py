"""What the harness keeps on disk to save work: how much it is, and how it is cleared."""
