"""Writes frames of the older video framing to a file: u64 length, native order, then a pickle of a
numpy picture, as the older client sends them. Usage: make-pickles.py FILE COUNT WIDTH HEIGHT"""

import pickle
import struct
import sys

import numpy

path, count, width, height = sys.argv[1], *map(int, sys.argv[2:])
rows = numpy.arange(height, dtype=numpy.uint16)[:, None, None]
columns = numpy.arange(width, dtype=numpy.uint16)[None, :, None]
channels = numpy.array([1, 2, 3], dtype=numpy.uint16)[None, None, :]
noise = numpy.random.default_rng(1).integers(0, 24, (height, width, 3), dtype=numpy.uint16)

with open(path, "wb") as file:
    for number in range(count):
        # A gradient that moves, and the noise of a cheap camera.
        moving = (rows + columns * channels // 2 + number * 4 + noise) % 256
        data = pickle.dumps(moving.astype(numpy.uint8))
        file.write(struct.pack("Q", len(data)))
        file.write(data)
