"""A client of the older plain framing, for tests: real sockets, real pickle, real numpy.

Opens all three connections, screen first, then video, then audio; stays silent for a while; then
sends the same number of frames on each kind that was asked for. All it sends follows from --seed.
Prints one JSON object a line on stdout:

  {"event": "connected"}
  {"event": "sent", "kind": "screen", "frame": 0, "sha256": "...", "bytes": 12345}
  {"event": "sent", "kind": "video", "frame": 0, "sha256": "...", "width": 640, "height": 480}
  {"event": "sent", "kind": "audio", "frame": 0, "sha256": "...", "bytes": 4096}
  {"event": "done", "audioSha256": "..."}                  (of all the PCM in order)
  {"event": "received", "frame": 0, "width": ..., "height": ..., "file": "..."}
  {"event": "closed", "kind": "video"}                     (the server closed it)

A picture's sha256 is that of its BGR pixels; a JPEG's that of the file. Frames go out in odd pieces.
"""

import argparse
import hashlib
import json
import os
import pickle
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import numpy

RATE = 44100
CHUNK_FRAMES = 1024
KINDS = ("screen", "video", "audio")
LENGTH = {"screen": ">I", "video": "Q", "audio": ">I"}
printing = threading.Lock()


def say(event, **fields):
    with printing:
        print(json.dumps({"event": event, **fields}), flush=True)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def picture(width, height, index, seed):
    """BGR: blue grows to the right, green downwards, red in blocks that move with the frames."""
    across = numpy.linspace(0, 255, width).astype("uint8")
    down = numpy.linspace(0, 255, height).astype("uint8")
    frame = numpy.empty((height, width, 3), "uint8")
    frame[:, :, 0] = across[None, :]
    frame[:, :, 1] = down[:, None]
    columns = (numpy.arange(width)[None, :] // 32 + index + seed) % 2
    rows = numpy.arange(height)[:, None] // 32 % 2
    frame[:, :, 2] = numpy.where(columns == rows, 200, 40)
    return frame


def jpegs(count, width, height, seed):
    """JPEG files of those pictures, by ffmpeg."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "bgr24"]
        command += ["-s", f"{width}x{height}", "-r", "10", "-i", "-", "-q:v", "3"]
        command += ["-start_number", "0", os.path.join(folder, "%d.jpg")]
        frames = b"".join(picture(width, height, i, seed).tobytes() for i in range(count))
        subprocess.run(command, input=frames, check=True)
        return [open(os.path.join(folder, f"{i}.jpg"), "rb").read() for i in range(count)]


def sound(index, tone):
    """One chunk: the tone on the left, half as loud on the right; continuous over the chunks."""
    at = numpy.arange(index * CHUNK_FRAMES, (index + 1) * CHUNK_FRAMES)
    left = numpy.sin(2 * numpy.pi * tone * at / RATE) * 16000
    return numpy.column_stack([left, left / 2]).astype("<i2").tobytes()


def send_split(sock, data, rng, split):
    """Sends in a few pieces, cut inside the length, inside the head of the body, and at random."""
    cuts = []
    if split:
        cuts = sorted({1, 3, 5, 9, 4 + rng.randrange(1, 60), rng.randrange(len(data))})
    at = 0
    for cut in [cut for cut in cuts if cut < len(data)] + [len(data)]:
        sock.sendall(data[at:cut])
        at = cut
        if split:
            time.sleep(rng.random() * 0.002)


class Frames:
    """What is sent on each kind: (whole bytes, what is said of it)."""

    def __init__(self, options):
        self.options = options
        width, height = options.screen_size
        self.jpegs = []
        if "screen" in options.kinds:
            self.jpegs = jpegs(options.frames, width, height, options.seed)
        self.audio = hashlib.sha256()

    def framed(self, kind, body):
        code = LENGTH[kind]
        if kind == "video" and self.options.byte_order != "native":
            code = {"little": "<Q", "big": ">Q"}[self.options.byte_order]
        return struct.pack(code, len(body)) + body

    def make(self, kind, index):
        options = self.options
        if kind == "screen":
            body = self.jpegs[index]
            return self.framed(kind, body), {"sha256": sha256(body), "bytes": len(body)}
        if kind == "audio":
            body = sound(index, options.tone)
            self.audio.update(body)
            return self.framed(kind, body), {"sha256": sha256(body), "bytes": len(body)}
        width, height = options.size
        frame = picture(width, height, index, options.seed)
        if options.save:
            numpy.save(os.path.join(options.save, f"sent-{index}.npy"), frame)
        body = pickle.dumps(frame, protocol=options.protocol)
        said = {"sha256": sha256(frame.tobytes()), "width": width, "height": height}
        return self.framed(kind, body), said


def read_exactly(sock, count):
    data = bytearray()
    while len(data) < count:
        part = sock.recv(min(65536, count - len(data)))
        if not part:
            return None
        data += part
    return bytes(data)


def receive(sock, options):
    """Reads what the server sends back on the video socket, as the older programs do."""
    for index in range(options.receive):
        head = read_exactly(sock, struct.calcsize("Q"))
        body = None if head is None else read_exactly(sock, struct.unpack("Q", head)[0])
        if body is None:
            return
        frame = pickle.loads(body)
        height, width = frame.shape[:2]
        file = None
        if options.save:
            file = os.path.join(options.save, f"received-{index}.npy")
            numpy.save(file, frame)
        say("received", frame=index, width=width, height=height, dtype=frame.dtype.name,
            sha256=sha256(frame.tobytes()), file=file)


def stream(kind, sock, frames, options):
    rng = random.Random(options.seed * 31 + KINDS.index(kind))
    seconds = CHUNK_FRAMES / RATE if kind == "audio" else 1 / options.fps
    count = options.chunks if kind == "audio" else options.frames
    begun = time.monotonic()
    try:
        for index in range(count):
            data, said = frames.make(kind, index)
            send_split(sock, data, rng, options.split)
            say("sent", kind=kind, frame=index, **said)
            time.sleep(max(0, begun + (index + 1) * seconds - time.monotonic()))
    except OSError:
        say("closed", kind=kind)


def size(text):
    width, height = text.split("x")
    return int(width), int(height)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--ports", required=True, help="SCREEN,VIDEO,AUDIO")
    parser.add_argument("--kinds", default="screen,video,audio")
    parser.add_argument("--silent", type=float, default=0.5, help="seconds before the first frame")
    parser.add_argument("--frames", type=int, default=5, help="pictures of each kind")
    parser.add_argument("--chunks", type=int, default=40, help="chunks of sound, 1024 frames each")
    parser.add_argument("--fps", type=float, default=10)
    parser.add_argument("--size", type=size, default=(640, 480), help="of the camera")
    parser.add_argument("--screen-size", type=size, default=(600, 400))
    parser.add_argument("--tone", type=float, default=440)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocol", type=int, default=pickle.DEFAULT_PROTOCOL)
    parser.add_argument("--byte-order", choices=("native", "little", "big"), default="native")
    parser.add_argument("--no-split", dest="split", action="store_false")
    parser.add_argument("--receive", type=int, default=0, help="pictures to wait for at the end")
    parser.add_argument("--save", help="folder for sent-N.npy and received-N.npy")
    parser.add_argument("--linger", type=float, default=0, help="seconds silent before closing")
    parsed = parser.parse_args()
    parsed.kinds = parsed.kinds.split(",")
    return parsed


def main(options):
    frames = Frames(options)
    ports = [int(port) for port in options.ports.split(",")]
    socks = {kind: socket.create_connection((options.host, port)) for kind, port in zip(KINDS, ports)}
    say("connected", ports=[socks[kind].getsockname()[1] for kind in KINDS])
    time.sleep(options.silent)
    threads = [
        threading.Thread(target=stream, args=(kind, socks[kind], frames, options))
        for kind in KINDS
        if kind in options.kinds
    ]
    if options.receive > 0:
        threads.append(threading.Thread(target=receive, args=(socks["video"], options)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(options.linger)
    say("done", audioSha256=frames.audio.hexdigest())
    for sock in socks.values():
        sock.close()


if __name__ == "__main__":
    options = parse()
    try:
        main(options)
    except (OSError, KeyboardInterrupt) as error:
        print(f"older-client: {error}", file=sys.stderr)
        sys.exit(1)
