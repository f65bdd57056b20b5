"""Transcribes a WAV file with whisper.cpp through pywhispercpp (`pip install pywhispercpp`), as a peer for
tests/examples/speech.rs: peer_speech.py MODEL WAV [THREADS]. Prints the words and the processor seconds, the model's loading
included, for each second of sound."""
import os
import sys
import time
import wave

from pywhispercpp.model import Model

model, path = sys.argv[1:3]
threads = int(sys.argv[3]) if len(sys.argv) > 3 else max(1, (os.cpu_count() or 2) // 2)
with wave.open(path) as sound:
    seconds = sound.getnframes() / sound.getframerate()
cpu, wall = time.process_time(), time.monotonic()
segments = Model(model, n_threads=threads, print_progress=False, print_realtime=False).transcribe(path)
cpu, wall = time.process_time() - cpu, time.monotonic() - wall
print(" ".join(segment.text.strip() for segment in segments))
print(f"speech {seconds:.1f} s, pywhispercpp {cpu / seconds:.3f} processor seconds and {wall / seconds:.3f} s for each second of it")
