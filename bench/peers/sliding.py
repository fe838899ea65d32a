"""The article's network as the article has it: Python walks the convolutions
element by element, numpy multiplies the dense layers' matrices.

    python sliding.py --images FILE --labels FILE [--first 0] [--steps 5] [--seed 1]
                      [--settings JSON] [--check article_trace.json]
    python sliding.py --layers JSON

The first form trains on MNIST's IDX files, gzipped or not, from the first image
on, and prints one JSON object: the losses, and the seconds that each of the 14
steps took, one figure for each image. With --check it exits with 1 unless every
loss agrees with the article's own program to 1e-9. The second form times one
pair of an input map and an output map of each layer; all pairs take as much.
"""

import argparse
import gzip
import json
import struct
import sys
import time

import numpy as np

ARTICLE = {
    "conv_1": {"kh": 2, "kw": 2, "stride": 2, "center": [0, 0], "convolution": False, "maps": 5, "activation": "relu"},
    "pool_1": {"kh": 2, "kw": 2, "stride": 2, "center": [0, 0], "convolution": False, "add": False},
    "conv_2": {"kh": 3, "kw": 3, "stride": 1, "center": [1, 1], "convolution": False, "maps": 20, "activation": "sigmoid"},
    "fc_1": {"neurons": 2000, "activation": "sigmoid"},
    "fc_2": {"neurons": 10},
    "rate": 0.01,
}


# A kernel slides: its centre visits every stride-th input element.

def under(s, axis, out, k):
    """The input row (axis 0) or column (axis 1) under kernel element k at output out."""
    a = k - s["center"][axis]
    return out * s["stride"] - a if s["convolution"] else out * s["stride"] + a


def output_size(s, shape):
    """An output exists where at least one kernel element lies on the input."""
    def one(axis, k):
        n = shape[axis]
        return sum(any(0 <= under(s, axis, out, i) < n for i in range(k)) for out in range(n))
    return one(0, s["kh"]), one(1, s["kw"])


def convolve(s, x, w):
    y = np.zeros(output_size(s, x.shape))
    for oh in range(y.shape[0]):
        for ow in range(y.shape[1]):
            total = 0.0
            for kh in range(s["kh"]):
                for kw in range(s["kw"]):
                    i, j = under(s, 0, oh, kh), under(s, 1, ow, kw)
                    if 0 <= i < x.shape[0] and 0 <= j < x.shape[1]:
                        total += x[i][j] * w[kh][kw]
            y[oh][ow] = total
    return y


def kernel_gradient(s, x, dy):
    dw = np.zeros((s["kh"], s["kw"]))
    for kh in range(s["kh"]):
        for kw in range(s["kw"]):
            total = 0.0
            for oh in range(dy.shape[0]):
                for ow in range(dy.shape[1]):
                    i, j = under(s, 0, oh, kh), under(s, 1, ow, kw)
                    if 0 <= i < x.shape[0] and 0 <= j < x.shape[1]:
                        total += x[i][j] * dy[oh][ow]
            dw[kh][kw] = total
    return dw


def input_gradient(s, dy, w, shape):
    g = 1 if s["convolution"] else -1
    dx = np.zeros(shape)
    for i in range(shape[0]):
        for j in range(shape[1]):
            total = 0.0
            for oh in range(dy.shape[0]):
                for ow in range(dy.shape[1]):
                    kh = s["center"][0] + g * (oh * s["stride"] - i)
                    kw = s["center"][1] + g * (ow * s["stride"] - j)
                    if 0 <= kh < s["kh"] and 0 <= kw < s["kw"]:
                        total += dy[oh][ow] * w[kh][kw]
            dx[i][j] = total
    return dx


def activation(name, x):
    return {"relu": lambda: np.maximum(x, 0), "sigmoid": lambda: 1 / (1 + np.exp(-x)), "none": lambda: x}[name]()


def derivative(name, y):
    return {"relu": lambda: (y > 0) * 1.0, "sigmoid": lambda: y * (1 - y), "none": lambda: np.ones_like(y)}[name]()


def conv_forward(s, x, w, b):
    n = s["maps"]
    return [activation(s["activation"], sum(convolve(s, x[ci], w[ci * n + co]) for ci in range(len(x))) + b[co])
            for co in range(n)]


def conv_backward(s, x, w, b, y, dy, rate):
    """The gradient to the input maps; kernels and biases take their step."""
    n = s["maps"]
    ds = [dy[co] * derivative(s["activation"], y[co]) for co in range(n)]
    dw = [kernel_gradient(s, x[ci], ds[co]) for ci in range(len(x)) for co in range(n)]
    dx = [sum(input_gradient(s, ds[co], w[ci * n + co], x[ci].shape) for co in range(n)) for ci in range(len(x))]
    for k in range(len(w)):
        w[k] = w[k] - rate * dw[k]
    for co in range(n):
        b[co] -= rate * ds[co].sum()
    return dx


