"""The section on single kernels: bench/kernels_bench, its Google Benchmark figures.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import json

from performance.markdown import short, table

MATRIX_SHAPES = """`cached`: 576×576, one token, from the caches; `decode`: 98304×1536, one token, streamed from memory; `prefill`:
1536×576, 128 tokens. GB/s are bytes of weights and scales of one pass over the matrix, whatever the number of tokens."""

ATTENTION_SHAPES = """Attention over the KV cache. `decode`: one token, 9 heads of 64 in 3 groups at position 1900, or 6 heads of 48 each
for itself at position 200; `prefill`: 128 tokens from position 896 on."""


def medians(report):
    """{name: {counter: median}}"""
    return {row["run_name"]: row for row in report["benchmarks"] if row.get("aggregate_name") == "median"}


def product_table(results, clock):
    rows = []
    for name, row in results.items():
        kernels, kind, shape, group = name.split("/")
        rows.append([kernels, kind, shape, group if kind != "f16" else "", short(row["weights"] / 1e9),
                     short(row["MAC"] / 1e9), short(row["MAC"] / clock)])
    return table(["kernels", "weights", "shape", "group", "GB/s:", "G MAC/s:", "MAC/cycle:"], rows)


def attention_table(results, clock):
    rows = []
    for name, row in results.items():
        kernels, _, kind, shape, heads = name.split("/")
        rows.append([kernels, kind, shape, heads, short(row["MAC"] / 1e9), short(row["MAC"] / clock)])
    return table(["kernels", "cache", "shape", "heads", "G MAC/s:", "MAC/cycle:"], rows)


def write(environment):
    program = environment.program("kernels_bench", "install libbenchmark-dev, configure and build again")
    quick = ["--benchmark_filter=clock|scalar/int4/cached|scalar/attend/int8/decode/6x6", "--benchmark_min_time=0.01"]
    options = quick if environment.quick else ["--benchmark_min_time=0.1"]
    done = environment.run(program, *options, "--benchmark_repetitions=3" if environment.quick else "--benchmark_repetitions=5",
                       "--benchmark_report_aggregates_only=true", "--benchmark_format=json")
    results = medians(json.loads(done.stdout))
    clock = results.pop("clock")["clock"]
    environment.figures["clock"] = clock
    environment.figures |= {name: row["MAC"] / clock for name, row in results.items()}
    attention = {name: row for name, row in results.items() if "/attend/" in name}
    products = {name: row for name, row in results.items() if name not in attention}
    text = MATRIX_SHAPES + f"""
The clock is taken as {clock / 1e9:.2f} GHz: the median rate of integer additions that each wait for the one before, measured
in the same run.

"""
    text += product_table(products, clock) + "\n" + ATTENTION_SHAPES + "\n\n" + attention_table(attention, clock)
    ran = {name.split("/")[0] for name in results}
    lacking = [name for name in environment.kernel_sets() if name not in ran]
    if lacking and not environment.quick:
        text += f"\n*Not run*: {', '.join(lacking)} (this CPU lacks them).\n"
    return text
