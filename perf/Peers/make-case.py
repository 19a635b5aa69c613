#!/usr/bin/env python3
"""Writes the two input files of the peers, with nothing but Python's standard library.

    make-case.py FOLDER 784-256-10 --batch 256 [--seed 7]

FOLDER/weights.safetensors holds layers.N.weight [out, in] and layers.N.bias [out], float32: weights uniform in ±sqrt(6 / in), biases uniform in ±0.1.
FOLDER/data.safetensors holds x float32 [batch, in], uniform in [0, 1), and y int64 [batch], uniform classes. The same arguments give the same bytes.
"""

import argparse
import array
import json
import pathlib
import random
import struct
import sys


def write_safetensors(path, tensors):
    """tensors: (name, shape, array of 'f' or 'q')."""
    header, offset = {}, 0
    for name, shape, values in tensors:
        end = offset + len(values) * values.itemsize
        header[name] = {"dtype": {"f": "F32", "q": "I64"}[values.typecode], "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # keeps the numbers aligned
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, values in tensors:
            if sys.byteorder == "big":
                values.byteswap()
            values.tofile(file)


def uniform(generator, count, low, high):
    return array.array("f", (low + (high - low) * generator.random() for _ in range(count)))


def main():
    parser = argparse.ArgumentParser(description="Writes weights.safetensors and data.safetensors for the peers.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("sizes", help="inputs, hidden widths and outputs, such as 784-256-10")
    parser.add_argument("--batch", type=int, required=True, help="examples of the minibatch")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    try:
        sizes = [int(size) for size in options.sizes.split("-")]
    except ValueError:
        sizes = []
    if len(sizes) < 2 or min(sizes) < 1 or options.batch < 1:
        parser.error(f"sizes '{options.sizes}' and batch {options.batch}, where sizes such as 784-256-10 and a batch of 1 or more would be right")

    generator = random.Random(options.seed)
    weights = []
    for layer, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        bound = (6 / inputs) ** 0.5
        weights.append((f"layers.{layer}.weight", [outputs, inputs], uniform(generator, inputs * outputs, -bound, bound)))
        weights.append((f"layers.{layer}.bias", [outputs], uniform(generator, outputs, -0.1, 0.1)))
    data = [
        ("x", [options.batch, sizes[0]], uniform(generator, options.batch * sizes[0], 0.0, 1.0)),
        ("y", [options.batch], array.array("q", (generator.randrange(sizes[-1]) for _ in range(options.batch)))),
    ]
    options.folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(options.folder / "weights.safetensors", weights)
    write_safetensors(options.folder / "data.safetensors", data)


if __name__ == "__main__":
    main()
