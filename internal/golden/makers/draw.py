"""Cases of small integers: their sums are exact in any order and precision."""

import json

import numpy as np


class Draw:
    """A stream of random sizes and tensors. RandomState's stream is frozen: a
    seed gives the same cases in every version of NumPy."""

    def __init__(self, seed):
        self.state = np.random.RandomState(seed)

    def size(self, low, high):
        """An integer from low to high, both included."""
        return int(self.state.randint(low, high + 1))

    def integers(self, *shape):
        """A tensor of integers from -4 to 4, in float64."""
        return self.state.randint(-4, 5, shape).astype(np.float64)

    def permutation(self, *shape):
        """A tensor in which no number comes twice, in float64."""
        return self.state.permutation(int(np.prod(shape))).reshape(shape).astype(np.float64)


def flat(tensor):
    """The numbers in memory order, which have to be integers that float32 holds."""
    a = np.asarray(tensor)
    assert np.array_equal(a, np.round(a)) and np.abs(a).max(initial=0) < 2**24
    return a.astype(np.int64).reshape(-1).tolist()


def write_lines(path, cases):
    """One JSON object a line."""
    with open(path, "w") as f:
        for case in cases:
            f.write(json.dumps(case, separators=(",", ":")) + "\n")
