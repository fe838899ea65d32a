"""JAX: jit with donated parameters, one step a call and many steps a call."""

import itertools
import math
import os

os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
from jax import lax

from loop import Many

LOOP = 50  # steps in one call of the looping form


class Framework:
    name = "JAX"
    version = jax.__version__

    def __init__(self, threads):
        self.key = jax.random.key(1)

    def normal(self, *shape):
        self.key, key = jax.random.split(self.key)
        return jax.random.normal(key, shape)

    def conv(self, layer):
        (h, w, c), (kh, kw) = layer["input"], layer["kernel"]
        top, bottom, left, right = layer["pad"]
        x = self.normal(layer["batch"], h, w, c)
        filters = self.normal(kh, kw, c, layer["filters"])
        bias = self.normal(layer["filters"])

        def convolve(x, filters):
            return lax.conv_general_dilated(
                x, filters, layer["stride"], [(top, bottom), (left, right)], dimension_numbers=("NHWC", "HWIO", "NHWC")
            )

        dy = self.normal(*jax.eval_shape(convolve, x, filters).shape)
        f = {
            "forward": lambda x, filters, dy: convolve(x, filters) + bias,
            "data": lambda x, filters, dy: jax.vjp(lambda x: convolve(x, filters), x)[1](dy),
            "filter": lambda x, filters, dy: (jax.vjp(lambda f: convolve(x, f), filters)[1](dy), dy.sum((0, 1, 2))),
        }[layer["pass"]]

        def make():
            g = jax.jit(f)
            return lambda: jax.block_until_ready(g(x, filters, dy))

        return {"jit": make}

    def step(self, batch):
        images = jax.random.uniform(self.key, (max(64, batch), 28, 28, 1))
        labels = jax.random.randint(self.key, (len(images),), 0, 10)
        shapes = [(2, 2, 1, 5), (3, 3, 5, 20), (980, 2000), (2000, 10)]

        def loss(parameters, x, y):
            (w1, b1), (w2, b2), (w3, b3), (w4, b4) = parameters
            numbers = ("NHWC", "HWIO", "NHWC")
            a = jax.nn.relu(lax.conv_general_dilated(x, w1, (2, 2), "VALID", dimension_numbers=numbers) + b1)
            a = a.reshape(-1, 7, 2, 7, 2, 5).max((2, 4))
            a = jax.nn.sigmoid(lax.conv_general_dilated(a, w2, (1, 1), "SAME", dimension_numbers=numbers) + b2)
            a = jax.nn.sigmoid(a.reshape(-1, 980) @ w3 + b3)
            logits = a @ w4 + b4
            return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()

        def one(parameters, x, y):
            value, gradient = jax.value_and_grad(loss)(parameters, x, y)
            return jax.tree.map(lambda p, g: p - 0.01 * g, parameters, gradient), value

        def many(parameters):
            offsets = len(images) - batch + 1

            def body(i, carried):
                at = (i * batch) % offsets
                return one(carried[0], lax.dynamic_slice_in_dim(images, at, batch), lax.dynamic_slice_in_dim(labels, at, batch))

            return lax.fori_loop(0, LOOP, body, (parameters, jnp.float32(0)))

        def fresh():
            return [(0.1 * jnp.clip(self.normal(*s), -2, 2), jnp.full(s[-1], 0.1)) for s in shapes]

        def make():
            state = [fresh()]
            step = jax.jit(one, donate_argnums=0)
            batches = itertools.cycle(
                [(images[i : i + batch], labels[i : i + batch]) for i in range(0, len(images) - batch + 1, batch)]
            )

            def call():
                state[0], value = step(state[0], *next(batches))
                return float(value)

            return call

        def make_many():
            state = [fresh()]
            steps = jax.jit(many, donate_argnums=0)

            def call():
                state[0], value = steps(state[0])
                return float(value)

            return Many(call, LOOP)

        return {"jit, donated": make, "jit, donated, loop of steps": make_many}

    def trainer(self):
        def logits(parameters, x):
            (w1, b1), (w2, b2), (w3, b3), (w4, b4) = parameters
            numbers = ("NHWC", "HWIO", "NHWC")
            a = jax.nn.relu(lax.conv_general_dilated(x, w1, (2, 2), "SAME", dimension_numbers=numbers) + b1)
            a = jax.nn.relu(lax.conv_general_dilated(a, w2, (1, 1), "SAME", dimension_numbers=numbers) + b2)
            a = a.reshape(-1, 7, 2, 7, 2, 32).max((2, 4))
            a = jax.nn.relu(lax.conv_general_dilated(a, w3, (1, 1), "SAME", dimension_numbers=numbers) + b3)
            a = jnp.pad(a, ((0, 0), (0, 1), (0, 1), (0, 0))).reshape(-1, 4, 2, 4, 2, 32).max((2, 4))
            return a.reshape(-1, 4 * 4 * 32) @ w4 + b4

        def loss(parameters, x, y):
            return -jnp.take_along_axis(jax.nn.log_softmax(logits(parameters, x)), y[:, None], 1).mean()

        def one(state, x, y, rate):
            parameters, first, second, taken = state
            gradient = jax.grad(loss)(parameters, x, y)
            taken = taken + 1
            first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
            second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
            scale = rate * jnp.sqrt(1 - 0.999**taken) / (1 - 0.9**taken)
            parameters = jax.tree.map(lambda p, m, v: p - scale * m / (jnp.sqrt(v) + 1e-8), parameters, first, second)
            return parameters, first, second, taken

        def make(images, labels):
            def fresh(*shape):
                limit = math.prod(shape[:-1]) ** -0.5  # as PyTorch draws them
                self.key, a, b = jax.random.split(self.key, 3)
                return jax.random.uniform(a, shape, jnp.float32, -limit, limit), jax.random.uniform(b, shape[-1:], jnp.float32, -limit, limit)

            parameters = [fresh(5, 5, 1, 16), fresh(3, 3, 16, 32), fresh(3, 3, 32, 32), fresh(4 * 4 * 32, 10)]
            zeros = jax.tree.map(jnp.zeros_like, parameters)
            state = [(parameters, zeros, jax.tree.map(jnp.zeros_like, parameters), jnp.float32(0))]
            step = jax.jit(one, donate_argnums=0)
            predictions = jax.jit(lambda p, x: logits(p, x).argmax(1))

            def take(picked, rate):
                state[0] = step(state[0], images[picked], labels[picked], jnp.float32(rate))

            return take, lambda x: jax.device_get(predictions(state[0][0], x))

        return {"jit, donated": make}
