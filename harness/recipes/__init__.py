"""Measure what a paper reports: recipes, the jobs they plan, and what comes of them."""
