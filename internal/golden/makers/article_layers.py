"""Convolution and max-pool layers by the article's program, in float64: forward,
backward, and the parameters after a step of gradient descent.

    ARTICLE=FOLDER-OF-MODEL.PY article_layers.py FOLDER
"""

import contextlib
import json
import sys

import numpy as np

from article import NO_FILE, model, without_activation

RATE = 0.1


def lists(arrays):
    return [np.asarray(a).tolist() for a in arrays]


def layer(state, most_side, most_kernel):
    """Sizes that both kinds of layer have. The centre may be any element."""
    draw = lambda low, end: int(state.randint(low, end))
    h, w = draw(1, most_side), draw(1, most_side)
    kh, kw = draw(1, most_kernel), draw(1, most_kernel)
    stride = draw(1, 5)
    center = draw(0, kh), draw(0, kw)
    return h, w, kh, kw, stride, center, bool(draw(0, 2))


def conv(state):
    h, w, kh, kw, stride, center, convolution = layer(state, 13, 6)
    ins, outs = int(state.randint(1, 4)), int(state.randint(1, 5))
    numbers = lambda count, *shape: [np.round(state.standard_normal(shape), 3) for _ in range(count)]
    params = dict(convolution=convolution, stride=stride, center_w_l=center)
    x, kernels, bias = numbers(ins, h, w), numbers(ins * outs, kh, kw), numbers(outs, 1, 1)
    activation = ["relu", "sigmoid", "none"][state.randint(0, 3)]
    copies = lambda arrays: [a.copy() for a in arrays]
    y, _, _ = model.convolution_feed(
        x, copies(kernels), "w", (kh, kw), copies(bias), "b", outs, activation, NO_FILE, params)
    dy = numbers(outs, *y[0].shape)
    with without_activation() if activation == "none" else contextlib.nullcontext():
        dx, kernels_after, bias_after = model.convolution_backpropagation(
            x, y, copies(kernels), copies(bias), dy, outs, activation, RATE, params)
    return dict(
        kind="conv", h=h, w=w, kh=kh, kw=kw, stride=stride, center=list(center), convolution=convolution,
        in_maps=ins, out_maps=outs, activation=activation, learning_rate=RATE,
        x=lists(x), kernels=lists(kernels), bias=[float(a[0][0]) for a in bias],
        y=lists(y), dEdy=lists(dy), dEdx=lists(dx), kernels_after=lists(kernels_after),
        bias_after=[float(np.asarray(a).reshape(-1)[0]) for a in bias_after],
    )


def pool(state):
    h, w, kh, kw, stride, center, convolution = layer(state, 11, 5)
    maps = int(state.randint(1, 4))
    params = dict(convolution=convolution, stride=stride, center_window=center, window_shape=(kh, kw))
    x = [np.round(state.standard_normal((h, w)), 2) for _ in range(maps)]
    y, index = model.maxpool_feed(x, params)
    dy = [np.round(state.standard_normal(y[0].shape), 3) for _ in range(maps)]
    dx = model.maxpool_back(dy, index, (h, w))
    return dict(
        kind="maxpool", h=h, w=w, kh=kh, kw=kw, stride=stride, center=list(center), convolution=convolution,
        maps=maps, x=lists(x), y=lists(y),
        argmax=[[[list(map(int, str(at).split(","))) for at in row] for row in m] for m in index],
        dEdy=lists(dy), dEdx=lists(dx),
    )


def write_lines(path, cases):
    with open(path, "w") as f:
        for case in cases:
            f.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    out = sys.argv[1]
    state = np.random.RandomState(11)
    write_lines(out + "/article_conv.jsonl", (conv(state) for _ in range(120)))
    state = np.random.RandomState(12)
    write_lines(out + "/article_maxpool.jsonl", (pool(state) for _ in range(60)))
