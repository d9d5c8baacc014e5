#!/usr/bin/env python3
"""Floating-point and vector registers appear in kernels/ and sampler/ only.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    floating_point.py BUILD CPU

By disassembly on every CPU. On x86-64 and AArch64 the compiler's flags forbid them too; on RISC-V,
where the headers need the hard-float ABI, this is the proof.
"""
import re
import sys

import check
import objects

ALLOWED_FOLDERS = {"kernels", "sampler"}
REGISTERS = {
    "x86_64": re.compile(r"%(?:[xyz]?mm\d+|st\b|k[0-7]\b)"),
    "aarch64": re.compile(r"\b(?:[vzqdshb]\d{1,2}|p\d{1,2}|fpcr|fpsr)\b", re.IGNORECASE),
    "riscv64": re.compile(r"\b(?:f[ast]\d{1,2}|f\d{1,2}|v\d{1,2}|fcsr|frm|fflags|vlenb|vtype|vl)\b"),
}
# A vector instruction may name no register.
MNEMONICS = {
    "x86_64": re.compile(r"(?:v?(?:ld|st)mxcsr|vzero|emms|f(?:ld|st|n)|x?rstor|xsave)"),
    "aarch64": re.compile(r"$^"),
    "riscv64": re.compile(r"vset|v[ls]e?\d"),
}


def main():
    build, cpu = sys.argv[1:]
    problems, users, instructions = [], set(), 0
    for path in objects.runtime_objects(build):
        folder = objects.folder_of(path)
        for name, body in objects.functions(path).items():
            instructions += len(body)
            for instruction in body:
                if not (REGISTERS[cpu].search(instruction.operands) or MNEMONICS[cpu].match(instruction.mnemonic)):
                    continue
                users.add(folder)
                if folder not in ALLOWED_FOLDERS:
                    problems.append(f"{folder}/{path.name}: {name}: {instruction.mnemonic} {instruction.operands}")
    if "kernels" not in users:
        problems.append("no kernel uses floating point: this check cannot see it")
    print("folders that use floating point:", ", ".join(sorted(users)))
    return check.report(problems, "floating point", instructions)


if __name__ == "__main__":
    sys.exit(main())
