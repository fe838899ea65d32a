"""Convolutions, transposed convolutions and max-pools by PyTorch, in float64:
forward and all gradients.

    torch_layers.py FOLDER
"""

import sys

import numpy as np
import torch
import torch.nn.functional as F

from draw import Draw, flat, write_lines


def variable(array):
    return torch.from_numpy(np.ascontiguousarray(array)).requires_grad_(True)


def nhwc(tensor):
    return flat(tensor.detach().numpy().transpose(0, 2, 3, 1))


def kernel(tensor):
    """[first][second][kh][kw] becomes [kh][kw][second][first]."""
    return flat(tensor.detach().numpy().transpose(2, 3, 1, 0))


def conv(draw, number):
    """Any stride, dilation, padding on each side and groups; every eighth case
    has many channels."""
    big = number % 8 == 7
    size = draw.size
    while True:
        groups = [1, 1, 1, 2, 3, 4][size(0, 5)]
        if size(0, 7) == 0:  # depthwise
            groups, ci, co = size(2, 9), 1, size(1, 2)
        else:
            ci, co = size(1, 40 if big else 6), size(1, 70 if big else 6)
        n = size(1, 3)
        h, w = (size(1, 9), size(1, 9)) if big else (size(1, 14), size(1, 14))
        kh, kw = size(1, 3 if big else 5), size(1, 3 if big else 5)
        sh, sw, dh, dw = size(1, 3), size(1, 3), size(1, 3), size(1, 3)
        top, bottom, left, right = (size(0, 3) for _ in range(4))
        rows, cols = h + top + bottom - dh * (kh - 1) - 1, w + left + right - dw * (kw - 1) - 1
        if rows >= 0 and cols >= 0:
            break
    c, oc = ci * groups, co * groups
    x, filt, bias = (variable(draw.integers(*s)) for s in ((n, c, h, w), (oc, ci, kh, kw), (oc,)))
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), filt, bias, (sh, sw), 0, (dh, dw), groups)
    dy = torch.from_numpy(draw.integers(*y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, kh=kh, kw=kw, out_c=oc, groups=groups,
        stride=[sh, sw], dilation=[dh, dw], pad=[top, bottom, left, right],
        out_h=rows // sh + 1, out_w=cols // sw + 1,
        x=nhwc(x), filter=kernel(filt), bias=flat(bias.detach()),
        y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad), dfilter=kernel(filt.grad), dbias=flat(bias.grad),
    )


def transposed(draw):
    size = draw.size
    while True:
        groups = [1, 1, 2][size(0, 2)]
        ci, co = size(1, 5), size(1, 5)
        n, h, w = size(1, 2), size(1, 7), size(1, 7)
        kh, kw, sh, sw, dh, dw = (size(1, most) for most in (4, 4, 3, 3, 2, 2))
        ph, pw = size(0, 2), size(0, 2)
        oph, opw = size(0, max(sh, dh) - 1), size(0, max(sw, dw) - 1)
        oh = (h - 1) * sh - 2 * ph + dh * (kh - 1) + oph + 1
        ow = (w - 1) * sw - 2 * pw + dw * (kw - 1) + opw + 1
        if oh >= 1 and ow >= 1:
            break
    c, oc = ci * groups, co * groups
    x, filt, bias = (variable(draw.integers(*s)) for s in ((n, c, h, w), (c, co, kh, kw), (oc,)))
    y = F.conv_transpose2d(x, filt, bias, (sh, sw), (ph, pw), (oph, opw), groups, (dh, dw))
    dy = torch.from_numpy(draw.integers(*y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, kh=kh, kw=kw, out_c=oc, groups=groups,
        stride=[sh, sw], dilation=[dh, dw], pad=[ph, pw], output_padding=[oph, opw],
        out_h=oh, out_w=ow,
        x=nhwc(x), filter_hwoi=kernel(filt), bias=flat(bias.detach()),
        y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad), dfilter_hwoi=kernel(filt.grad), dbias=flat(bias.grad),
    )


def pool(draw):
    """No ties: every number of the input comes once."""
    size = draw.size
    while True:
        n, c, h, w = size(1, 3), size(1, 20), size(1, 12), size(1, 12)
        kh, kw, sh, sw = (size(1, 4) for _ in range(4))
        ph, pw = size(0, kh // 2), size(0, kw // 2)
        rows, cols = h + 2 * ph - kh, w + 2 * pw - kw
        if rows >= 0 and cols >= 0:
            break
    x = variable(draw.permutation(n, c, h, w))
    y = F.max_pool2d(x, (kh, kw), (sh, sw), (ph, pw))
    dy = torch.from_numpy(draw.integers(*y.shape))
    y.backward(dy)
    return dict(
        n=n, h=h, w=w, c=c, kh=kh, kw=kw, stride=[sh, sw], pad=[ph, pw],
        out_h=rows // sh + 1, out_w=cols // sw + 1,
        x=nhwc(x), y=nhwc(y), dy=nhwc(dy), dx=nhwc(x.grad),
    )


if __name__ == "__main__":
    out = sys.argv[1]
    draw = Draw(1)
    write_lines(out + "/conv_torch.jsonl", (conv(draw, i) for i in range(240)))
    draw = Draw(2)
    write_lines(out + "/conv_transposed_torch.jsonl", (transposed(draw) for _ in range(60)))
    draw = Draw(3)
    write_lines(out + "/maxpool_torch.jsonl", (pool(draw) for _ in range(80)))
