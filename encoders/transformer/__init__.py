"""Reading a pretrained transformer."""
