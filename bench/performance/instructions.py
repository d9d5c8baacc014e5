"""The section on host instructions per token: callgrind, two runs whose difference is decoding alone.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re

from performance import models
from performance.markdown import grouped, table
from performance.environment import NotRun

DECODE = 8


def count(environment, path, kernels, warmups):
    """Instructions of a whole run; a warm-up adds DECODE + 1 tokens (one as the prompt) and nothing else."""
    valgrind = environment.program("valgrind", "install the package valgrind")
    done = environment.run(valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", environment.nibble, "bench", path,
                       "--isa", kernels, "--prefill", 1, "--decode", DECODE, "--repeats", 1, "--warmups", warmups)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def write(environment):
    # Valgrind runs nothing newer than AVX2.
    sets = [kernels for kernels in environment.kernel_sets() if kernels in ("avx2", "scalar")]
    if not sets:
        raise NotRun("this build has no kernel set that valgrind runs")
    rows = []
    for shape in ["tiny"] if environment.quick else ["kdoc-6m", "15m"]:
        path = models.blob(environment, shape, "int4")
        per_token = {kernels: (count(environment, path, kernels, 1) - count(environment, path, kernels, 0)) / (DECODE + 1)
                     for kernels in sets}
        for kernels, instructions in per_token.items():
            ratio = f"1/{per_token['scalar'] / instructions:.1f}" if "scalar" in per_token else ""
            rows.append([shape, "int4 g128", kernels, grouped(instructions), ratio])
    return ("The difference between a run with a warm-up and one without, divided by its tokens: loading, hashing and "
            "sampling cancel. The same on every machine with the same compiler.\n\n"
            + table(["model", "weights", "kernels", "instructions per token:", "of scalar:"], rows))
