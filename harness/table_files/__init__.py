"""Tables of rows and columns: read from files of any usual form, and from data sets."""
