"""Text as it is shown: it acts on no terminal, names no home folder, fits any encoding."""
