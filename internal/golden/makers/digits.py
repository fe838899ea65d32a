"""MNIST's training images 5000…5999 and their labels, as IDX files: those that
the golden trainings begin with.

    digits.py FOLDER
"""

import struct
import sys

import mnist

FIRST, COUNT, PIXELS = 5000, 1000, 28 * 28

if __name__ == "__main__":
    out = sys.argv[1]
    with open(out + "/train-5000-5999-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">IIII", 0x803, COUNT, 28, 28))
        f.write(mnist.read("train-images-idx3-ubyte")[16 + FIRST * PIXELS :][: COUNT * PIXELS])
    with open(out + "/train-5000-5999-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">II", 0x801, COUNT))
        f.write(mnist.read("train-labels-idx1-ubyte")[8 + FIRST :][:COUNT])
