"""What PyTorch says of the plans beside convolution, in float64: outputs and
gradients, one case a line with the plan's name.

    torch_plans.py FOLDER
"""

import itertools
import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

from draw import Draw


def variable(array):
    return torch.from_numpy(np.ascontiguousarray(array)).requires_grad_(True)


def numbers(tensor):
    return np.asarray(tensor.detach()).reshape(-1).tolist()


def nhwc(tensor):
    return numbers(tensor.detach().permute(0, 2, 3, 1).contiguous())


def rounded(draw, *shape):
    """Normal numbers that float32 holds."""
    return draw.state.standard_normal(shape).astype(np.float32).astype(np.float64)


def averagepool(draw):
    size = draw.size
    while True:
        n, c, h, w = size(1, 2), size(1, 4), size(1, 9), size(1, 9)
        kh, kw, sh, sw = (size(1, 4) for _ in range(4))
        ph, pw = size(0, kh // 2), size(0, kw // 2)
        if h + 2 * ph >= kh and w + 2 * pw >= kw:
            break
    ceil, counted = bool(size(0, 1)), bool(size(0, 1))
    x = variable(draw.integers(n, c, h, w))
    y = F.avg_pool2d(x, (kh, kw), (sh, sw), (ph, pw), ceil, counted)
    dy = torch.from_numpy(draw.integers(*y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, kh=kh, kw=kw, stride=[sh, sw], pad=[ph, pw], ceil_mode=ceil, count_include_pad=counted,
        out_h=y.shape[2], out_w=y.shape[3], x=nhwc(x), y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad),
    )


def batchnorm(draw, training):
    size = draw.size
    n, c, h, w = size(2, 4), size(1, 9), size(1, 5), size(1, 5)
    x, gamma, beta = (variable(rounded(draw, *s)) for s in ((n, c, h, w), (c,), (c,)))
    mean, variance = torch.from_numpy(rounded(draw, c)), torch.from_numpy(rounded(draw, c) ** 2 + 0.5)
    before = numbers(mean), numbers(variance)
    momentum, epsilon = 0.125, 1e-5
    y = F.batch_norm(x, mean, variance, gamma, beta, training, momentum, epsilon)
    dy = torch.from_numpy(rounded(draw, *y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, training=training, momentum=momentum, epsilon=epsilon,
        x=nhwc(x), gamma=numbers(gamma), beta=numbers(beta), mean=before[0], variance=before[1],
        y=nhwc(y), mean_after=numbers(mean), variance_after=numbers(variance),
        dy=nhwc(dy), dx=nhwc(x.grad), dgamma=numbers(gamma.grad), dbeta=numbers(beta.grad),
    )


def groupnorm(draw):
    size = draw.size
    groups, each = [(1, 6), (4, 1), (2, 3), (3, 2), (1, 1)][size(0, 4)]
    n, c, h, w = size(1, 3), groups * each, size(2, 5), size(1, 5)
    x, gamma, beta = (variable(rounded(draw, *s)) for s in ((n, c, h, w), (c,), (c,)))
    y = F.group_norm(x, groups, gamma, beta, 1e-5)
    dy = torch.from_numpy(rounded(draw, *y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, groups=groups, epsilon=1e-5,
        x=nhwc(x), gamma=numbers(gamma), beta=numbers(beta),
        y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad), dgamma=numbers(gamma.grad), dbeta=numbers(beta.grad),
    )


ACTIVATIONS = dict(
    relu=F.relu, sigmoid=torch.sigmoid, tanh=torch.tanh, relu6=F.relu6, leakyrelu=F.leaky_relu,
    gelu=F.gelu, silu=F.silu, hardsigmoid=F.hardsigmoid, hardswish=F.hardswish,
)


def activation(name, function):
    x = variable(np.concatenate([np.arange(-160, 161) / 16 + 1 / 64, [-100.0, -30.0, 30.0, 100.0]]))
    y = function(x)
    y.sum().backward()
    return dict(activation=name, x=numbers(x), y=numbers(y), dx=numbers(x.grad))


def resize(draw, mode):
    size = draw.size
    n, c, h, w, oh, ow = size(1, 2), size(1, 3), size(1, 7), size(1, 7), size(1, 14), size(1, 14)
    x = variable(draw.integers(n, c, h, w))
    y = F.interpolate(x, (oh, ow), mode=mode)
    dy = torch.from_numpy(draw.integers(*y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, out_h=oh, out_w=ow, mode=mode,
        x=nhwc(x), y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad),
    )


def smoothing(draw, epsilon):
    n, classes = draw.size(1, 5), draw.size(2, 12)
    logits = variable(rounded(draw, n, classes))
    labels = torch.from_numpy(draw.state.randint(0, classes, n))
    losses = F.cross_entropy(logits, labels, reduction="none", label_smoothing=epsilon)
    losses.mean().backward()
    return dict(
        classes=classes, smoothing=epsilon, logits=numbers(logits), labels=numbers(labels),
        losses=numbers(losses), dlogits=numbers(logits.grad),
    )


def squares(draw):
    n, width = draw.size(1, 4), draw.size(1, 9)
    x, target = variable(rounded(draw, n, width)), torch.from_numpy(rounded(draw, n, width))
    loss = F.mse_loss(x, target)
    loss.backward()
    return dict(n=n, x=numbers(x), target=numbers(target), loss=loss.item(), dx=numbers(x.grad))


def cases():
    draw = Draw(4)
    for _ in range(60):
        yield "averagepool", averagepool(draw)
    for i in range(12):
        yield "batchnorm", batchnorm(draw, i % 3 > 0)
    for _ in range(12):
        yield "groupnorm", groupnorm(draw)
    for name, function in ACTIVATIONS.items():
        yield "activation", activation(name, function)
    for mode, _ in itertools.product(("nearest", "nearest-exact", "bilinear"), range(10)):
        yield "resize", resize(draw, mode)
    for epsilon, _ in itertools.product((0, 0.125, 1), range(3)):
        yield "smoothing", smoothing(draw, epsilon)
    for _ in range(3):
        yield "squares", squares(draw)


if __name__ == "__main__":
    with open(sys.argv[1] + "/plans_torch.jsonl", "w") as f:
        for plan, case in cases():
            f.write(json.dumps({"plan": plan, **case}, separators=(",", ":")) + "\n")
