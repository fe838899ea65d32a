"""TensorFlow: tf.function, with XLA and without, and many steps in one call."""

import itertools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf

from loop import Many

LOOP = 50  # steps in one call of the looping forms


class Framework:
    name = "TensorFlow"
    version = tf.__version__

    def __init__(self, threads):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.random.set_seed(1)

    def conv(self, layer):
        (h, w, c), (kh, kw) = layer["input"], layer["kernel"]
        (top, bottom, left, right), (sh, sw) = layer["pad"], layer["stride"]
        if layer["pad"] == [0, 0, 0, 0]:
            how = {"padding": "VALID"}
        elif layer["pad"] == same(h, kh, sh) + same(w, kw, sw):
            how = {"padding": "SAME"}
        else:
            how = {"padding": "EXPLICIT", "explicit_paddings": [0, 0, top, bottom, left, right, 0, 0]}
        how["strides"] = [1, sh, sw, 1]
        x = tf.random.normal([layer["batch"], h, w, c])
        filters = tf.random.normal([kh, kw, c, layer["filters"]])
        bias = tf.random.normal([layer["filters"]])
        dy = tf.random.normal(tf.raw_ops.Conv2D(input=x, filter=filters, **how).shape)

        def forward(x, filters, dy):
            return tf.nn.bias_add(tf.raw_ops.Conv2D(input=x, filter=filters, **how), bias)

        def data(x, filters, dy):
            return tf.raw_ops.Conv2DBackpropInput(input_sizes=x.shape, filter=filters, out_backprop=dy, **how)

        def filter_(x, filters, dy):
            d = tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=filters.shape, out_backprop=dy, **how)
            return d, tf.reduce_sum(dy, [0, 1, 2])

        f = {"forward": forward, "data": data, "filter": filter_}[layer["pass"]]

        def make(xla):
            g = tf.function(f, jit_compile=xla)
            return lambda: g(x, filters, dy)

        return {"tf.function": lambda: make(False), "tf.function, XLA": lambda: make(True)}

    def step(self, batch):
        images = tf.random.uniform([max(64, batch), 28, 28, 1])
        labels = tf.random.uniform([len(images)], maxval=10, dtype=tf.int32)

        def make(xla, loop):
            parameters = [
                tf.Variable(tf.random.truncated_normal(shape, stddev=0.1) if len(shape) > 1 else tf.fill(shape, 0.1))
                for shape in ([2, 2, 1, 5], [5], [3, 3, 5, 20], [20], [980, 2000], [2000], [2000, 10], [10])
            ]

            def one(x, y):
                w1, b1, w2, b2, w3, b3, w4, b4 = parameters
                with tf.GradientTape() as tape:
                    a = tf.nn.relu(tf.nn.conv2d(x, w1, 2, "VALID") + b1)
                    a = tf.nn.max_pool2d(a, 2, 2, "VALID")
                    a = tf.nn.sigmoid(tf.nn.conv2d(a, w2, 1, "SAME") + b2)
                    a = tf.nn.sigmoid(tf.reshape(a, [-1, 980]) @ w3 + b3)
                    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, a @ w4 + b4))
                for p, g in zip(parameters, tape.gradient(loss, parameters)):
                    p.assign_sub(0.01 * g)
                return loss

            step = tf.function(one, jit_compile=xla)
            if not loop:
                batches = itertools.cycle(
                    [(images[i : i + batch], labels[i : i + batch]) for i in range(0, len(images) - batch + 1, batch)]
                )
                return lambda: step(*next(batches)).numpy()
            offsets = len(images) - batch + 1

            @tf.function(jit_compile=xla)
            def many():
                loss = tf.constant(0.0)
                for i in tf.range(LOOP):
                    at = (i * batch) % offsets
                    x = tf.slice(images, [at, 0, 0, 0], [batch, 28, 28, 1])
                    loss = one(x, tf.slice(labels, [at], [batch]))
                return loss

            return Many(lambda: many().numpy(), LOOP)

        return {
            "tf.function": lambda: make(False, False),
            "tf.function, XLA": lambda: make(True, False),
            "tf.function, loop of steps": lambda: make(False, True),
            "tf.function, XLA, loop of steps": lambda: make(True, True),
        }

    def trainer(self):
        def make(xla, images, labels):
            shapes = [[5, 5, 1, 16], [16], [3, 3, 16, 32], [32], [3, 3, 32, 32], [32], [4 * 4 * 32, 10], [10]]
            parameters = [tf.Variable(uniform(shape)) for shape in shapes]
            first = [tf.Variable(tf.zeros_like(p)) for p in parameters]
            second = [tf.Variable(tf.zeros_like(p)) for p in parameters]
            taken = tf.Variable(0.0)

            def logits(x):
                w1, b1, w2, b2, w3, b3, w4, b4 = parameters
                a = tf.nn.relu(tf.nn.conv2d(x, w1, 2, "SAME") + b1)
                a = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(a, w2, 1, "SAME") + b2), 2, 2, "SAME")
                a = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(a, w3, 1, "SAME") + b3), 2, 2, "SAME")
                return tf.reshape(a, [-1, 4 * 4 * 32]) @ w4 + b4

            @tf.function(jit_compile=xla)
            def one(x, y, rate):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits(x)))
                taken.assign_add(1.0)
                scale = rate * tf.sqrt(1 - 0.999**taken) / (1 - 0.9**taken)
                for p, m, v, g in zip(parameters, first, second, tape.gradient(loss, parameters)):
                    m.assign(0.9 * m + 0.1 * g)
                    v.assign(0.999 * v + 0.001 * g * g)
                    p.assign_sub(scale * m / (tf.sqrt(v) + 1e-8))
                return loss

            predictions = tf.function(lambda x: tf.argmax(logits(x), 1), reduce_retracing=True)
            return (
                lambda picked, rate: one(images[picked], labels[picked], tf.constant(rate, tf.float32)),
                lambda x: predictions(x).numpy(),
            )

        return {"tf.function": lambda x, y: make(False, x, y), "tf.function, XLA": lambda x, y: make(True, x, y)}


def uniform(shape):
    """Weights within ±1/√(inputs of a neuron), as PyTorch draws them."""
    limit = tf.math.rsqrt(tf.cast(tf.reduce_prod(shape[:-1]) if len(shape) > 1 else 100, tf.float32))
    return tf.random.uniform(shape, -limit, limit)


def same(size, kernel, stride):
    """What SAME pads before and after."""
    pad = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return [pad // 2, pad - pad // 2]
