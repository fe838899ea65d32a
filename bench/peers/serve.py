"""Times one framework on request.

    python serve.py tensorflow|jax|torch --threads N

Reads one JSON object a line from standard input and answers each with one:

    {"op": "conv", "pass": "forward"|"data"|"filter", "layer": {…}}   a layer of ../shapes/layers/*.json
    {"op": "step", "batch": N}                                        the article's training step
        → {"forms": [names of the ways the framework can do that], "failed": {name: why}}
    {"op": "time", "form": NAME, "seconds": S}
        → {"samples": [seconds a call, …]}
    {"op": "train", "folder": F, "form": NAME, "seed": N}             to 99 %, see mnist.py
        → {"seconds": S, "accuracy": A}; without a form: {"forms": […]}
    {"op": "memory"}  → {"peak": bytes}                               of this process so far
    {"op": "about"}   → {"name": …, "version": …, "threads": …}

Only the process that is asked works, so that several can be measured in turns.
"""

import argparse
import importlib
import json
import os
import sys
import time

SAMPLE = 0.002  # seconds a sample should last at least


def calls_per_sample(call):
    """Warms the call up (compilation included) and finds how many fill a sample."""
    call()
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            call()
        spent = time.perf_counter() - start
        if spent >= SAMPLE:
            return count
        count *= 2


def sample(call, count, seconds):
    """Returns the seconds a call took, one figure for every count calls."""
    samples = []
    end = time.perf_counter() + seconds
    while not samples or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(count):
            call()
        samples.append((time.perf_counter() - start) / count)
    return samples


def peak_memory():
    """The largest resident set so far, in bytes."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def np_range(n):
    import numpy as np

    return np.arange(n)


class Server:
    def __init__(self, name, threads):
        self.threads = threads
        self.framework = importlib.import_module("with_" + name).Framework(threads)
        self.forms = {}
        self.counts = {}

    def about(self, _):
        return {"name": self.framework.name, "version": self.framework.version, "threads": self.threads}

    def conv(self, request):
        layer = dict(request["layer"])
        layer["pass"] = request["pass"]
        return self.prepare(self.framework.conv(layer))

    def step(self, request):
        return self.prepare(self.framework.step(request["batch"]))

    def prepare(self, makers):
        """Makes every form and calls it once; one that fails is named, not timed."""
        self.forms, self.counts, failed = {}, {}, {}
        for name, make in makers.items():
            try:
                call = make()
                self.counts[name] = calls_per_sample(call)
                self.forms[name] = call
            except Exception as e:  # whatever a framework raises for what it cannot do
                failed[name] = f"{type(e).__name__}: {e}".splitlines()[0][:200]
        return {"forms": list(self.forms), "failed": failed}

    def time(self, request):
        form = request["form"]
        call = self.forms[form]
        steps = getattr(call, "steps", 1)  # of a call that takes several training steps
        return {"samples": [s / steps for s in sample(call, self.counts[form], request["seconds"])]}

    def train(self, request):
        import mnist

        makers = self.framework.trainer()
        if "form" not in request:
            return {"forms": list(makers)}
        x, y, test_x, test_y = mnist.read(request["folder"])
        step, predict = makers[request["form"]](x, y)
        step(np_range(mnist.BATCH), 0.0)  # compilation does not count
        step(np_range(len(x) % mnist.BATCH or mnist.BATCH), 0.0)
        start = time.perf_counter()
        for picked, rate in mnist.batches(len(x), request["seed"]):
            step(picked, rate)
        predict(test_x[:1])  # whatever is still under way
        seconds = time.perf_counter() - start
        right = sum(int((predict(test_x[i : i + 1000]) == test_y[i : i + 1000]).sum()) for i in range(0, len(test_x), 1000))
        return {"seconds": seconds, "accuracy": right / len(test_x)}

    def memory(self, _):
        return {"peak": peak_memory()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("framework", choices=["tensorflow", "jax", "torch"])
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()
    if args.threads < len(os.sched_getaffinity(0)):
        # Every framework's pools then agree on the number of threads.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-args.threads :])
    # What frameworks print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    server = Server(args.framework, args.threads)
    operations = {"conv": server.conv, "step": server.step, "time": server.time, "train": server.train, "memory": server.memory, "about": server.about}
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(operations[request["op"]](request)), file=answers, flush=True)


if __name__ == "__main__":
    main()
