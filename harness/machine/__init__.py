"""Device, processes, signals, time limits, versions."""
