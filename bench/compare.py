#!/usr/bin/env python3
"""Runs llama-bench (of llama.cpp or ik_llama.cpp) and `nibble bench` in turn on the same shapes and prints the ratios.

SPDX-License-Identifier: MIT OR GPL-2.0-only

Each round measures every pair once, peer first, then ours, so that both see the same machine; the
figures are medians over the rounds. Prepare the files first (bench/README.md):

    bench/compare.py --llama-bench avx2=PATH --nibble build/host/offline/cli/nibble --threads 1 \\
        --pair 135m-int4=135m-Q4_0.gguf,135m-int4.nbl,avx2 --rounds 5 --json result.json

A program's own arguments follow its path: --llama-bench "ik=PATH -rtr 1" for ik_llama.cpp with
weights repacked when loaded, --llama-bench "flash=PATH -fa 1 -ctk q8_0 -ctv q8_0" for a long context.
--depth needs a llama-bench that knows -d.
"""
import argparse
import json
import shlex
import statistics
import subprocess
import sys
from pathlib import Path


def peer_speed(bench, gguf, threads, prompt, decode, depth):
    """Tokens per second of the peer: (prefill, decode). bench: its path and arguments, as a shell has them."""
    command = [*shlex.split(bench), "-m", gguf, "-t", str(threads), "-p", str(prompt), "-n", str(decode),
               "-r", "1", "-o", "json"]
    if depth:
        command += ["-d", str(depth)]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    speed = {("prefill" if row["n_prompt"] else "decode"): row["avg_ts"] for row in rows}
    return speed["prefill"], speed["decode"]


def our_speed(nibble, blob, isa, threads, prompt, decode, depth):
    """Tokens per second of nibble: (prefill, decode), and its whole report."""
    command = [nibble, "bench", blob, "--threads", str(threads), "--prefill", str(prompt),
               "--decode", str(decode), "--depth", str(depth), "--repeats", "1", "--warmups", "1", "--json"]
    if isa:
        command += ["--isa", isa]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    run = report["runs"][0]
    return run["prefill_tokens_per_second"]["median"], run["decode_tokens_per_second"]["median"], run


def parse_pair(text):
    """NAME=GGUF,BLOB,PEER[,ISA] -> dict."""
    name, _, rest = text.partition("=")
    fields = rest.split(",")
    if not name or len(fields) not in (3, 4):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=GGUF,BLOB,PEER[,ISA]")
    return {"name": name, "gguf": fields[0], "blob": fields[1], "peer": fields[2],
            "isa": fields[3] if len(fields) == 4 else None}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--llama-bench", action="append", required=True, metavar="NAME=PATH [ARGUMENT]",
                        help="a llama-bench program and its own arguments; may be given several times")
    parser.add_argument("--nibble", required=True)
    parser.add_argument("--pair", action="append", required=True, type=parse_pair,
                        metavar="NAME=GGUF,BLOB,PEER[,ISA]")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prefill", type=int, default=128)
    parser.add_argument("--decode", type=int, default=64)
    parser.add_argument("--depth", type=int, default=0, help="positions in the cache before either")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write all samples here")
    return parser.parse_args()


def measure(arguments, peers):
    """All samples, alternating peer and ours: {pair: {series: [tokens per second]}}."""
    samples = {pair["name"]: {key: [] for key in
                              ("peer_prefill", "peer_decode", "our_prefill", "our_decode")}
               for pair in arguments.pair}
    for _ in range(arguments.rounds):
        for pair in arguments.pair:
            series = samples[pair["name"]]
            prefill, decode = peer_speed(peers[pair["peer"]], pair["gguf"], arguments.threads,
                                         arguments.prefill, arguments.decode, arguments.depth)
            series["peer_prefill"].append(prefill)
            series["peer_decode"].append(decode)
            prefill, decode, run = our_speed(arguments.nibble, pair["blob"], pair["isa"],
                                             arguments.threads, arguments.prefill,
                                             arguments.decode, arguments.depth)
            series["our_prefill"].append(prefill)
            series["our_decode"].append(decode)
            series["kernels"] = run["kernels"]
    return samples


def print_table(samples):
    print("| pair | kernels | prefill peer | ours | ratio | decode peer | ours | ratio |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for name, series in samples.items():
        cells = [name, series["kernels"]]
        for phase in ("prefill", "decode"):
            peer = statistics.median(series[f"peer_{phase}"])
            ours = statistics.median(series[f"our_{phase}"])
            cells += [f"{peer:.0f}", f"{ours:.0f}", f"{ours / peer:.2f}×"]
        print("| " + " | ".join(cells) + " |")


def main():
    arguments = parse_arguments()
    peers = dict(entry.split("=", 1) for entry in arguments.llama_bench)
    missing = {pair["peer"] for pair in arguments.pair} - peers.keys()
    if missing:
        sys.exit(f"compare.py: no --llama-bench named {', '.join(sorted(missing))}")
    samples = measure(arguments, peers)
    print_table(samples)
    if arguments.json:
        arguments.json.write_text(json.dumps(samples, indent=1) + "\n")


if __name__ == "__main__":
    main()
