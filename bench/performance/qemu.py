"""The section on guest instructions per token: bare images under QEMU, whose clock counts instructions.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re
import sys

from performance.markdown import grouped, table
from performance.environment import SOURCE, NotRun

# CNTVCT counts at 62.5 MHz, one tick every 16 ns; mcycle counts every instruction.
TICK_INSTRUCTIONS = {"aarch64": 16, "riscv64": 1}


def vectors(bits):
    return f"rv64,v=true,vlen={bits},elen=64,vext_spec=v1.0"


# (target, image, CPU, what the row says)
RUNS = [("aarch64", "counted-aarch64-scalar", "max,pauth-impdef=on", "forced"),
        ("aarch64", "counted-aarch64", "cortex-a53", "cortex-a53"),
        ("aarch64", "counted-aarch64", "cortex-a76", "cortex-a76"),
        ("aarch64", "counted-aarch64", "max,pauth-impdef=on", "max"),
        ("riscv64", "counted-riscv64-scalar", "rv64", "forced")]
RUNS += [("riscv64", "counted-riscv64", vectors(bits), f"VLEN {bits}") for bits in (128, 256, 512, 1024)]


def count(environment, target, image, cpu):
    """(kernel set, instructions per decoded token, digest)"""
    elf = environment.build / "bench" / f"{image}.elf"
    if not elf.exists():
        raise NotRun(f"no `{image}.elf`: configure with -DNIBBLE_IMAGES=ON and build")
    text = environment.run(sys.executable, "-B", SOURCE / "tests/qemu/boot.py", target, elf, "--cpu", cpu, "--icount").stdout
    kernels = re.search(r"^kernels (\w+)$", text, re.MULTILINE)[1]
    tokens, ticks = map(int, re.search(r"^decode (\d+) tokens, (\d+) ticks$", text, re.MULTILINE).groups())
    return kernels, ticks * TICK_INSTRUCTIONS[target] / tokens, re.search(r"^digest (\w+)$", text, re.MULTILINE)[1]


def write(environment):
    rows, scalar, digests = [], {}, set()
    for target, image, cpu, remark in RUNS[:1] + RUNS[2:3] if environment.quick else RUNS:
        kernels, instructions, digest = count(environment, target, image, cpu)
        digests.add(digest)
        if kernels == "scalar":
            scalar[target] = instructions
        share = instructions / scalar[target]
        environment.figures[("guest", target, kernels, remark)] = share
        rows.append([target, kernels, remark, grouped(instructions), f"1/{1 / share:.1f}"])
    text = ("kdoc-6m, int4 in groups of 128, INT8 cache; decode steps of one reply, sampling and console left out. "
            "`-icount shift=0` moves the guest's clock by 1 ns with each instruction. AArch64's counter runs at 62.5 MHz, so a tick "
            "is 16 instructions; RISC-V's `mcycle` counts instructions themselves. Instructions are not time: a "
            "vector instruction of RISC-V may work on eight registers.\n\n"
            + table(["target", "kernels", "CPU", "instructions per token:", "of scalar:"], rows))
    return text + ("\nAll have the same digest.\n" if len(digests) == 1 else "\n**Different bits.**\n")
