"""The engine under every fine-tuned method."""
