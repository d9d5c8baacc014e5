"""The runtime's objects of a bare-metal build, and what LLVM's tools say about them.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import pathlib
import re
import sys

from check import output_of

PLATFORM_FUNCTIONS = {"nibble_platform_panic", "nibble_platform_yield"}
MEMORY_FUNCTIONS = {"memcpy", "memmove", "memset", "memcmp"}


def runtime_objects(build):
    """Objects of libnibble.a, and of the mem* functions that images add. Not the ports."""
    root = pathlib.Path(build) / "runtime"
    found = sorted(path for path in root.rglob("*.obj") if path.relative_to(root).parts[0] != "ports")
    if not found:
        sys.exit(f"{build}: no objects of the runtime: build it first")
    return found


def folder_of(path):
    """The runtime folder an object was compiled from: format, kernels, …"""
    return path.parts[path.parts.index("CMakeFiles") - 1]


def is_memory_object(path):
    return path.name.startswith("memory.cc")


def vector_set_of(path):
    """The vector kernel set an object belongs to (avx2, rvv, sha256, …), or None."""
    match = re.match(r"nibble_(?:kernels_(\w+)|(sha256))\.dir$", path.parts[path.parts.index("CMakeFiles") + 1])
    name = match and (match[1] or match[2])
    return name if name != "scalar" else None


def is_zstd_object(path):
    return "nibble_zstd.dir" in path.parts


def undefined_symbols(path):
    return {line.split()[-1] for line in output_of("llvm-nm", "--undefined-only", path).splitlines() if line.strip()}


def defined_symbols(path):
    """All symbols the object defines, local ones too."""
    return {line.split()[-1] for line in output_of("llvm-nm", "--defined-only", path).splitlines() if line.strip()}


def global_symbols(path):
    lines = output_of("llvm-nm", "--defined-only", "--extern-only", path).splitlines()
    return {line.split()[-1] for line in lines if line.strip()}


def sections(path):
    """(name, type, size, flags) of each section."""
    rows = []
    for line in output_of("llvm-readelf", "-SW", path).splitlines():
        match = re.match(r"\s*\[\s*\d+\]\s(\S+)\s+(\S+)\s+[0-9a-f]{16}\s[0-9a-f]+\s([0-9a-f]+)\s[0-9a-f]+\s(.{0,3})", line)
        if match:
            rows.append((match[1], match[2], int(match[3], 16), match[4].strip()))
    return rows


class Instruction:
    """One line of a disassembly. `relocations` are (type, target) pairs."""

    def __init__(self, mnemonic, operands):
        self.mnemonic = mnemonic
        self.operands = operands
        self.relocations = []


def functions(path):
    """{symbol: [Instruction]} of an object compiled with -ffunction-sections."""
    result = {}
    body = None
    for line in output_of("llvm-objdump", "-dr", "--no-show-raw-insn", path).splitlines():
        if header := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            if not header[1].startswith(".L"):
                body = result.setdefault(header[1], [])
        elif relocation := re.match(r"\s+[0-9a-f]+:\s+(R_\S+)\s+(\S+)", line):
            body[-1].relocations.append((relocation[1], relocation[2]))
        elif code := re.match(r"\s*[0-9a-f]+:\s+(\S+)\s*(.*)", line):
            operands = re.sub(r"<.*>|\s+#.*|\s+//.*", "", code[2])
            body.append(Instruction(code[1], operands.strip()))
    return result
