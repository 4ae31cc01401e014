"""Published scores, and measured ones beside them."""
