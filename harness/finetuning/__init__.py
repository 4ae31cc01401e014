"""The training engine of every fine-tuned method."""
