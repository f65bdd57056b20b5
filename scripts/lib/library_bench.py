#!/usr/bin/env python3
"""What lists of a large library cost.

    library_bench.py SERVER [RECORDINGS] [REQUESTS]      starts SERVER (the program aside-server) on a folder of its own, fills it, measures
    library_bench.py fill DATA [RECORDINGS]              fills the database of a server that is set up and does not run

Half of the recordings (50,000 unless said otherwise) are the owner's, half somebody else's and for everyone. With ASIDE_BENCH_DATABASE
(postgres://…, an empty database; psql fills it) the server works on that one. Prints milliseconds until the whole answer is there, on one
connection, one request after the other, what each took of the processor in the server (Linux), and the load of the machine.
"""

import http.client
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time

PASSWORD = "correct horse battery staple"
TAGS = ["spring", "bugs", "releases"]
LISTS = [
    ("own, newest", "/api/recordings?limit=48"),
    ("own, by title", "/api/recordings?limit=48&sort=title"),
    ("own, longest", "/api/recordings?limit=48&sort=longest"),
    ("own, a tag", "/api/recordings?limit=48&tag=spring"),
    ("own, a folder", "/api/recordings?limit=48&folder={folder}"),
    ("shared by name", "/api/recordings?limit=48&section=shared"),
    ("everyone's, newest", "/api/recordings?limit=48&section=everyone"),
    ("everyone's, by title", "/api/recordings?limit=48&section=everyone&sort=title"),
    ("folders and tags", "/api/library"),
    ("continue watching", "/api/library/unfinished"),
]


def statements(recordings, postgres):
    """SQL that fills a database in which one person has an account."""
    if postgres:
        numbers = f"generate_series(1, {recordings}) AS n(i)"
        begin, uuid, pad, floor = "", "gen_random_uuid()", "LPAD(i::text, 22, '0')", "i % 7 * 1000"
        owner, other = "(SELECT id FROM users ORDER BY created_at LIMIT 1)", "'01890000-0000-7000-8000-000000000001'::uuid"
        empty = "'\\x'"
    else:
        begin = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {recordings}) "
        numbers, uuid, pad, floor = "n", "randomblob(16)", "printf('%022d', i)", "i % 7 * 1000"
        owner, other = "(SELECT id FROM users ORDER BY created_at LIMIT 1)", "x'01890000000070008000000000000001'"
        empty = "x''"
    yield f"INSERT INTO users (id, email, name, role, created_at) VALUES ({other}, 'jo@example.org', 'Jo', 'member', 9000000000000000)"
    yield (
        f"INSERT INTO folders (id, owner_id, parent_id, name, created_at) {begin.replace(str(recordings), '20')}"
        f"SELECT {uuid}, {owner}, NULL, 'Folder ' || i, i FROM {numbers.replace(str(recordings), '20')}"
    )
    yield (
        f"INSERT INTO recordings (id, slug, owner_id, title, audience, started_at, created_at, last_part_at, finished_at, length_ms, folder_id) {begin}"
        f"SELECT {uuid}, {pad}, CASE WHEN i % 2 = 0 THEN {owner} ELSE {other} END, 'Recording ' || (i * 7919 % {recordings}), 'link', "
        f"1767225600000000 + i, 1767225600000000 + i, 1767225600000000 + i, 1767225600000000 + i, {floor} + i % 600000, "
        f"CASE WHEN i % 4 = 0 THEN (SELECT id FROM folders WHERE created_at = i % 20 + 1) ELSE NULL END FROM {numbers}"
    )
    for n, tag in enumerate(TAGS):
        yield f"INSERT INTO recording_tags (recording_id, tag) SELECT id, '{tag}' FROM recordings WHERE created_at % 9 = {n}"
    yield f"INSERT INTO grants (id, recording_id, user_id, created_at) SELECT {uuid}, id, {owner}, 1 FROM recordings WHERE owner_id = {other} AND created_at % 100 = 1"
    yield f"INSERT INTO comments (id, recording_id, author_name, at_ms, body, created_at) SELECT {uuid}, id, 'Ana', 0, 'words', 1 FROM recordings WHERE created_at % 5 = 0"
    yield (
        f"INSERT INTO views (recording_id, viewer, user_id, seconds, position_ms, first_at, last_at, counted_at) "
        f"SELECT id, 'member x', {owner}, {empty}, 60000, 1, 9000000000000000 - created_at % 1000, 1 FROM recordings WHERE owner_id = {other} AND created_at % 50 = 1"
    )


