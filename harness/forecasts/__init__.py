"""What a run will come to: sentences to encode, training steps, time and memory."""
