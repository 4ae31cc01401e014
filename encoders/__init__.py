"""Built-in encoders: methods, adapters, and what they share."""
