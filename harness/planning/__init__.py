"""Names and settings to encoders and tasks, before anything heavy."""
