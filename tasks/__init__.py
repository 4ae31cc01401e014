"""Built-in tasks and training text."""
