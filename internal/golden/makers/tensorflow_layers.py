"""Convolutions by TensorFlow, in float32: forward and both gradients.

    tensorflow_layers.py FOLDER
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

from draw import Draw, flat, write_lines


def conv(draw):
    size = draw.size
    while True:
        n, h, w = size(1, 3), size(1, 14), size(1, 14)
        c, oc = size(1, 9), size(1, 9)
        kh, kw, stride = size(1, 6), size(1, 6), size(1, 4)
        padding = ["SAME", "VALID", "EXPLICIT"][size(0, 2)]
        top, bottom, left, right = (size(0, 3) for _ in range(4))
        if padding == "SAME":
            break
        if padding == "VALID":
            top = bottom = left = right = 0
        if h + top + bottom >= kh and w + left + right >= kw:
            break
    x, filt = (tf.Variable(draw.integers(*s).astype(np.float32)) for s in ((n, h, w, c), (kh, kw, c, oc)))
    explicit = padding == "EXPLICIT"
    with tf.GradientTape() as tape:
        y = tf.nn.conv2d(x, filt, stride, [[0, 0], [top, bottom], [left, right], [0, 0]] if explicit else padding)
        dy = draw.integers(*y.shape)
        loss = tf.reduce_sum(y * dy.astype(np.float32))
    dx, dfilter = tape.gradient(loss, [x, filt])
    return dict(
        n=n, h=h, w=w, c=c, kh=kh, kw=kw, out_c=oc, stride=[stride, stride],
        padding=padding, pad=[top, bottom, left, right] if explicit else None,
        out_h=y.shape[1], out_w=y.shape[2],
        x=flat(x), filter=flat(filt), y=flat(y), dy=flat(dy), dx=flat(dx), dfilter=flat(dfilter),
    )


if __name__ == "__main__":
    draw = Draw(4)
    write_lines(sys.argv[1] + "/conv_tensorflow.jsonl", (conv(draw) for _ in range(160)))
