"""Built-in tasks: reading data sets, protocols, classifiers, scores."""
