"""Encoders and tasks to records."""
