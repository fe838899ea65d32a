"""The article's own program, which is not ours to copy: the module model of
https://github.com/skalinin/CNN-from-Scratch at commit
665e3e519f2312d6ec7df575ae7239b59ab83f2f of 2017-12-21. $ARTICLE is the folder that
model.py lies in."""

import contextlib
import hashlib
import os
import sys

SHA256 = "d6de43fc6e9bf5c9efa71452ff6d3ae2b527768e8b144a7a4ece4644f1de6035"

# No file of weights: the program takes those that it is given.
NO_FILE = "/nonexistent"

folder = os.environ.get("ARTICLE")
if not folder:
    sys.exit("ARTICLE is not set: want the folder of the article's model.py")
with open(os.path.join(folder, "model.py"), "rb") as f:
    digest = hashlib.sha256(f.read()).hexdigest()
if digest != SHA256:
    sys.exit(f"{folder}/model.py: SHA-256 {digest}: want {SHA256}")
sys.path.insert(0, folder)
sys.dont_write_bytecode = True

import model


@contextlib.contextmanager
def without_activation():
    """The program's layers with the identity as activation, which it has not."""
    original = model.activation_fn
    model.activation_fn = lambda m, fn_name, feed: m.copy() if feed else m * 0 + 1
    yield
    model.activation_fn = original
