"""The section on memory: decode speed as a fraction of what this machine can read.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re
import statistics

from performance import models
from performance.markdown import grouped, short, table

DECODE = 64


def measure(environment, path, mebibytes, threads):
    """One sample: (decoded tokens a second, bytes read a second), one after the other."""
    run = environment.run_json(environment.nibble, "bench", path, "--threads", threads, "--prefill", 1,
                           "--decode", 4 if environment.quick else DECODE, "--repeats", 1, "--json")["runs"][0]
    text = environment.run(environment.program("read_bandwidth", "build it"), mebibytes, threads).stdout
    return run["decode_tokens_per_second"]["median"], float(re.search(r"([0-9.]+) GB/s", text)[1]) * 1e9


def write(environment):
    mean_position = (DECODE + 1) / 2  # positions attended to, on average over the run
    shapes = ["tiny"] if environment.quick else ["15m", "110m", "135m"]
    rows = []
    for shape in shapes:
        for weights in ("int4", "int8", "f16"):
            path = models.blob(environment, shape, weights)
            matrices, cache = models.bytes_per_token(environment, path, mean_position)
            mebibytes = max(1, round((matrices + cache) / 2**20))
            for threads in (1, 2):
                samples = [measure(environment, path, mebibytes, threads) for _ in range(environment.rounds)]
                speed, limit = (statistics.median(column) for column in zip(*samples))
                share = statistics.median(tokens * (matrices + cache) / read for tokens, read in samples)
                environment.figures[("bandwidth", shape, weights, threads)] = share
                rows.append([shape, weights, threads, grouped(matrices), grouped(cache), short(speed),
                             short(speed * (matrices + cache) / 1e9), short(limit / 1e9), f"{share:.0%}"])
    return (f"Bytes per token: every matrix once with its scales, the head included, and the cache at the mean of {DECODE} positions. "
            "`bench/read_bandwidth` reads a buffer of as many bytes with as many threads, alternately. "
            "What fits into the caches reads faster than memory.\n\n"
            + table(["shape", "weights", "threads:", "weight bytes/token:", "cache bytes/token:", "decode tok/s:", "decode GB/s:",
                     "read GB/s:", "fraction:"], rows))
