"""Average word vectors, in the form of SentEval's own examples; run by SentEval or the harness."""

# ruff: noqa: ANN001, ANN201 - as users write it

import logging
import sys

import numpy as np

PATH_TO_SENTEVAL = "../"
PATH_TO_DATA = "../data"
PATH_TO_VEC = "vectors/words.vec"

sys.path.insert(0, PATH_TO_SENTEVAL)
import senteval  # noqa: E402 - as users have it


def create_dictionary(sentences):
    """Count the words, commonest first."""
    words = {}
    for sentence in sentences:
        for word in sentence:
            words[word] = words.get(word, 0) + 1
    return {word: index for index, word in enumerate(sorted(words, key=words.get, reverse=True))}


def get_wordvec(path_to_vec, word2id):
    """Read the vectors of the words that occur."""
    word_vec = {}
    with open(path_to_vec, encoding="utf-8") as file:  # noqa: PTH123 - as users have it
        for line in file:
            word, vec = line.split(" ", 1)
            if word in word2id:
                word_vec[word] = np.fromstring(vec, sep=" ")
    return word_vec


def prepare(params, samples):
    """Read what the samples need."""
    params.word2id = create_dictionary(samples)
    params.word_vec = get_wordvec(PATH_TO_VEC, params.word2id)
    params.wvec_dim = 8


def batcher(params, batch):
    """Average the vectors of each sentence's words."""
    batch = [sent if sent != [] else ["."] for sent in batch]
    embeddings = []
    for sent in batch:
        sentvec = [params.word_vec[word] for word in sent if word in params.word_vec]
        if not sentvec:
            sentvec.append(np.zeros(params.wvec_dim))
        embeddings.append(np.mean(sentvec, 0))
    return np.vstack(embeddings)


params_senteval = {"task_path": PATH_TO_DATA, "usepytorch": True, "kfold": 5}
params_senteval["classifier"] = {"nhid": 0, "optim": "rmsprop", "batch_size": 128}

logging.basicConfig(format="%(asctime)s : %(message)s", level=logging.DEBUG)

if __name__ == "__main__":
    se = senteval.engine.SE(params_senteval, batcher, prepare)
    print(se.eval(["STS12", "STSBenchmark"]))  # noqa: T201 - as users have it
