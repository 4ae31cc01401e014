"""What a run leaves behind: written, read, named, distinguished."""
