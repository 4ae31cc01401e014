"""Keep results and show them: records, store, statistics, tables."""
