"""The section that compares with llama.cpp: bench/compare.py over the GGUF files that were given.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import json
import statistics
import sys

from performance import models
from performance.markdown import short, table
from performance.environment import SOURCE, NotRun

WEIGHTS = {"Q4_0": "int4", "Q8_0": "int8", "f16": "f16", "F16": "f16"}


def pairs(environment, options):
    """--pair of bench/compare.py for each program and GGUF file: ours with the kernel set of the program's name, if
    there is one of it, else with the best set."""
    for peer in options.llama_bench:
        for name, gguf in options.gguf.items():
            shape, _, kind = name.rpartition("-")
            if kind not in WEIGHTS:
                raise NotRun(f"--gguf {name}: the type is none of {', '.join(WEIGHTS)}")
            pair = [gguf, models.blob(environment, shape, WEIGHTS[kind]), peer]
            if peer in environment.kernel_sets():
                pair.append(peer)
            yield f"{name}/{peer}", ",".join(map(str, pair))


def write(environment, options):
    if not options.llama_bench or not options.gguf:
        raise NotRun("no `--llama-bench NAME=PATH` and `--gguf SHAPE-TYPE=PATH` were given")
    chosen = [argument for name, pair in pairs(environment, options) for argument in ("--pair", f"{name}={pair}")]
    programs = [argument for name, path in options.llama_bench.items() for argument in ("--llama-bench", f"{name}={path}")]
    result = environment.cache / "compare.json"
    environment.run(sys.executable, SOURCE / "bench/compare.py", "--nibble", environment.nibble, *programs, *chosen,
                "--threads", 1, "--rounds", environment.rounds, "--json", result)
    rows = []
    for name, series in json.loads(result.read_text()).items():
        figures, peer = name.split("/")
        row = [figures, f"llama.cpp {peer}", series["kernels"]]
        for phase in ("prefill", "decode"):
            theirs, ours = (statistics.median(series[f"{who}_{phase}"]) for who in ("peer", "our"))
            environment.figures[("ratio", figures, peer, phase)] = ours / theirs
            row += [short(theirs), short(ours), f"**{ours / theirs:.2f}×**"]
        rows.append(row)
    return ("One thread, prefill 128 and decode 64; each round measures the peer, then ours.\n\n"
            + table(["shape and type", "peer", "our kernels", "prefill, peer:", "ours:", "ratio:", "decode, peer:", "ours:", "ratio:"],
                    rows))
