"""What flow and whitening share: maps over frozen vectors."""
