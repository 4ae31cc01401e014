"""Getting data sets: fetch, import, verify."""
