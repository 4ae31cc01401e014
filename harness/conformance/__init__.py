"""The encoder contract, check by check."""
