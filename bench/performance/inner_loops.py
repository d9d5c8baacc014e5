"""The section on inner loops: bench/inner_loop.cc compiled for other CPUs and simulated by llvm-mca.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re

from performance.environment import SOURCE
from performance.markdown import short, table

ITERATIONS = 50
GROUP_MACS = 32 * 128  # rows of a block by columns of a group
# The whole group becomes one straight run: llvm-mca knows no branches.
STRAIGHT = ["-mllvm", "-unroll-count=64", "-mllvm", "-unroll-threshold=1000000", "-mllvm", "-inline-threshold=1000000"]
FLAGS = ["-std=c++20", "-O2", "-ffreestanding", "-fno-exceptions", "-ffp-contract=off", "-fno-vectorize",
         "-fno-slp-vectorize", "-DNDEBUG"]
AVX2 = ["-mavx2", "-mf16c"]
AVX512 = AVX2 + ["-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni"]
ARM, RISCV = "aarch64-linux-gnu", "riscv64-linux-gnu"
X86 = "x86_64-linux-gnu"
BRANCH = re.compile(r"^\s+(j\w+|call\w*|bl?|b\.\w+|cbn?z|b[egln]\w+)\s.*[.\w]", re.MULTILINE)
# What a multiply-add takes, {} being one of many accumulators, and how many it does: the peak is as many of these as
# the simulated CPU can start. Several tokens may use another instruction than one.
SMLAL = ("smlal v{}.8h, v30.8b, v31.8b", 8, range(16))
SDOT = ("sdot v{}.4s, v30.16b, v31.16b", 16, range(24))
SMMLA = ("smmla v{}.4s, v30.16b, v31.16b", 32, range(24))
VWMACC = ("vsetvli zero, a0, e8, m4, ta, ma\nvwmacc.vv v{}, v0, v4", 128, (8, 16, 24))
MADDUBS = ("vpmaddubsw %ymm15, %ymm14, %ymm13\nvpaddw %ymm13, %ymm{0}, %ymm{0}", 32, range(12))
DPBUSD = ("{{vex}} vpdpbusd %ymm15, %ymm14, %ymm{}", 32, range(12))
DPBUSD_512 = ("vpdpbusd %zmm31, %zmm30, %zmm{}", 64, range(24))
# (CPU, set, folder of vec.h, of dot.h, target, flags, product for one token, for several)
LOOPS = [
    ("cortex-a72", "neon", "neon", "neon", ARM, ["-march=armv8-a"], SMLAL, SMLAL),
    ("cortex-a76", "dotprod", "neon", "dotprod", ARM, ["-march=armv8.2-a+dotprod"], SDOT, SDOT),
    ("neoverse-v1", "i8mm", "neon", "i8mm", ARM, ["-march=armv8.2-a+dotprod+i8mm"], SDOT, SMMLA),
    ("sifive-x280", "rvv", "rvv", "rvv", RISCV, ["-march=rv64gcv"], VWMACC, VWMACC),
    ("alderlake", "avx2", "avx2", "avx2", X86, AVX2, MADDUBS, MADDUBS),
    ("alderlake", "avxvnni", "avx2", "avxvnni", X86, AVX2 + ["-mavxvnni"], DPBUSD, DPBUSD),
    ("znver4", "avx2", "avx2", "avx2", X86, AVX2, MADDUBS, MADDUBS),
    ("znver4", "avx512vnni", "avx512vnni", "avx512vnni", X86, AVX512, DPBUSD_512, DPBUSD_512),
]
REMARKS = """The peak is what the same simulated CPU reaches on the set's multiply-add instruction alone, without loads (AVX2: VPMADDUBSW
with VPADDW). `dot_int8` needs more than one of them for 4096 MAC on AVX2 (signs), AVX-VNNI and AVX-512 VNNI (offset) and RVV (two nibbles).
llvm-mca takes every register of a group for full; a step fills half of the x280's, so its real cycles are fewer, in the loop and the peak alike."""


