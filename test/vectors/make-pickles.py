"""Writes the pickles in this folder: python3 test/vectors/make-pickles.py

Each holds the same picture, 3 wide and 2 high, pixel values 0, 13, 26, ... 221: blue, green, red of
the first pixel, then of the next. Made with real numpy; the numpy-1 ones are those of numpy 2 with
the module's older name.
"""

import os
import pickle
import struct

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
PICTURE = (numpy.arange(2 * 3 * 3) * 13).astype("uint8").reshape(2, 3, 3)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data)


def as_numpy_1(data):
    """Renames numpy._core to numpy.core; mends the string's length and the FRAME's."""
    for new in (b"numpy._core.multiarray", b"numpy._core.numeric"):
        old = new.replace(b"_core", b"core")
        short = b"\x8c" + bytes([len(new)]) + new
        if short in data:
            data = data.replace(short, b"\x8c" + bytes([len(old)]) + old)
            (size,) = struct.unpack_from("<Q", data, 3)
            data = data[:3] + struct.pack("<Q", size - 1) + data[11:]
        else:
            data = data.replace(new, old)
    pickle.loads(data)  # raises when the mending is wrong
    return data


for protocol in (2, 3, 4, 5):
    data = pickle.dumps(PICTURE, protocol=protocol)
    write(f"picture-protocol-{protocol}.pickle", data)
    write(f"picture-protocol-{protocol}-numpy-1.pickle", as_numpy_1(data))
    fortran = pickle.dumps(numpy.asfortranarray(PICTURE), protocol=protocol)
    write(f"picture-protocol-{protocol}-fortran.pickle", fortran)

# Rows and columns lie the other way round; numpy 2.4 says so with order K in protocol 5.
turned = numpy.ascontiguousarray(PICTURE.transpose(1, 0, 2)).transpose(1, 0, 2)
write("picture-protocol-5-axes.pickle", pickle.dumps(turned, protocol=5))
