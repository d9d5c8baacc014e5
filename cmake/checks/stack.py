#!/usr/bin/env python3
"""The runtime's calls never go deeper than the stack bound: no recursion, no frame of unknown size.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    stack.py BUILD CPU [BOUND]

Frames come from the compiler's .su files, calls from the disassembly with its relocations. Calls
through pointers are listed below with all they can reach; one that is not listed is a failure.
Functions of the platform and callbacks of the user are counted as nothing: their stack is theirs.
"""
import pathlib
import re
import sys

import check
import objects

DEFAULT_BOUND_BYTES = 4096
# What a call pushes itself; elsewhere the return address is part of the frame.
CALL_BYTES = {"x86_64": 8, "aarch64": 0, "riscv64": 0}
OUTSIDE = "outside"  # the caller's own functions
ROOT = pathlib.Path(__file__).resolve().parents[2]


def op_names():
    """The operations, from their rows: a kernel has its operation's name."""
    path = ROOT / "runtime/format/ops.h"
    names = re.findall(r'\.code = OpCode::\w+,\s*\.name = "(\w+)"', path.read_text())
    return names or sys.exit(f"{path}: no rows of operations found")


KERNEL_SETS = sorted(path.parent.name for path in (ROOT / "runtime/kernels").glob("*/kernels.cc"))
KERNEL_OF = rf"^nibble::({'|'.join(KERNEL_SETS)})::(\(anonymous namespace\)::)?"
# Functions that call through a pointer, and all that the pointer can hold; patterns of demangled
# names, a caller may match several rows.
INDIRECT_CALLS = [
    *((rf"^void nibble::program::\(anonymous namespace\)::run_kernel<&nibble::Kernels::{op},", [KERNEL_OF + rf"{op}\("])
      for op in op_names()),
    # ParallelFor: the caller's function, which calls back.
    (r"^nibble::program::(\(anonymous namespace\)::)?(Executor::run|run_op|run_range|run_threads)\(",
     [OUTSIDE, r"^nibble::program::.*run_part\("]),
    (r"^nibble::model::SectionChunks::(load|run_all)\(", [OUTSIDE, r"^nibble::model::SectionChunks::run_workers\("]),
    # BlobSource::read: the caller's function, or the C interface's between it and us.
    (r"^nibble::model::(Loader|SectionChunks|BlobReader)::|^nibble::Model::",
     [OUTSIDE, r"^\(anonymous namespace\)::read_through_callback\("]),
    (r"^\(anonymous namespace\)::read_through_callback\(", [OUTSIDE]),
    (r"^nibble::format::(Sha256::|sha256\()", [r"^nibble::(format::)?\(anonymous namespace\)::sha256_compress_"]),
    (r"^nibble::SamplerPhases::(weigh|add_up_exponentials|run|step)\(", [KERNEL_OF + r"exponentiate\("]),
    # The allocator's hooks: null in a context made from the caller's memory, and not called.
    (r"^(nibble_)?ZSTD_", [OUTSIDE]),
]
# Functions that call themselves, and how often at most.
BOUNDED_RECURSION = {
    # An input below 8 bytes is copied into a buffer of 8 and read again.
    "nibble_FSE_readNCount_bmi2": 2,
}


def demangle(names):
    return dict(zip(names, check.output_of("llvm-cxxfilt", text="\n".join(names)).splitlines()))


def frame_sizes(path, problems):
    """{symbol: bytes} from the .su file beside an object."""
    frames = {}
    for line in path.with_suffix(".su").read_text().splitlines():
        place, size, kind = line.rsplit("\t", 2)
        symbol = place.rsplit(":", 1)[1]
        frames[symbol] = int(size)
        if kind != "static":
            problems.append(f"{symbol}: a {kind} frame has no bound")
    return frames


def is_direct_call(cpu, instruction, kind):
    if cpu == "riscv64":
        return kind in ("R_RISCV_CALL_PLT", "R_RISCV_CALL", "R_RISCV_JAL", "R_RISCV_RVC_JUMP")
    if cpu == "aarch64":
        return kind in ("R_AARCH64_CALL26", "R_AARCH64_JUMP26", "R_AARCH64_CONDBR19", "R_AARCH64_TSTBR14")
    return instruction.mnemonic.startswith(("call", "j"))


def is_indirect_call(cpu, instruction, follows_direct):
    mnemonic, operands = instruction.mnemonic, instruction.operands
    if cpu == "riscv64":
        return mnemonic in ("jalr", "jr") and not follows_direct
    if cpu == "aarch64":
        return mnemonic.startswith(("blr", "br")) and mnemonic not in ("brk",)
    return mnemonic.startswith(("call", "jmp")) and operands.startswith("*")


