"""Sentences to vectors, each distinct one once."""
