"""A thousand training steps by the article's program, in float64: the article's
network from the initial weights of seed 1, batch 1, SGD with rate 0.01, training
images 5000…5999. Writes losses, right or wrong and parameters, and a weights file
as the article's program saves it, the hidden layer cut to 4 neurons.

    ARTICLE=FOLDER-OF-MODEL.PY article_training.py FOLDER
"""

import json
import sys

import numpy as np

import initial_weights
import mnist
from article import NO_FILE, model

STEPS, RATE = 1000, 0.01
CONV_1 = dict(convolution=False, stride=2, center_w_l=(0, 0))
POOL_1 = dict(convolution=False, stride=2, center_window=(0, 0), window_shape=(2, 2))
CONV_2 = dict(convolution=False, stride=1, center_w_l=(1, 1))


def main(out):
    images = mnist.images("train-images-idx3-ubyte")[5000:]
    labels = mnist.labels("train-labels-idx1-ubyte")[5000:]
    start = {name: a.astype(np.float64) for name, a in initial_weights.article(1).items()}
    cw1 = [start["conv_w_1"][:, :, 0, o] for o in range(5)]
    cw2 = [start["conv_w_2"][:, :, i, o] for i in range(5) for o in range(20)]
    cb1, cb2 = start["conv_b_1"], start["conv_b_2"]
    fw1, fb1, fw2, fb2 = start["fc_w_1"], start["fc_b_1"], start["fc_w_2"], start["fc_b_2"]

    loss, correct = [], []
    for image, label in zip(images[:STEPS], labels):
        x = [image.astype(np.float64)]
        truth = np.zeros(10)
        truth[label] = 1

        a1, cw1, cb1 = model.convolution_feed(x, cw1, "conv_w_1", (2, 2), cb1, "conv_b_1", 5, "relu", NO_FILE, CONV_1)
        a2, chosen = model.maxpool_feed(a1, POOL_1)
        a3, cw2, cb2 = model.convolution_feed(a2, cw2, "conv_w_2", (3, 3), cb2, "conv_b_2", 20, "sigmoid", NO_FILE, CONV_2)
        v = model.matrix2vector_tf(a3)
        hidden, fw1, fb1 = model.fc_multiplication(v, fw1, "fc_w_1", fb1, "fc_b_1", 2000, "sigmoid", NO_FILE)
        y, fw2, fb2 = model.fc_multiplication(hidden, fw2, "fc_w_2", fb2, "fc_b_2", 10, "softmax", NO_FILE)
        loss.append(float(model.loss_fn(truth, y, feed=True).sum()))
        correct.append(bool(truth.argmax() == y.argmax()))

        d = model.loss_fn(truth, y, feed=False)
        d, fw2, fb2 = model.fc_backpropagation(hidden, d, y, fw2, fb2, "softmax", RATE)
        d, fw1, fb1 = model.fc_backpropagation(v, d, hidden, fw1, fb1, "sigmoid", RATE)
        d = model.vector2matrix_tf(d, a3[0].shape)
        d, cw2, cb2 = model.convolution_backpropagation(a2, a3, cw2, cb2, d, 20, "sigmoid", RATE, CONV_2)
        d = model.maxpool_back(d, chosen, a1[0].shape)
        d, cw1, cb1 = model.convolution_backpropagation(x, a1, cw1, cb1, d, 5, "relu", RATE, CONV_1)

    flat = lambda a: np.asarray(a, dtype=np.float64).reshape(-1).tolist()
    with open(out + "/article_trace.json", "w") as f:
        json.dump(dict(
            init_seed=1, images="5000 onward, in file order", steps=STEPS, learning_rate=RATE,
            loss=loss, correct=correct,
            conv_w_1_after=[k.tolist() for k in cw1], conv_b_1_after=flat(cb1),
            conv_w_2_after=[k.tolist() for k in cw2], conv_b_2_after=flat(cb2),
            fc_b_1_after=flat(fb1), fc_w_2_after_first_row=flat(fw2[0]), fc_b_2_after=flat(fb2),
        ), f)
    np.save(out + "/article_weights_small.npy", dict(
        step=STEPS - 1, loss_change=loss, accuracy_change=correct,
        conv_w_1=cw1, conv_b_1=cb1, conv_w_2=cw2, conv_b_2=cb2,
        fc_w_1=fw1[:, :4].copy(), fc_b_1=np.asarray(fb1).reshape(1, -1)[:, :4].copy(),
        fc_w_2=fw2[:4].copy(), fc_b_2=fb2,
    ), allow_pickle=True)


if __name__ == "__main__":
    main(sys.argv[1])
