"""What the fine-tuned methods share."""
