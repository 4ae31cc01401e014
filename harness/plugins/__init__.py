"""Plug-ins: register, find, load."""
