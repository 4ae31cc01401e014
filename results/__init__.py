"""Records, statistics and what is shown of them; imports neither torch nor the rest of harness."""
