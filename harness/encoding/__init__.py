"""From sentences to vectors, each distinct one once."""
