"""Records, statistics, tables and reports; imports neither torch nor the rest of harness."""
