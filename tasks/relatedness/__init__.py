"""Relatedness by a trained regressor."""
