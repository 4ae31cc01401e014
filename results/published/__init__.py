"""Printed scores of papers, and measured ones beside them."""
