"""From encoders and tasks to records."""
