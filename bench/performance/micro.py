"""The section on single kernels: bench/kernels_bench, its Google Benchmark figures.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import json

from performance.markdown import short, table

SHAPES = """`cached`: 576×576, one token, from the caches; `decode`: 98304×1536, one token, streamed from memory; `prefill`:
1536×576, 128 tokens. GB/s are bytes of weights and scales of one pass over the matrix, whatever the number of tokens."""


def medians(report):
    """{name: {counter: median}}"""
    return {row["run_name"]: row for row in report["benchmarks"] if row.get("aggregate_name") == "median"}


def write(environment):
    program = environment.program("kernels_bench", "install libbenchmark-dev, configure and build again")
    quick = ["--benchmark_filter=clock|scalar/int4/cached", "--benchmark_min_time=0.01"]
    options = quick if environment.quick else ["--benchmark_min_time=0.1"]
    done = environment.run(program, *options, "--benchmark_repetitions=3" if environment.quick else "--benchmark_repetitions=5",
                       "--benchmark_report_aggregates_only=true", "--benchmark_format=json")
    results = medians(json.loads(done.stdout))
    clock = results.pop("clock")["clock"]
    environment.figures["clock"] = clock
    rows, ran = [], set()
    for name, row in results.items():
        kernels, kind, shape, group = name.split("/")
        ran.add(kernels)
        rows.append([kernels, kind, shape, group if kind != "f16" else "", short(row["weights"] / 1e9),
                     short(row["MAC"] / 1e9), short(row["MAC"] / clock)])
        environment.figures[name] = row["MAC"] / clock
    text = SHAPES + f"""
The clock is taken as {clock / 1e9:.2f} GHz: the median rate of integer additions that each wait for the one before, measured
in the same run.

"""
    text += table(["kernels", "weights", "shape", "group", "GB/s:", "G MAC/s:", "MAC/cycle:"], rows)
    lacking = [name for name in environment.kernel_sets() if name not in ran]
    if lacking and not environment.quick:
        text += f"\n*Not run*: {', '.join(lacking)} (this CPU lacks them).\n"
    return text
