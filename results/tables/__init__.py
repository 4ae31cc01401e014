"""Records arranged as tables, before any format."""
