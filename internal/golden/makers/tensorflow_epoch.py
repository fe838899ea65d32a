"""One epoch of the article's network by TensorFlow, in float32: batch 1, SGD with
rate 0.01, images 5000…59999 in file order, from the initial weights of seed 1;
then the test images.

    tensorflow_epoch.py FOLDER
"""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

import initial_weights
import mnist

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

NAMES = ("conv_w_1", "conv_b_1", "conv_w_2", "conv_b_2", "fc_w_1", "fc_b_1", "fc_w_2", "fc_b_2")


def data(images, labels):
    return mnist.images(images)[..., None], mnist.labels(labels).astype(np.int64)


def main(out):
    x, y = data("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
    test_x, test_y = data("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    weights = initial_weights.article(1)
    p = [tf.Variable(weights[name]) for name in NAMES]

    def net(images):
        h = tf.nn.relu(tf.nn.conv2d(images, p[0], 2, "SAME") + p[1])
        h = tf.nn.max_pool2d(h, 2, 2, "SAME")
        h = tf.sigmoid(tf.nn.conv2d(h, p[2], 1, "SAME") + p[3])
        h = tf.reshape(h, [-1, 980])
        return tf.sigmoid(h @ p[4] + p[5]) @ p[6] + p[7]

    @tf.function
    def step(image, label):
        with tf.GradientTape() as tape:
            logits = net(image)
            loss = tf.reduce_sum(tf.nn.sparse_softmax_cross_entropy_with_logits(label, logits))
        for variable, gradient in zip(p, tape.gradient(loss, p)):
            variable.assign_sub(0.01 * gradient)
        return loss, tf.argmax(logits, 1)[0] == label[0]

    losses, right = [], []
    for i in range(5000, 60000):
        loss, correct = step(x[i : i + 1], y[i : i + 1])
        losses.append(float(loss))
        right.append(bool(correct))
    logits = tf.concat([net(test_x[i : i + 1000]) for i in range(0, 10000, 1000)], 0)
    predictions = tf.argmax(logits, 1).numpy()
    test_loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(test_y, logits))

    def means(values):
        return [float(np.mean(values[k : k + 1000])) for k in range(0, 55000, 1000)]

    with open(out + "/tensorflow_epoch.json", "w") as f:
        json.dump(dict(
            order="images 5000..59999 in file order",
            learning_rate=0.01,
            loss_first_1000=losses[:1000],
            mean_loss_per_1000=means(losses),
            accuracy_per_1000=means(right),
            test_loss=float(test_loss),
            test_correct=int((predictions == test_y).sum()),
            test_predictions="".join(map(str, predictions)),
        ), f)


if __name__ == "__main__":
    main(sys.argv[1])
