"""The plug-in door: register, find, load."""