def pool_forward(s, x):
    y, argmax = [], []
    for m in x:
        best = np.zeros(output_size(s, m.shape))
        where = {}
        for oh in range(best.shape[0]):
            for ow in range(best.shape[1]):
                largest = -np.inf
                for kh in range(s["kh"]):
                    for kw in range(s["kw"]):
                        i, j = under(s, 0, oh, kh), under(s, 1, ow, kw)
                        if 0 <= i < m.shape[0] and 0 <= j < m.shape[1] and m[i][j] > largest:
                            largest, where[oh, ow] = m[i][j], (i, j)
                best[oh][ow] = largest
        y.append(best)
        argmax.append(where)
    return y, argmax


def pool_backward(s, dy, argmax, shape):
    dx = []
    for d, where in zip(dy, argmax):
        m = np.zeros(shape)
        for (oh, ow), (i, j) in where.items():
            m[i][j] = m[i][j] + d[oh][ow] if s["add"] else d[oh][ow]
        dx.append(m)
    return dx


def to_vector(maps):
    """TensorFlow's order: pixel by pixel, one value of every map."""
    return np.stack(maps, axis=-1).reshape(1, -1)


def to_maps(vector, shape):
    cube = vector.reshape(*shape, -1)
    return [cube[:, :, c] for c in range(cube.shape[2])]


class Timer:
    """Notes the seconds between its calls, each under its step's name."""

    def __init__(self):
        self.seconds, self.start = {}, 0.0

    def begin(self):
        self.start = time.perf_counter()

    def step(self, name, direction):
        now = time.perf_counter()
        self.seconds.setdefault(name + " " + direction, []).append(now - self.start)
        self.start = time.perf_counter()


def train_step(c, p, image, label, t):
    """One image through the 14 steps; returns the loss and whether it was right."""
    rate = c["rate"]
    t.begin()
    x = [image]
    y1 = conv_forward(c["conv_1"], x, p["conv_w_1"], p["conv_b_1"])
    t.step("conv_1", "forward")
    pooled, argmax = pool_forward(c["pool_1"], y1)
    t.step("pool_1", "forward")
    y2 = conv_forward(c["conv_2"], pooled, p["conv_w_2"], p["conv_b_2"])
    t.step("conv_2", "forward")
    v = to_vector(y2)
    t.step("vector", "forward")
    hidden = activation(c["fc_1"]["activation"], v @ p["fc_w_1"] + p["fc_b_1"])
    t.step("fc_1", "forward")
    logits = hidden @ p["fc_w_2"] + p["fc_b_2"]
    e = np.exp(logits - logits.max())
    prob = e / e.sum()
    t.step("fc_2", "forward")
    loss = -np.log(prob[0][label])
    t.step("loss", "forward")

    d = np.zeros_like(prob)
    d[0][label] = -1 / prob[0][label]
    t.step("loss", "backward")
    d = d @ (np.diag(prob[0]) - np.outer(prob[0], prob[0]))
    d2, d = d, d @ p["fc_w_2"].T
    p["fc_w_2"] = p["fc_w_2"] - rate * (hidden.T @ d2)
    p["fc_b_2"] = p["fc_b_2"] - rate * d2
    t.step("fc_2", "backward")
    d1 = d * derivative(c["fc_1"]["activation"], hidden)
    d = d1 @ p["fc_w_1"].T
    p["fc_w_1"] = p["fc_w_1"] - rate * (v.T @ d1)
    p["fc_b_1"] = p["fc_b_1"] - rate * d1
    t.step("fc_1", "backward")
    maps = to_maps(d, y2[0].shape)
    t.step("vector", "backward")
    maps = conv_backward(c["conv_2"], pooled, p["conv_w_2"], p["conv_b_2"], y2, maps, rate)
    t.step("conv_2", "backward")
    maps = pool_backward(c["pool_1"], maps, argmax, y1[0].shape)
    t.step("pool_1", "backward")
    conv_backward(c["conv_1"], x, p["conv_w_1"], p["conv_b_1"], y1, maps, rate)
    t.step("conv_1", "backward")
    return float(loss), bool(prob.argmax() == label)


