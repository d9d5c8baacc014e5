"""The section on whole models: `nibble bench` of the generated shapes, configuration after configuration.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import json
import statistics

from performance import models
from performance.markdown import grouped, short, table
from performance.environment import last_line

WEIGHTS = ("int4", "int8", "f16")
SHAPES = ("15m", "110m", "135m")
PREFILL, DECODE = 128, 64


def configurations(environment):
    """(shape, weights, kernel set, threads): the best set for all, every set for the 135M shape."""
    if environment.quick:
        return [("tiny", weights, "auto", threads) for weights in WEIGHTS for threads in (1, 2)]
    best = [(shape, weights, "auto", threads) for shape in SHAPES for weights in WEIGHTS for threads in (1, 2)]
    each = [("135m", weights, kernels, threads) for kernels in environment.kernel_sets() for weights in WEIGHTS
            for threads in (1, 2) if kernels != "scalar" or (weights, threads) == ("int4", 1)]
    return best + each + [("15m", "int4", "avx2", 1)]


def measure(environment, configuration):
    """One run of `nibble bench`, or a sentence about why there is none."""
    shape, weights, kernels, threads = configuration
    lengths = (8, 4) if environment.quick else (PREFILL, DECODE)
    warmups = 0 if kernels == "scalar" else 1
    done = environment.run(environment.nibble, "bench", models.blob(environment, shape, weights), "--isa", kernels, "--threads", threads,
                       "--prefill", lengths[0], "--decode", lengths[1], "--warmups", warmups, "--repeats", 1, "--json",
                       check=False)
    return json.loads(done.stdout)["runs"][0] if done.returncode == 0 else last_line(done)


def measure_all(environment):
    """{configuration: [run] or sentence}; round after round, so that all see the same machine."""
    results = {}
    for round_number in range(environment.rounds):
        for configuration in configurations(environment):
            known = results.setdefault(configuration, [])
            if isinstance(known, str) or (round_number > 0 and configuration[2] == "scalar"):
                continue
            run = measure(environment, configuration)
            if isinstance(run, str):
                results[configuration] = run
            else:
                known.append(run)
    return results


def row_of(configuration, runs):
    shape, weights, _, threads = configuration
    prefill, decode = ([run[f"{phase}_tokens_per_second"]["median"] for run in runs] for phase in ("prefill", "decode"))
    return {"shape": shape, "weights": weights, "kernels": runs[0]["kernels"], "threads": threads,
            "prefill": statistics.median(prefill), "decode": statistics.median(decode),
            "spread": f"{short(min(decode))}–{short(max(decode))}",
            "load": statistics.median(run["load_seconds"] for run in runs),
            "first": statistics.median(run["first_token_seconds"] for run in runs),
            "peak": max(run["peak_resident_bytes"] for run in runs),
            "digests": {run["logits_sha256"] for run in runs}}


def sentence_on_digests(rows):
    """Equal bits for a blob, whatever set and threads; a difference is a fault."""
    digests = {}
    for row in rows:
        digests.setdefault((row["shape"], row["weights"]), set()).update(row["digests"])
    wrong = [f"{shape} {weights}" for (shape, weights), found in digests.items() if len(found) > 1]
    if wrong:
        return f"\n**Different bits**: {', '.join(wrong)}.\n"
    return f"\nFor each of the {len(digests)} blobs all runs have one digest, whatever the kernels and threads.\n"


def write(environment):
    results = measure_all(environment)
    rows = [row_of(configuration, runs) for configuration, runs in results.items() if not isinstance(runs, str)]
    for configuration, runs in results.items():
        if not isinstance(runs, str):
            environment.figures[("speed", *configuration)] = row_of(configuration, runs)
    text = table(["shape", "weights", "kernels", "threads:", "prefill tok/s:", "decode tok/s:", "decode min–max:", "load ms:",
                  "first token ms:", "peak bytes:", "digest"],
                 [[row["shape"], row["weights"], row["kernels"], row["threads"], short(row["prefill"]), short(row["decode"]),
                   row["spread"], short(row["load"] * 1000), short(row["first"] * 1000), grouped(row["peak"]),
                   f"`{min(row['digests'])[:12]}`"] for row in rows])
    text += sentence_on_digests(rows)
    for kernels in sorted({configuration[2] for configuration, runs in results.items() if isinstance(runs, str)}):
        text += f"\n*Not run*: {kernels}: {next(runs for c, runs in results.items() if c[2] == kernels and isinstance(runs, str))}\n"
    return text
