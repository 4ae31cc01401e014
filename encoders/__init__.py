"""Built-in sentence encoders: one method, one module."""
