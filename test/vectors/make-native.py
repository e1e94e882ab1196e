"""Writes native/*.hex: streams of the native framing, and what a reader makes of each.

The layouts are meet-protocol(7)'s, packed by Python's own struct module, so that they owe nothing to
src/transport. Run it in this folder; the files are committed.

A file: `kind KIND`, then what is expected in order, one a line, then the bytes in hex, as many lines
as there are parts. Expectations:

  preamble VERSION KIND_NUMBER
  control TEXT                    the payload, as JSON writes a string of Latin-1 characters
  media SEQUENCE CAPTURED_AT_US ENCODED_AFTER_US FLAGS PAYLOAD_HEX     FLAGS: key, unchanged or none
  error CODE                      last: the reader refuses here
"""
import json
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "native")
KINDS = {"screen": 1, "video": 2, "audio": 3}
JPEG = bytes.fromhex("ffd8ffc0000b080030004001011100") + b"\x5a" * 9  # 64x48
BOMB = bytes.fromhex("ffd8ffc0000b08ffffffff01011100") + b"\x5a" * 9  # 65535x65535
SOUND = struct.pack("<6h", 0, 1, -1, 32767, -32768, 258)
AT = 1_800_000_000_123_456


def preamble(kind, version=1, magic=b"MEET"):
    return struct.pack(">4sBBH", magic, version, KINDS.get(kind, kind), 0)


def record(payload=b"", *, type=0, codec=0, flags=0, source=0, seq=0, length=None, at=0, enc=0, relay=0):
    size = len(payload) if length is None else length
    return struct.pack(">BBHIIIQII", type, codec, flags, source, seq, size, at, enc, relay) + payload


def control(value):
    payload = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return record(payload), "control " + json.dumps(payload.decode("latin-1"), ensure_ascii=False)


def media(kind, payload=b"", *, seq=0, at=AT, enc=0, flags=None, **fields):
    codec = 0 if payload == b"" else (2 if kind == "audio" else 1)
    bits = (2 if payload == b"" else 1) if flags is None else flags
    words = {0: "none", 1: "key", 2: "unchanged"}[bits & 3]
    line = f"media {seq} {at} {enc} {words} {payload.hex()}".rstrip()
    return record(payload, type=1, codec=codec, flags=bits, seq=seq, at=at, enc=enc, **fields), line


def raw(data, line=None):
    return data, line


def write(name, kind, *parts, opening=None):
    parts = [opening or raw(preamble(kind), f"preamble 1 {KINDS[kind]}"), *parts]
    lines = [f"kind {kind}", *(line for _, line in parts if line), "", *(data.hex() for data, _ in parts)]
    with open(os.path.join(HERE, f"{name}.hex"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def refused(name, kind, data, code, *before):
    write(name, kind, *before, raw(data, f"error {code}"))


HELLO = control({"type": "hello", "versions": [1], "role": "publish", "name": "kiosk", "session": "abcdefgh"})
os.makedirs(HERE, exist_ok=True)

# What a reader takes.
write("preamble-alone", "screen")
write("screen-hello-and-picture", "screen", HELLO, media("screen", JPEG, seq=0, enc=4321))
write("video-pictures", "video", HELLO, *(media("video", JPEG, seq=n, at=AT + n) for n in range(3)))
write("audio-chunks", "audio", HELLO, *(media("audio", SOUND, seq=n, enc=20) for n in range(3)))
write("unchanged-pictures", "screen", media("screen", JPEG), media("screen", seq=1), media("screen", seq=2))
write("control-between-pictures", "screen", media("screen", JPEG), control({"type": "ping", "id": 1, "sentAtUs": AT}), media("screen", JPEG, seq=1))
write("control-of-any-bytes", "audio", control(b"\xff\xfe not JSON"), control(b"{}"))
write("control-without-payload", "audio", control(b""))
write("picture-that-is-no-key", "screen", media("screen", JPEG, flags=0))
write("flags-that-are-reserved", "screen", media("screen", JPEG, flags=0xFFFD))
write("fields-at-their-most", "video", media("video", JPEG, seq=2**32 - 1, at=2**53 - 1, enc=2**32 - 1, source=2**32 - 1, relay=2**32 - 1))
write("least-sound", "audio", media("audio", b"\x01\x02"))
write("preamble-of-another-version", "screen", opening=raw(preamble("screen", 255), "preamble 255 1"))
write("preamble-of-another-kind", "screen", opening=raw(preamble("audio"), "preamble 1 3"))
write("preamble-with-reserved-bits", "screen", opening=raw(preamble("screen")[:6] + b"\xff\xff", "preamble 1 1"))

# What a reader refuses, and after what.
write("refused-magic", "screen", opening=raw(preamble("screen", magic=b"MEEP"), "error MEET_PROTOCOL"))
refused("refused-record-type-2", "screen", record(type=2), "MEET_FRAME_MALFORMED")
refused("refused-record-type-255", "audio", record(SOUND, type=255, codec=2), "MEET_FRAME_MALFORMED", HELLO)
refused("refused-jpeg-too-large", "screen", record(type=1, codec=1, flags=1, length=16 * 1024 * 1024 + 1), "MEET_FRAME_TOO_LARGE")
refused("refused-video-too-large", "video", record(type=1, codec=1, flags=1, length=2**32 - 1), "MEET_FRAME_TOO_LARGE")
refused("refused-sound-too-large", "audio", record(type=1, codec=2, flags=1, length=256 * 1024 + 1), "MEET_FRAME_TOO_LARGE")
refused("refused-control-too-large", "screen", record(length=64 * 1024 + 1), "MEET_FRAME_TOO_LARGE", HELLO)
refused("refused-sound-on-screen", "screen", record(SOUND, type=1, codec=2, flags=1), "MEET_FRAME_MALFORMED")
refused("refused-picture-on-audio", "audio", record(JPEG, type=1, codec=1, flags=1), "MEET_FRAME_MALFORMED")
refused("refused-unknown-codec", "screen", record(JPEG, type=1, codec=9, flags=1), "MEET_FRAME_MALFORMED")
refused("refused-picture-without-payload", "screen", record(type=1, codec=1, flags=1), "MEET_FRAME_MALFORMED")
refused("refused-unchanged-with-payload", "screen", record(JPEG, type=1, codec=1, flags=2), "MEET_FRAME_MALFORMED", media("screen", JPEG))
refused("refused-unchanged-sound", "audio", record(type=1, codec=2, flags=2), "MEET_FRAME_MALFORMED")
refused("refused-odd-sound", "audio", record(SOUND[:-1], type=1, codec=2, flags=1), "MEET_FRAME_MALFORMED")
refused("refused-time-beyond-2-53", "screen", record(JPEG, type=1, codec=1, flags=1, at=2**53), "MEET_FRAME_MALFORMED")
refused("refused-time-at-its-most", "screen", record(JPEG, type=1, codec=1, flags=1, at=2**64 - 1), "MEET_FRAME_MALFORMED")
refused("refused-picture-bomb", "screen", record(BOMB, type=1, codec=1, flags=1), "MEET_PICTURE_TOO_LARGE", media("screen", JPEG))
refused("refused-picture-that-is-none", "video", record(b"GIF89a", type=1, codec=1, flags=1), "MEET_FRAME_MALFORMED")
