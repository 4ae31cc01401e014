"""What bow, tfidf and glove share: words counted and looked up."""
