"""Tables and scores as text, one format a file."""