def several_tokens(folder):
    text = (SOURCE / "runtime/kernels" / folder / "dot.h").read_text()
    match = re.search(r"kMatMulTokens = (\d+)", text)
    return int(match[1]) if match else 4  # i8mm's are dotprod's


def straight_run(environment, compiler, loop, function, tokens):
    """The marked instructions of the compiled loop."""
    vec, dot, target, flags = loop[2:6]
    kernels = "runtime/kernels"
    # A loop that the kernels keep as a loop, to stay small, becomes straight only without its pragma.
    text = environment.run(compiler, "-E", f"--target={target}", *flags, *FLAGS, f"-I{SOURCE}", f"-I{SOURCE}/runtime/include",
                           f'-DNIBBLE_VEC="{kernels}/{vec}/vec.h"', f'-DNIBBLE_DOT="{kernels}/{dot}/dot.h"',
                           f"-DNIBBLE_DOT_FUNCTION={function}", f"-DNIBBLE_TOKENS={tokens}", SOURCE / "bench/inner_loop.cc").stdout
    preprocessed = environment.cache / "inner_loop.ii"
    preprocessed.write_text(text.replace("#pragma GCC unroll 1\n", ""))
    assembly = environment.cache / "inner_loop.s"
    environment.run(compiler, f"--target={target}", *flags, "-S", *FLAGS, *STRAIGHT, preprocessed, "-o", assembly)
    return re.search("LLVM-MCA-BEGIN\n(.*?)[^\n]*LLVM-MCA-END", assembly.read_text(), re.DOTALL)[1]


def simulate(environment, simulator, loop, assembly):
    """(instructions, cycles) of one pass over the text, which has no branches."""
    path = environment.cache / "inner_loop.s"
    path.write_text(assembly)
    text = environment.run(simulator, f"-mtriple={loop[4]}", f"-mcpu={loop[0]}", f"-iterations={ITERATIONS}", path).stdout
    found = [int(re.search(rf"^{what}:\s+(\d+)", text, re.MULTILINE)[1]) for what in ("Instructions", "Total Cycles")]
    return found[0] / ITERATIONS, found[1] / ITERATIONS


def peak(environment, simulator, loop, product):
    """MAC/cycle of nothing but multiply-adds."""
    instruction, macs, registers = product
    text = "\n".join(instruction.format(register) for register in registers) + "\n"
    return macs * len(registers) / simulate(environment, simulator, loop, text)[1]


def row_of(environment, tools, loop, function, tokens):
    """One row of the table."""
    compiler, simulator = tools
    cpu, kernels = loop[:2]
    run = straight_run(environment, compiler, loop, function, tokens)
    if BRANCH.search(run):
        return [cpu, kernels, function, tokens, "has branches", "", "", "", ""]
    instructions, cycles = simulate(environment, simulator, loop, run)
    speed = GROUP_MACS * tokens / cycles
    most = peak(environment, simulator, loop, loop[6] if tokens == 1 else loop[7])
    return [cpu, kernels, function, tokens, round(instructions), short(cycles), short(speed), short(most), f"{speed / most:.0%}"]


def write(environment):
    tools = (environment.program("clang++-19", "install the package clang-19"),
             environment.program("llvm-mca-19", "install the package llvm-19"))
    rows = [row_of(environment, tools, loop, function, tokens) for loop in (LOOPS[:2] if environment.quick else LOOPS)
            for function in ("dot_int4", "dot_int8") for tokens in (1, several_tokens(loop[3]))]
    return (f"One group of 128 columns for 32 rows ({GROUP_MACS} MAC per token), loop unrolled to one straight run, its sums stored; "
            f"mean of {ITERATIONS} groups in a row, all data in the first cache. A simulation: it knows the CPU's pipes, not its "
            f"memory.\n\n{REMARKS}\n\n"
            + table(["CPU", "kernels", "function", "tokens:", "instructions:", "cycles:", "MAC/cycle:", "peak:", "of peak:"], rows))
