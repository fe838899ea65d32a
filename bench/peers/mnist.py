"""The data set and the training of the network that learns it to 99 %."""

import math
import os

import numpy as np

BATCH, EPOCHS, RATE = 128, 2, 0.01


def read(folder):
    """Training images 5000 to 59999, test images, and both's labels."""

    def images(name):
        data = np.fromfile(os.path.join(folder, name), np.uint8)[16:]
        return data.reshape(-1, 28, 28, 1).astype(np.float32) / 255

    def labels(name):
        return np.fromfile(os.path.join(folder, name), np.uint8)[8:].astype(np.int32)

    return (
        images("train-images-idx3-ubyte")[5000:],
        labels("train-labels-idx1-ubyte")[5000:],
        images("t10k-images-idx3-ubyte"),
        labels("t10k-labels-idx1-ubyte"),
    )


def batches(count, seed):
    """Yields the image numbers and the rate of each step."""
    order = np.random.default_rng(seed)
    steps = EPOCHS * math.ceil(count / BATCH)
    step = 0
    for _ in range(EPOCHS):
        shuffled = order.permutation(count)
        for lo in range(0, count, BATCH):
            yield shuffled[lo : lo + BATCH], rate(step, steps)
            step += 1


def rate(step, steps):
    """One cycle: up in the first 30 % of the steps, down in the rest, by cosines."""
    top = 0.3 * steps - 1
    if step <= top:
        start, end, at = RATE / 25, RATE, step / top
    else:
        start, end, at = RATE, RATE / 25e4, (step - top) / (steps - 1 - top)
    return end + (start - end) / 2 * (1 + math.cos(math.pi * at))