class CallGraph:
    """Nodes are (object, symbol) pairs; globals are found by symbol alone."""

    def __init__(self, cpu, paths):
        self.cpu = cpu
        self.problems = []
        self.frames, self.calls, self.indirect = {}, {}, set()
        self.address_taken = set()
        self.globals = {}
        bodies = {}
        for path in paths:
            frames = frame_sizes(path, self.problems)
            exported = objects.global_symbols(path)
            for symbol, body in objects.functions(path).items():
                node = (str(path), symbol)
                bodies[node] = body
                if symbol not in frames:
                    self.problems.append(f"{symbol}: the compiler wrote no frame size")
                if any("vlenb" in instruction.operands for instruction in body):
                    self.problems.append(f"{symbol}: spills vectors, so its frame grows with them")
                self.frames[node] = frames.get(symbol, 0)
                if symbol in exported:
                    self.globals[symbol] = node
        for node, body in bodies.items():
            self.calls[node] = set()
            self._read(node, body)
        for path in paths:
            self._read_data(path)

    def _resolve(self, path, target):
        name = re.sub(r"[-+]0x[0-9a-f]+$", "", target)
        for symbol in (name, re.sub(r"^\.text\.(unlikely\.|hot\.)?", "", name)):
            if (path, symbol) in self.frames:
                return (path, symbol)
            if symbol in self.globals:
                return self.globals[symbol]
        return None

    def _read(self, node, body):
        follows_direct = False
        for instruction in body:
            if is_indirect_call(self.cpu, instruction, follows_direct):
                self.indirect.add(node)
            follows_direct = False
            for kind, target in instruction.relocations:
                callee = self._resolve(node[0], target)
                if is_direct_call(self.cpu, instruction, kind):
                    follows_direct = True
                    if callee:
                        self.calls[node].add(callee)
                elif callee:
                    self.address_taken.add(callee)

    def _read_data(self, path):
        """Addresses of functions in tables."""
        for line in check.output_of("llvm-readelf", "-rW", path).splitlines():
            match = re.search(r"R_(?:X86_64_64|AARCH64_ABS64|RISCV_64)\s+[0-9a-f]+\s+(\S+)", line)
            callee = match and self._resolve(str(path), match[1])
            if callee:
                self.address_taken.add(callee)

    def name(self, node):
        return self.names[node[1]]

    def drop_unused_zstd(self):
        """Of zstd only what the runtime reaches counts: a linker leaves out the rest."""
        live, todo = set(), [node for node in self.frames if not objects.is_zstd_object(pathlib.Path(node[0]))]
        while todo:
            node = todo.pop()
            if node not in live:
                live.add(node)
                todo.extend(self.calls[node])
        self.frames = {node: size for node, size in self.frames.items() if node in live}
        self.indirect &= live
        self.address_taken &= live

    def connect_indirect(self):
        """Adds the edges of INDIRECT_CALLS; every such call and every taken address must be listed."""
        self.drop_unused_zstd()
        self.names = demangle(sorted({symbol for _, symbol in self.frames}))
        reachable = set()
        for caller in sorted(self.indirect):
            rows = [callees for pattern, callees in INDIRECT_CALLS if re.search(pattern, self.name(caller))]
            if not rows:
                self.problems.append(f"{self.name(caller)}: calls through a pointer, and INDIRECT_CALLS does not say what")
            for pattern in (pattern for row in rows for pattern in row if pattern != OUTSIDE):
                callees = {node for node in self.address_taken if re.search(pattern, self.name(node))}
                if not callees:
                    self.problems.append(f"{self.name(caller)}: nothing whose address is taken matches {pattern}")
                self.calls[caller] |= callees
                reachable |= callees
        for node in sorted(self.address_taken - reachable):
            self.problems.append(f"{self.name(node)}: its address is taken, and no row of INDIRECT_CALLS reaches it")

    def deepest(self):
        """(bytes, path) of the worst chain of calls; adds a problem for each cycle."""
        done, path = {}, []

        def visit(node):
            if node in done:
                return done[node]
            if node in path:
                cycle = path[path.index(node):] + [node]
                self.problems.append("recursion: " + " > ".join(self.name(n) for n in cycle))
                return (0, [])
            path.append(node)
            times = BOUNDED_RECURSION.get(node[1], 1)
            if times > 1:
                self.calls[node].discard(node)
            below = max((visit(callee) for callee in self.calls[node]), default=(0, []))
            path.pop()
            done[node] = (times * (self.frames[node] + CALL_BYTES[self.cpu]) + below[0], times * [node] + below[1])
            return done[node]

        sys.setrecursionlimit(10000)
        return max(visit(node) for node in sorted(self.frames))


def main():
    build, cpu = sys.argv[1:3]
    bound = int(sys.argv[3]) if len(sys.argv) > 3 else DEFAULT_BOUND_BYTES
    graph = CallGraph(cpu, objects.runtime_objects(build))
    graph.connect_indirect()
    worst, path = graph.deepest()
    print(f"{len(graph.frames)} functions, {len(graph.indirect)} that call through a pointer; the deepest chain:")
    for node in path:
        print(f"{graph.frames[node] + CALL_BYTES[cpu]:6} {graph.name(node)}")
    print(f"{worst:6} of {bound} bytes")
    if worst > bound:
        graph.problems.append(f"the deepest chain of calls needs {worst - bound} bytes more than the bound")
    return check.report(graph.problems, f"stack of {cpu}", graph.frames)


if __name__ == "__main__":
    sys.exit(main())
