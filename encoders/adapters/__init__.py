"""What users bring: other packages' models, their own code, finished vectors."""
