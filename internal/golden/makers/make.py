"""Makes the golden files again and compares them with those kept.

    make.py [--keep] [MAKER...]

Runs each maker that ../files.json names (or those given) into a temporary folder.
A file is right when its content is that of the kept one to the bit, or, where the
list allows a bound, when no number is further off than that as a share of the
larger of the two. With --keep new content takes the kept one's place, in testdata
and in the list. A maker that lacks something is named and left out.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

MAKERS = pathlib.Path(__file__).parent
KEPT = MAKERS.parent / "testdata"
LIST = MAKERS.parent / "files.json"


def unpacked(path):
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def values(name, path):
    """What a file says, as lists, dicts and numbers."""
    if ".npy" in name:
        return np.load(path, allow_pickle=True).item()
    return [json.loads(line) for line in unpacked(path).splitlines()]


def apart(a, b):
    """The largest difference between two numbers, as a share of the larger."""
    if isinstance(a, dict):
        return apart(list(a.values()), list(b.values())) if list(a) == list(b) else np.inf
    if isinstance(a, (list, np.ndarray)):
        return max([0, *map(apart, a, b)]) if len(a) == len(b) else np.inf
    if a == b:
        return 0
    numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
    return abs(a - b) / max(abs(a), abs(b)) if numbers else np.inf


def compare(entry, made):
    """What a made file is, and whether it is right."""
    content = made.read_bytes()
    if hashlib.sha256(content).hexdigest() == entry["sha256"]:
        return "the same to the bit", True
    if "within" not in entry:
        return "other content", False
    share = apart(values(entry["file"], made), values(entry["file"], KEPT / entry["file"]))
    return f"apart by {share:.1e} at most, {entry['within']:.0e} allowed", bool(share <= entry["within"])


def keep(entry, made):
    content = made.read_bytes()
    entry["sha256"] = hashlib.sha256(content).hexdigest()
    packed = gzip.compress(content, 9, mtime=0) if entry["file"].endswith(".gz") else content
    (KEPT / entry["file"]).write_bytes(packed)


def write_list(files):
    LIST.write_text("[\n" + ",\n".join("\t" + json.dumps(f, ensure_ascii=False) for f in files) + "\n]\n")


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--keep", action="store_true")
    arguments.add_argument("makers", nargs="*")
    options = arguments.parse_args()
    files = json.loads(LIST.read_text())
    wrong = made = 0
    for maker in options.makers or dict.fromkeys(f["maker"] for f in files):
        with tempfile.TemporaryDirectory() as folder:
            print(f"{maker} …", flush=True)
            run = subprocess.run([sys.executable, MAKERS / maker, folder], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if run.returncode != 0:
                print("  left out:", (run.stderr.strip() or "failed").splitlines()[-1])
                continue
            for entry in (f for f in files if f["maker"] == maker):
                path = pathlib.Path(folder) / entry["file"].removesuffix(".gz")
                says, right = compare(entry, path)
                print(f"  {entry['file']}: {says}", flush=True)
                made += 1
                wrong += not right
                if options.keep and says != "the same to the bit":
                    keep(entry, path)
    if options.keep:
        write_list(files)
    elif wrong or not made:
        sys.exit(f"{made} files made, {wrong} of them wrong")


if __name__ == "__main__":
    main()
