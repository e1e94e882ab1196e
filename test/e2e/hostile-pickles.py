"""Prints pickles that must be refused, one JSON object a line: {"name": ..., "base64": ...}.

The first would run a command when it is unpickled as the older programs do it: it makes the file
whose path is the only argument. All are made by the real pickle and the real numpy.
"""

import base64
import json
import os
import pickle
import subprocess
import sys

import numpy

CANARY = sys.argv[1]


class Calls:
    """Unpickling it calls `function(*arguments)`."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def picture(shape=(48, 64, 3), dtype="uint8"):
    return numpy.zeros(shape, dtype)


HONEST = pickle.dumps(picture())
BODIES = {
    "os.system": pickle.dumps(Calls(os.system, f"touch {CANARY}")),
    "subprocess in protocol 2": pickle.dumps(Calls(subprocess.call, ["touch", CANARY]), protocol=2),
    "eval": pickle.dumps(Calls(eval, f"open({CANARY!r}, 'w')")),
    "a command beside a picture": pickle.dumps([picture(), Calls(os.system, f"touch {CANARY}")]),
    "an array of objects": pickle.dumps(numpy.array([Calls(os.system, f"touch {CANARY}")], object)),
    "float32": pickle.dumps(picture(dtype="float32")),
    "int8": pickle.dumps(picture(dtype="int8")),
    "two dimensions": pickle.dumps(picture((48, 64))),
    "four channels": pickle.dumps(picture((48, 64, 4))),
    "no rows": pickle.dumps(picture((0, 64, 3))),
    "a list": pickle.dumps([1, 2, 3]),
    "cut in the middle": HONEST[: len(HONEST) // 2],
    "one byte short": HONEST[:-1],
    "one byte more": HONEST + b".",
    # 48 as BININT1 in the shape, so that the byte count does not fit any more.
    "more rows than bytes": HONEST.replace(b"K\x30K\x40K\x03", b"K\x31K\x40K\x03"),
    "noise": bytes(range(256)) * 4,
}
assert BODIES["more rows than bytes"] != HONEST

print(json.dumps({"name": "honest", "base64": base64.b64encode(HONEST).decode()}))
for name, body in BODIES.items():
    print(json.dumps({"name": name, "base64": base64.b64encode(body).decode()}))
