"""Asking models that a server runs."""
