"""From names and settings to encoders and tasks, before heavy imports."""
