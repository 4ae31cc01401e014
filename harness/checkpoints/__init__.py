"""Trained weights on disk."""
