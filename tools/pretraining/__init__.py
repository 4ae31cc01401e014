"""Pretrain a small BERT from plain text: the parts of ``tools/pretrain_mini.py``."""
