"""Measure what a paper reports."""
