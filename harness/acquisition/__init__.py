"""Get data sets, and know that they are what they should be."""
