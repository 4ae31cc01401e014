"""One method a file, named as on the command line."""
