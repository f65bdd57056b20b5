#!/usr/bin/env python3
"""What pages cost that show a recording and wait for what happens to it.

    pages_bench.py SERVER [PAGES] [COMMENTS]

Starts SERVER (the program aside-server) on a folder of its own and opens PAGES event streams of one recording (2,000 unless said
otherwise), each on a connection of its own, as browsers do. Prints the memory of the server for each of them, and how long a comment
takes (20 unless said otherwise, one a second) from the request that writes it until each page has it. All of it is on one machine: what the
clients take of the processor is in these times.
"""

import http.client
import os
import resource
import selectors
import socket
import sqlite3
import sys
import tempfile
import time

from library_bench import Server, post, set_up

SLUG = "0000000000000000000001"


def fill(data):
    [name] = [f for f in os.listdir(data) if f.endswith((".sqlite", ".db", ".sqlite3"))]
    with sqlite3.connect(os.path.join(data, name)) as connection:
        connection.execute(
            "INSERT INTO recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at, finished_at, length_ms) "
            f"SELECT randomblob(16), '{SLUG}', id, 'A recording', 'link', 1767225600000000, 1767225600000000, 1767225600000000, "
            "1767225600000000, 60000 FROM users LIMIT 1"
        )


def memory(process):
    """Bytes of a program that are in memory and nobody else's."""
    with open(f"/proc/{process.pid}/smaps_rollup") as lines:
        found = {line.split(":")[0]: line.split()[1] for line in lines if ":" in line and line.split()[-1] == "kB"}
    return (int(found["Private_Dirty"]) + int(found["Private_Clean"])) * 1024


def percentile(sorted_times, n):
    return sorted_times[min(len(sorted_times) - 1, len(sorted_times) * n // 100)] * 1000


class Pages:
    def __init__(self, address):
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.all = selectors.EpollSelector()
        self.count = 0

    def open(self):
        # One address may hold so many connections only.
        there = socket.socket()
        there.bind((f"127.0.1.{self.count // 500 + 1}", 0))
        there.connect((self.host, self.port))
        there.sendall(f"GET /api/watch/{SLUG}/events HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nAccept: text/event-stream\r\n\r\n".encode())
        begun = b""
        while b"hello" not in begun:
            more = there.recv(65536)
            if not more:
                sys.exit(f"page {self.count} was answered: {begun.decode()}")
            begun += more
        there.setblocking(False)
        self.all.register(there, selectors.EVENT_READ)
        self.count += 1

    def heard(self, word, within):
        """When each page heard it."""
        left, times, end = set(), [], time.perf_counter() + within
        left = {key.fileobj for key in self.all.get_map().values()}
        while left:
            ready = self.all.select(max(0, end - time.perf_counter()))
            if not ready:
                sys.exit(f"{len(left)} pages did not hear of a comment within {within} s")
            for key, _ in ready:
                data = key.fileobj.recv(65536)
                if not data:
                    sys.exit("a page was cut off")
                if word in data and key.fileobj in left:
                    left.discard(key.fileobj)
                    times.append(time.perf_counter())
        return times


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    comments = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, count + 1_000), most))
    with tempfile.TemporaryDirectory() as data:
        server = Server(program, data)
        token = set_up(server.address)
        server.end()
        fill(data)
        server = Server(program, data)
        try:
            pages = Pages(server.address)
            connection = http.client.HTTPConnection(server.address)
            sender = {"authorization": f"Bearer {token}"}
            path = f"/api/watch/{SLUG}/comments"
            for _ in range(100):
                pages.open()
            post(connection, path, {"at_ms": 0, "body": "warm"}, sender)
            pages.heard(b"warm", 10)
            before = memory(server.process)
            while pages.count < count + 100:
                pages.open()
            opened = memory(server.process)
            took = []
            for n in range(comments):
                time.sleep(1)
                begun = time.perf_counter()
                post(connection, path, {"at_ms": 0, "body": f"number {n}."}, sender)
                took += [at - begun for at in pages.heard(f"number {n}.".encode(), 30)]
            took.sort()
            after = memory(server.process)
            print(f"{pages.count} open pages, {comments} comments, load {os.getloadavg()[0]:.1f}")
            print(f"memory of a page    {(opened - before) / count / 1024:.1f} KiB waiting, {(after - before) / count / 1024:.1f} KiB after all comments (wanted: 12)")
            print(f"a comment to all    p50 {percentile(took, 50):.0f} ms, p99 {percentile(took, 99):.0f} ms, last {took[-1] * 1000:.0f} ms (wanted: p99 150)")
        finally:
            server.end()


main()
