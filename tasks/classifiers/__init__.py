"""SentEval's classifiers on frozen vectors."""
