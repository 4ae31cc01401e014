"""One method per file, named as on the command line."""
