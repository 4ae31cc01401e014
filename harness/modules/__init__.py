"""A chain of modules, and the files by which sentence-transformers reads one."""
