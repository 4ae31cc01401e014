"""Tasks of the user's own files: scored pairs, and labelled sentences or pairs."""
