"""Encoders written as models that other packages load, with a card of what was measured."""
