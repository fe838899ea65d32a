"""The article's network before training, by a rule that any language repeats to
the bit: normal to sight (the sum of four uniform numbers), sigma 0.1, cut at two
sigma, rounded to float32. engine/nn's Init is the same rule in Go."""

import numpy as np

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.x = seed & MASK

    def next(self):
        self.x = (self.x + 0x9E3779B97F4A7C15) & MASK
        z = self.x
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


def tensor(source, *shape):
    values = np.empty(int(np.prod(shape)), np.float32)
    i = 0
    while i < values.size:
        t = (sum(source.next() >> 40 for _ in range(4)) - (1 << 25)) / float(1 << 24)
        if abs(t) <= 1.1547:
            values[i] = np.float32(t * 0.1732050807568877)
            i += 1
    return values.reshape(shape)


def article(seed):
    """Filters are HWIO, dense weights [inputs][units], biases 0.1."""
    source = SplitMix64(seed)
    shapes = dict(conv_w_1=(2, 2, 1, 5), conv_w_2=(3, 3, 5, 20), fc_w_1=(980, 2000), fc_w_2=(2000, 10))
    weights = {name: tensor(source, *shape) for name, shape in shapes.items()}
    for name, units in dict(conv_b_1=5, conv_b_2=20, fc_b_1=2000, fc_b_2=10).items():
        weights[name] = np.full(units, 0.1, np.float32)
    return weights
