"""Tables and scores as text, one format per file."""