def splitmix64(seed, first, count):
    """Outputs first … first+count−1 of the generator."""
    gamma = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + gamma * np.arange(first + 1, first + count + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def initial(c, seed):
    """The reproducible start: weights normal with sigma 0.1, cut at two sigma; biases 0.1."""
    c1, c2 = c["conv_1"], c["conv_2"]
    rows, cols = output_size(c2, output_size(c["pool_1"], output_size(c1, c["image"])))
    shapes = {
        "conv_w_1": (c1["kh"], c1["kw"], 1, c1["maps"]),
        "conv_w_2": (c2["kh"], c2["kw"], c1["maps"], c2["maps"]),
        "fc_w_1": (rows * cols * c2["maps"], c["fc_1"]["neurons"]),
        "fc_w_2": (c["fc_1"]["neurons"], c["fc_2"]["neurons"]),
    }
    p, taken = {}, 0  # outputs of the generator taken so far; each draw takes four
    for name, shape in shapes.items():
        n = int(np.prod(shape))
        draws = n + n // 8 + 1000
        while True:
            o = (splitmix64(seed, taken, 4 * draws) >> np.uint64(40)).astype(np.float64).reshape(-1, 4).sum(axis=1)
            t = (o - 2.0**25) / 2.0**24
            kept = np.flatnonzero(np.abs(t) <= 1.1547)
            if len(kept) >= n:
                break
            draws *= 2
        taken += 4 * (int(kept[n - 1]) + 1)
        p[name] = np.float32(t[kept[:n]] * 0.1732050807568877).astype(np.float64).reshape(shape)
    for name, maps in (("conv_w_1", c1["maps"]), ("conv_w_2", c1["maps"] * c2["maps"])):
        flat = p[name].reshape(*p[name].shape[:2], maps)
        p[name] = [flat[:, :, k].copy() for k in range(maps)]
    bias = float(np.float32(0.1))
    p["conv_b_1"], p["conv_b_2"] = [bias] * c1["maps"], [bias] * c2["maps"]
    p["fc_b_1"] = np.full((1, c["fc_1"]["neurons"]), bias)
    p["fc_b_2"] = np.full((1, c["fc_2"]["neurons"]), bias)
    return p


def read(file):
    with open(file, "rb") as f:
        data = f.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def read_idx(images, labels):
    data, y = read(images), read(labels)
    magic, n, rows, cols = struct.unpack(">4I", data[:16])
    if magic != 0x803 or struct.unpack(">2I", y[:8]) != (0x801, n):
        sys.exit("%s, %s: want IDX files of as many images as labels" % (images, labels))
    x = np.frombuffer(data, np.uint8, n * rows * cols, 16).reshape(n, rows, cols)
    return x, np.frombuffer(y, np.uint8, n, 8)


def train(args):
    images, labels = read_idx(args.images, args.labels)
    c = dict(ARTICLE, **json.loads(args.settings))
    c["image"] = images.shape[1:]
    p, t = initial(c, args.seed), Timer()
    losses, correct = [], []
    for i in range(args.first, args.first + args.steps):
        image = (images[i].astype(np.float32) / np.float32(255)).astype(np.float64)
        loss, right = train_step(c, p, image, int(labels[i]), t)
        losses.append(loss)
        correct.append(right)
    if args.check:
        trace = json.loads(read(args.check))
        for i, (loss, right) in enumerate(zip(losses, correct)):
            if not abs(loss - trace["loss"][i]) <= 1e-9 * trace["loss"][i] or right != trace["correct"][i]:
                sys.exit("step %d: loss %r, right %r: the article's program has %r, %r"
                         % (i, loss, right, trace["loss"][i], trace["correct"][i]))
    return {"losses": losses, "correct": correct, "seconds": t.seconds}


def time_layers(layers):
    """Seconds of one pair of maps: forward, gradient to the data, to the filter."""
    rng, result = np.random.default_rng(1), []
    for s in layers:
        x, w = rng.standard_normal(s["image"]), rng.standard_normal((s["kh"], s["kw"]))
        t = Timer()
        t.begin()
        y = convolve(s, x, w)
        t.step("pair", "forward")
        input_gradient(s, y, w, x.shape)
        t.step("pair", "data")
        kernel_gradient(s, x, y)
        t.step("pair", "filter")
        result.append([t.seconds["pair " + p][0] for p in ("forward", "data", "filter")])
    return {"layers": result}


def main():
    a = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    a.add_argument("--images")
    a.add_argument("--labels")
    a.add_argument("--first", type=int, default=0)
    a.add_argument("--steps", type=int, default=5)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--settings", default="{}")
    a.add_argument("--check")
    a.add_argument("--layers")
    args = a.parse_args()
    result = time_layers(json.loads(args.layers)) if args.layers else train(args)
    result["python"], result["numpy"] = sys.version.split()[0], np.__version__
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
