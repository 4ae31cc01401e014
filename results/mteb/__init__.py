"""What mteb calls what the harness has: tasks, models, result files."""
