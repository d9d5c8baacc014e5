"""The section on inner loops: bench/inner_loop.cc compiled for other CPUs and simulated by llvm-mca.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re
from pathlib import Path

from performance.markdown import short, table
from performance.setting import SOURCE

ITERATIONS = 50
GROUP_MACS = 32 * 128  # rows of a block by columns of a group
# The whole group becomes one straight run: llvm-mca knows no branches.
STRAIGHT = ["-mllvm", "-unroll-count=64", "-mllvm", "-unroll-threshold=1000000", "-mllvm", "-inline-threshold=1000000"]
FLAGS = ["-S", "-std=c++20", "-O2", "-ffreestanding", "-fno-exceptions", "-ffp-contract=off", "-fno-vectorize",
         "-fno-slp-vectorize", "-DNDEBUG"]
AVX2 = ["-mavx2", "-mf16c"]
AVX512 = AVX2 + ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni"]
ARM, RISCV = "aarch64-linux-gnu", "riscv64-linux-gnu"
X86 = "x86_64-linux-gnu"
BRANCH = re.compile(r"^\s+(j\w+|call\w*|bl?|b\.\w+|cbn?z|b[egln]\w+)\s.*[.\w]", re.MULTILINE)
# (CPU, set, folder of vec.h, of dot.h, target, flags, peak of int4, of int8 in MAC/cycle, where the peak is from)
LOOPS = [
    ("cortex-a72", "neon", "neon", "neon", ARM, ["-march=armv8-a"], 8, 8, "one SMLAL of 8 a cycle"),
    ("cortex-a76", "dotprod", "neon", "neon_dotprod", ARM, ["-march=armv8.2-a+dotprod"], 32, 32, "two SDOT of 16 a cycle"),
    ("neoverse-v1", "i8mm", "neon", "neon_i8mm", ARM, ["-march=armv8.2-a+dotprod+i8mm"], 128, 128, "four SMMLA of 32 a cycle"),
    ("sifive-x280", "rvv", "rvv", "rvv", RISCV, ["-march=rv64gcv"], 16, 8,
     "16 widening products of 256 bits a cycle; INT8 takes two each"),
    ("alderlake", "avx2", "avx2", "avx2", X86, AVX2, 48, 32, "ports of VPMADDUBSW and VPADDW"),
    ("alderlake", "avxvnni", "avx2", "avxvnni", X86, AVX2 + ["-mavxvnni"], 64, 64, "two VPDPBUSD of 32 a cycle"),
    ("znver4", "avx2", "avx2", "avx2", X86, AVX2, 64, 32, "two VPMADDUBSW of 32 a cycle"),
    ("znver4", "avx512vnni", "avx2", "avx512vnni", X86, AVX512, 64, 64, "one VPDPBUSD of 64 a cycle"),
]


def several_tokens(folder):
    text = (SOURCE / "runtime/kernels" / folder / "dot.h").read_text()
    match = re.search(r"kMatMulTokens = (\d+)", text)
    return int(match[1]) if match else 4  # i8mm's are dotprod's


def straight_run(setting, compiler, loop, function, tokens):
    """The marked instructions of the compiled loop."""
    _, _, words, dot, target, flags, *_ = loop
    kernels = "runtime/kernels"
    assembly = setting.cache / "inner_loop.s"
    setting.run(compiler, f"--target={target}", *flags, *FLAGS, *STRAIGHT, f"-I{SOURCE}", f"-I{SOURCE}/runtime/include",
                f'-DNIBBLE_VEC="{kernels}/{words}/vec.h"', f'-DNIBBLE_DOT="{kernels}/{dot}/dot.h"',
                f"-DNIBBLE_DOT_FUNCTION={function}", f"-DNIBBLE_TOKENS={tokens}", SOURCE / "bench/inner_loop.cc", "-o", assembly)
    run = re.search("LLVM-MCA-BEGIN\n(.*?)[^\n]*LLVM-MCA-END", Path(assembly).read_text(), re.DOTALL)[1]
    return run, assembly


def cycles(setting, simulator, loop, function, tokens, compiler):
    """(instructions, cycles) of one group, or None where the run is not straight."""
    cpu, target = loop[0], loop[4]
    run, assembly = straight_run(setting, compiler, loop, function, tokens)
    if BRANCH.search(run):
        return None
    assembly.write_text(run)
    text = setting.run(simulator, f"-mtriple={target}", f"-mcpu={cpu}", f"-iterations={ITERATIONS}", assembly).stdout
    found = [int(re.search(rf"^{what}:\s+(\d+)", text, re.MULTILINE)[1]) for what in ("Instructions", "Total Cycles")]
    return found[0] / ITERATIONS, found[1] / ITERATIONS


def write(setting):
    compiler = setting.program("clang++-19", "install the package clang-19")
    simulator = setting.program("llvm-mca-19", "install the package llvm-19")
    rows = []
    for loop in LOOPS[:2] if setting.quick else LOOPS:
        cpu, kernels, _, dot, _, _, *peaks, reason = loop
        for function, peak in zip(("dot_int4", "dot_int8"), peaks):
            for tokens in (1, several_tokens(dot)):
                result = cycles(setting, simulator, loop, function, tokens, compiler)
                if result is None:
                    rows.append([cpu, kernels, function, tokens, "not straight", "", "", peak, "", reason])
                    continue
                speed = GROUP_MACS * tokens / result[1]
                rows.append([cpu, kernels, function, tokens, round(result[0]), short(result[1]), short(speed), peak,
                             f"{speed / peak:.0%}", reason])
    return (f"One group of 128 columns for 32 rows ({GROUP_MACS} MAC a token), loop unrolled to one straight run, its sums stored; "
            f"mean of {ITERATIONS} groups in a row, all data in the first cache. A simulation: it knows the CPU's pipes, not its memory.\n\n"
            + table(["CPU", "kernels", "function", "tokens:", "instructions:", "cycles:", "MAC/cycle:", "peak:", "of peak:",
                     "the peak is"], rows))
