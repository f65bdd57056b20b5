#!/usr/bin/env python3
"""Makes a long recording of a short one, which stays: the same parts again and again, each at its later time.

    long_take.py DATA SLUG MINUTES

DATA is the data folder of a server on SQLite with objects in the folder; SLUG is that of a finished recording there. Prints the slug of the
long one. Nothing is decoded or encoded: of each part the time in `tfdt` (ISO/IEC 14496-12, 8.8.12) is changed, and with it its hash.
"""

import glob
import hashlib
import os
import sqlite3
import struct
import sys
import uuid

SLUG = "0000000000000000000002"
ID = uuid.UUID("01890000-0000-7000-8000-000000000002")


def later(part, by):
    """The same part, `by` ticks later."""
    at = part.index(b"tfdt") + 4
    version = part[at]
    form = ">Q" if version == 1 else ">I"
    [start] = struct.unpack_from(form, part, at + 4)
    out = bytearray(part)
    struct.pack_into(form, out, at + 4, start + by)
    return bytes(out)


def copy(connection, table, change, where):
    """Rows of a table once more, with some cells changed."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    cells = ", ".join(change.get(name, name) for name in names)
    connection.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {cells} FROM {table} WHERE {where[0]}", where[1])


def main(data, slug, minutes):
    [file] = glob.glob(os.path.join(data, "*.sqlite"))
    with sqlite3.connect(file, timeout=30) as connection:
        id, length = connection.execute("SELECT id, length_ms FROM recordings WHERE slug = ?", (slug,)).fetchone()
        new = f"x'{ID.hex}'"
        times = -(-minutes * 60_000 // length)
        changed = {"id": new, "slug": f"'{SLUG}'", "length_ms": str(times * length), "poster_key": "NULL", "thumbnail_key": "NULL"}
        copy(connection, "recordings", changed, ("id = ?", (id,)))
        copy(connection, "tracks", {"recording_id": new}, ("recording_id = ? AND name IN ('video', 'audio')", (id,)))
        for track, timescale in connection.execute("SELECT name, timescale FROM tracks WHERE recording_id = ?", (ID.bytes,)).fetchall():
            rows = connection.execute(
                "SELECT number, start, duration, independent, init, sha256 FROM parts WHERE recording_id = ? AND track = ? ORDER BY number", (id, track)
            ).fetchall()
            parts = []
            for number, *_, hash in rows:
                folder = os.path.join(data, "objects", "recordings", str(uuid.UUID(bytes=id)), track, f"{number // 1000:04}")
                with open(os.path.join(folder, f"{number:07}-{hash.hex()}.m4s"), "rb") as part:
                    parts.append(part.read())
            for time in range(times):
                by = time * length * timescale // 1000
                for (number, start, duration, independent, init, _), part in zip(rows, parts):
                    number += time * len(rows)
                    content = later(part, by)
                    hash = hashlib.sha256(content)
                    folder = os.path.join(data, "objects", "recordings", str(ID), track, f"{number // 1000:04}")
                    os.makedirs(folder, exist_ok=True)
                    with open(os.path.join(folder, f"{number:07}-{hash.hexdigest()}.m4s"), "wb") as out:
                        out.write(content)
                    connection.execute(
                        "INSERT INTO parts (recording_id, track, number, start, duration, independent, init, size, sha256, created_at) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
                        (ID.bytes, track, number, start + by, duration, independent, init, len(content), hash.digest()),
                    )
    print(SLUG)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
