"""When and on what an encoder is trained."""
