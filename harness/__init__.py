"""Evaluate sentence encoders: contracts, registry, evaluation, training, command line."""