def fill(data, recordings):
    database = os.environ.get("ASIDE_BENCH_DATABASE")
    sql = list(statements(recordings, bool(database)))
    if database:
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", database], input=";\n".join(sql) + ";\nVACUUM ANALYZE;", text=True, check=True)
        return
    [name] = [f for f in os.listdir(data) if f.endswith((".sqlite", ".db", ".sqlite3"))]
    with sqlite3.connect(os.path.join(data, name)) as connection:
        for statement in sql:
            connection.execute(statement)


class Server:
    def __init__(self, program, data, worker=False):
        command = [program, "serve", "--data", data, "--listen", "127.0.0.1:0", "--api-rate", "0"]
        if not worker:
            command.append("--no-worker")
        if os.environ.get("ASIDE_BENCH_DATABASE"):
            command += ["--database", os.environ["ASIDE_BENCH_DATABASE"]]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            found = re.search(r"listening on http://([^\s/]+)", line)
            if found:
                self.address = found[1]
                break
        else:
            sys.exit("the server did not begin to listen")

    def end(self):
        self.process.terminate()
        self.process.wait()


def post(connection, path, body, headers):
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json", **headers})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        sys.exit(f"{path} was answered {answer.status}: {text.decode()}")
    return answer, json.loads(text)


def set_up(address):
    connection = http.client.HTTPConnection(address)
    origin = {"origin": f"http://{address}"}
    answer, _ = post(connection, "/api/setup", {"email": "sam@example.org", "name": "Sam", "password": PASSWORD}, origin)
    cookie = "; ".join(it.split(";")[0] for it in answer.headers.get_all("set-cookie"))
    _, made = post(connection, "/api/tokens", {"name": "bench"}, {**origin, "cookie": cookie})
    return made["token"]


def get(connection, path, token):
    connection.request("GET", path, headers={"authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        sys.exit(f"{path} was answered {answer.status}: {text.decode()}")
    return json.loads(text)


def worked(process):
    """Milliseconds of the processor that a program took so far."""
    with open(f"/proc/{process.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def main():
    if sys.argv[1] == "fill":
        fill(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 50_000)
        return
    program = sys.argv[1]
    recordings = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    requests = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    with tempfile.TemporaryDirectory() as data:
        server = Server(program, data)
        token = set_up(server.address)
        server.end()
        fill(data, recordings)
        server = Server(program, data)
        try:
            connection = http.client.HTTPConnection(server.address)
            folder = get(connection, "/api/library", token)["folders"][0]["id"]
            print(f"{recordings} recordings, {requests} requests each, load {os.getloadavg()[0]:.1f}")
            print(f"{'':22}{'p50':>8}{'p95':>8}{'most':>8}{'server':>8}  ms")
            for name, path in LISTS:
                times = []
                before = worked(server.process)
                for _ in range(requests):
                    begun = time.perf_counter()
                    get(connection, path.format(folder=folder), token)
                    times.append((time.perf_counter() - begun) * 1000)
                times.sort()
                p95 = times[min(len(times) - 1, len(times) * 95 // 100)]
                print(f"{name:22}{times[len(times) // 2]:8.1f}{p95:8.1f}{times[-1]:8.1f}{(worked(server.process) - before) / requests:8.1f}", flush=True)
        finally:
            server.end()


if __name__ == "__main__":
    main()
