#!/usr/bin/env python3
"""What the download of a long recording costs that is put together of its stored parts, beside nginx that sends the same bytes as a file.

    download_bench.py SERVER [MINUTES] [ROUNDS]

Starts SERVER (the program aside-server) with a worker on a folder of its own, puts a recording of MINUTES (60 unless said otherwise) there:
parts of half a second, 250 kB/s of pictures and 8 kB/s of sound. Prints how long the tables took, the time to the first byte of the first
request after the server began, of later ones and of a range in the middle, and the bytes per second of ROUNDS (5) downloads by curl from
each in turn. Parts are no pictures that could be decoded: what is measured is bytes. All of it is on one machine, from its page cache.
"""

import hashlib
import http.client
import json
import os
import random
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import uuid

from library_bench import Server, post, set_up

SLUG = "0000000000000000000001"
PICTURES, FRAMES = 15, 23


def box(kind, *content):
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def init(folder, what):
    """`ftyp` and `moov` of a track, as FFmpeg writes them for fragments."""
    path = os.path.join(folder, f"{what}.mp4")
    source = ["-f", "lavfi", "-i", "color=size=1920x1080:rate=30:duration=0.1", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-video_track_timescale", "90000"]
    if what == "audio":
        source = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "0.1", "-c:a", "aac"]
    flags = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-y", path]
    subprocess.run(["ffmpeg", "-v", "error", *source, *flags], check=True)
    with open(path, "rb") as file:
        bytes = file.read()
    end = bytes.index(b"moof") - 4
    return bytes[:end]


def part(number, start, sizes, duration, chance):
    """One chunk of CMAF whose samples are random."""
    samples = b""
    entries = b""
    for n, size in enumerate(sizes):
        # One NAL unit with its length before it: an IDR at the beginning of every twentieth part.
        kind = 0x65 if n == 0 and number % 20 == 0 else 0x41
        samples += struct.pack(">IB", size - 4, kind) + chance.randbytes(size - 5)
        entries += struct.pack(">III", duration, size, 0x02000000 if kind == 0x65 else 0x01010000)
    def moof(offset):
        return box(
            b"moof",
            box(b"mfhd", struct.pack(">II", 0, number + 1)),
            box(
                b"traf",
                box(b"tfhd", struct.pack(">II", 0x020000, 1)),
                box(b"tfdt", struct.pack(">IQ", 0x01000000, start)),
                box(b"trun", struct.pack(">IIi", 0x000701, len(sizes), offset), entries),
            ),
        )
    head = moof(0)
    return moof(len(head) + 8) + box(b"mdat", samples)


def fill(data, minutes):
    chance = random.Random(7)
    id = uuid.UUID("01890000-0000-7000-8000-000000000001")
    [name] = [f for f in os.listdir(data) if f.endswith((".sqlite", ".db", ".sqlite3"))]
    with sqlite3.connect(os.path.join(data, name)) as connection:
        connection.execute(
            "INSERT INTO recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at, finished_at, length_ms) "
            f"SELECT ?, '{SLUG}', id, 'A long recording', 'link', 1767225600000000, 1767225600000000, 1767225600000000, 1767225600000000, ? "
            "FROM users LIMIT 1",
            (id.bytes, minutes * 60_000),
        )
        for track, codec, timescale, duration in [("video", "avc1.640028", 90_000, 3_000), ("audio", "mp4a.40.2", 48_000, 1_024)]:
            size = (1920, 1080) if track == "video" else (None, None)
            connection.execute(
                "INSERT INTO tracks (recording_id, name, codec, timescale, width, height, init) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (id.bytes, track, codec, timescale, *size, init(data, track)),
            )
            count = PICTURES if track == "video" else FRAMES
            for number in range(minutes * 60 * timescale // (count * duration)):
                mean = 8_333 if track == "video" else 170
                sizes = [chance.randint(mean // 2, mean * 3 // 2) for _ in range(count)]
                start = number * count * duration
                bytes = part(number, start, sizes, duration, chance)
                hash = hashlib.sha256(bytes)
                folder = os.path.join(data, "objects", "recordings", str(id), track, f"{number // 1000:04}")
                os.makedirs(folder, exist_ok=True)
                with open(os.path.join(folder, f"{number:07}-{hash.hexdigest()}.m4s"), "wb") as file:
                    file.write(bytes)
                whole = track == "audio" or number % 20 == 0
                connection.execute(
                    "INSERT INTO parts (recording_id, track, number, start, duration, independent, size, sha256, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
                    (id.bytes, track, number, start, count * duration, whole, len(bytes), hash.digest()),
                )


def curl(url, *more):
    """Milliseconds to the first byte, and megabytes a second."""
    command = ["curl", "-sf", "-o", "/dev/null", "-w", "%{time_starttransfer} %{speed_download} %{size_download}", *more, url]
    first, speed, size = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(first) * 1000, float(speed) / 1e6, int(size)


def address(server, ask):
    connection = http.client.HTTPConnection(server.address)
    begun = time.perf_counter()
    if ask:
        post(connection, f"/api/watch/{SLUG}/download", {}, {})
    while True:
        connection.request("GET", f"/api/watch/{SLUG}")
        found = json.loads(connection.getresponse().read())["download"]
        if found["state"] == "failed":
            sys.exit(f"the file could not be made: {found['why']}")
        if found["url"]:
            return f"http://{server.address}{found['url']}", time.perf_counter() - begun
        time.sleep(0.05)


def nginx(folder):
    port = 4700 + os.getpid() % 200
    conf = os.path.join(folder, "nginx.conf")
    with open(conf, "w") as file:
        file.write(
            f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
            f"http {{ sendfile on; tcp_nopush on; access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; "
            f"uwsgi_temp_path {folder}; scgi_temp_path {folder}; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
        )
    process = subprocess.Popen(["/usr/sbin/nginx", "-c", conf, "-e", "stderr"])
    time.sleep(1)
    return process, f"http://127.0.0.1:{port}/whole.mp4"


def main():
    program = sys.argv[1]
    minutes = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as data:
        server = Server(program, data)
        set_up(server.address)
        server.end()
        fill(data, minutes)
        server = Server(program, data, worker=True)
        peer = None
        try:
            _, took = address(server, True)
            server.end()
            server = Server(program, data)
            url, _ = address(server, False)
            cold, _, size = curl(url)
            subprocess.run(["curl", "-sf", "-o", os.path.join(data, "whole.mp4"), url], check=True)
            peer, file = nginx(data)
            curl(file)
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(curl(url))
                theirs.append(curl(file))
            middle = [curl(url, "-r", f"{size // 2}-{size // 2 + 1_000_000}") for _ in range(rounds)]
            def median(all, n):
                return statistics.median(it[n] for it in all)
            speeds = median(ours, 1), median(theirs, 1)
            print(f"{minutes} minutes, {size / 1e6:.0f} MB, load {os.getloadavg()[0]:.1f}; the tables were there after {took:.1f} s")
            print(f"first byte          {cold:.0f} ms after a start, then {median(ours, 0):.1f} ms, of a range in the middle {median(middle, 0):.1f} ms (wanted: 100)")
            print(f"bytes per second    {speeds[0]:.0f} MB/s, nginx {speeds[1]:.0f} MB/s: {speeds[0] / speeds[1]:.2f} (wanted: 0.8)")
        finally:
            server.end()
            if peer:
                peer.terminate()
                peer.wait()


main()
