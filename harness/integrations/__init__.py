"""What lets other packages use this one."""
