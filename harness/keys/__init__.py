"""What a vector, a checkpoint and a recipe's job are kept under: all that they depend on.

Each key is made in one file, whose docstring lists what it holds:

* a vector: `vectors.vector_key`;
* a checkpoint: `checkpoints.CheckpointKey`;
* a job of a recipe: `jobs.job_key`.

What a key holds of files is their checksum, never their path: `files`. A key has a version, so
that what is kept under one that held less is not taken for what is asked for.

A record has a key of its own, since `results/` imports nothing of the harness:
`results.records.store.ResultStore.path`. It holds the encoder's spec, model and seed; the task,
its settings and the checksum of its data; the vectors' key as ``fingerprint``; and the checksums
of the training texts.
"""
