#!/usr/bin/env python3
"""Boots a Linux kernel in QEMU with the module, models and test programs, and returns its verdict.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    boot_linux.py ARCH KERNEL --init INIT --module FILE... --program FILE [--arguments A,B] [--prompt TEXT]
                  [--after FILE] [--settle SECONDS] [--tool NIBBLE --model BLOB [--other BLOB]]
                  [--expect REGEX]... [--quiet] [--memory 1G] [--cpus 2] [--timeout 300] [--icount]
    boot_linux.py ARCH KERNEL --built-in --tool NIBBLE --model BLOB [--init INIT --program FILE]
    boot_linux.py ARCH KERNEL --init INIT --module FILE --model BLOB --caught DETECTOR

Exit status 0: the program succeeded, what is expected was printed, and the kernel's log has no
complaint. The answer that tests expect is what the host's tool says of the model. A kernel with the
driver and the model built in is asked by boot parameter as well, and needs no file system: without
--init it has none. With --caught the module has a planted bug, and success is that it was reported.
"""
import argparse
import gzip
import json
import os
import re
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "qemu"))
import boot  # noqa: E402

MACHINES = {
    "x86_64": ["qemu-system-x86_64", "-cpu", "max"],
    "arm64": ["qemu-system-aarch64", "-M", "virt", "-cpu", "max,pauth-impdef=on"],
    "riscv64": ["qemu-system-riscv64", "-M", "virt", "-cpu", "rv64"],
}
CONSOLES = {"x86_64": "ttyS0", "arm64": "ttyAMA0", "riscv64": "ttyS0"}
# How a machine without a file system ends, once the kernel has answered.
NO_INIT = r"Kernel panic - not syncing: (?:VFS|No working init)"
# What a debug kernel says about the bug that kernel-module/plant/plant.h plants for a detector.
CAUGHT = {
    "kasan": r"BUG: KASAN: slab-out-of-bounds in nbl_plant_read\+",
    "kasan_vector": r"BUG: KASAN: slab-out-of-bounds in nbl_plant_read_vector\+",
    "ubsan": r"UBSAN: shift-out-of-bounds in .*plant\.cc",
    "ubsan_vector": r"UBSAN: shift-out-of-bounds in .*plant\.cc",
    "lockdep": r"WARNING: possible circular locking dependency detected",
    "kmemleak": r"unreferenced object 0x[0-9a-f]+ \(size 64\):",
    "atomic_sleep": r"BUG: (sleeping function called from invalid context|scheduling while atomic)",
}
PROMPT = "PCI device 8086:10d3 is"
# What a healthy kernel does not say. The module is unsigned and out of tree, which it may say.
COMPLAINTS = re.compile(
    r"WARNING:|BUG:|Oops|KASAN|UBSAN|unreferenced object|INFO: (task|rcu)|soft lockup|rcu.*stall|"
    r"possible (circular|recursive) locking|sleeping function called|Call Trace|general protection")


def archive_entry(name, mode, data, number):
    """One file of a cpio archive in the format newc, which the kernel unpacks."""
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, 5 if name == "dev/console" else 0,
              1 if name == "dev/console" else 0, len(name) + 1, 0]
    entry = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    entry += b"\0" * (-len(entry) % 4)
    return entry + data + b"\0" * (-len(data) % 4)


def archive(files):
    """files: name → (mode, data). Folders are made from the names."""
    folders = {"dev"}
    for name in files:
        parts = name.split("/")[:-1]
        folders.update("/".join(parts[:i + 1]) for i in range(len(parts)))
    entries = [(folder, stat.S_IFDIR | 0o755, b"") for folder in sorted(folders)]
    entries += [("dev/console", stat.S_IFCHR | 0o600, b"")]
    entries += [(name, stat.S_IFREG | mode, data) for name, (mode, data) in files.items()]
    entries += [("TRAILER!!!", 0, b"")]
    return b"".join(archive_entry(*entry, number) for number, entry in enumerate(entries, 1))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def models(arguments):
    """Good ones, and what the module has to refuse."""
    blob = read(arguments.model)
    corrupted = bytearray(blob)
    corrupted[len(blob) // 2] ^= 1
    return {"model": blob, "other": read(arguments.other) if arguments.other else blob,
            "truncated": blob[:len(blob) // 2], "corrupted": bytes(corrupted),
            "text": b"no model at all\n" * 40, "empty": b""}


def host_json(arguments, *command):
    return json.loads(subprocess.run([arguments.tool, *command, "--json"],
                                     check=True, stdout=subprocess.PIPE).stdout)


def expected_answer(arguments):
    """What the host says, as files for the tests."""
    said = host_json(arguments, "run", arguments.model, PROMPT)
    return {"expected": (0o644, said["text"].encode()),
            "expected_digest": (0o644, said["logits_sha256"].encode())}


def initial_files(arguments):
    files = {"init": (0o755, read(arguments.init))}
    if arguments.program:
        files["program"] = (0o755, read(arguments.program))
    for path in arguments.module + arguments.after:
        files[os.path.basename(path)] = (0o644, read(path))
    if arguments.tool:
        files |= expected_answer(arguments)
    for name, data in models(arguments).items():
        files[f"lib/firmware/nibble/{name}.nbl"] = (0o644, data)
    return files


def names(paths):
    return ",".join("/" + os.path.basename(path) for path in paths)


def kernel_arguments(arguments):
    """Those without a dot reach init as its environment."""
    words = [f"console={CONSOLES[arguments.arch]}", "panic=-1"]
    if arguments.init:
        words += ["rdinit=/init", f"SETTLE={arguments.settle}"]
    words += [f'nibble.prompt="{PROMPT}"', "loglevel=7"] if arguments.built_in else ["loglevel=4"]
    if arguments.module:
        words.append(f"MODULES={names(arguments.module)}")
    if arguments.program:
        words.append("PROGRAM=/program")
    if arguments.after:
        words.append(f"AFTER={names(arguments.after)}")
    if arguments.arguments:
        words.append(f"ARGUMENTS={arguments.arguments}")
    if arguments.prompt:
        words.append(f'PROMPT="{arguments.prompt}"')
    return " ".join(words)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch", choices=MACHINES)
    parser.add_argument("kernel")
    parser.add_argument("--model", required=True)
    for name in ("init", "program"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--built-in", action="store_true")
    parser.add_argument("--caught", choices=CAUGHT)
    parser.add_argument("--icount", action="store_true",
                        help="let the clock advance by 1 ns with each instruction")
    for name in ("module", "after", "expect"):
        parser.add_argument(f"--{name}", action="append", default=[])
    for name in ("arguments", "prompt"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--tool")
    parser.add_argument("--other")
    parser.add_argument("--settle", type=int, default=0)
    parser.add_argument("--quiet", action="store_true", help="prints the kernel's log on failure only")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("--cpus", default="2")
    parser.add_argument("--timeout", type=float, default=300)
    return parser.parse_args()


def boot_machine(arguments):
    """Exit status of QEMU, and what the console showed."""
    with tempfile.NamedTemporaryFile(suffix=".cpio.gz") as initial:
        command = MACHINES[arguments.arch] + boot.COMMON + [
            "-m", arguments.memory, "-smp", arguments.cpus, "-kernel", arguments.kernel,
            "-append", kernel_arguments(arguments)]
        command += ["-icount", "shift=0"] if arguments.icount else []
        if arguments.init:
            initial.write(gzip.compress(archive(initial_files(arguments)), 1))
            initial.flush()
            command += ["-initrd", initial.name]
        return boot.run(command, arguments.timeout)


def failures_of_built_in(arguments, text):
    """What is wrong with a log that should hold the answer and the bill, before the first process."""
    before_init = re.split(rf"Run \S+ as init process|{NO_INIT}", text)[0]
    said = host_json(arguments, "run", arguments.model, PROMPT)
    bill = host_json(arguments, "plan", arguments.model, "--residency", "keep")
    expected = [f"nibble: answer: {said['text']}", f"nibble: logits sha256 {said['logits_sha256']}",
                f"blob {bill['blob_bytes']} bytes, model arena {bill['model']['arena_bytes']} bytes",
                f"session {bill['sessions_bytes']} bytes"]
    return [f"before init the log does not say {line!r}" for line in expected if line not in before_init]


def failures(arguments, status, text):
    if arguments.caught:
        expected = CAUGHT[arguments.caught]
        return [] if re.search(expected, text) else [f"not caught: nothing matches {expected}"]
    healthy = re.split(NO_INIT, text)[0] if arguments.init is None else text
    found = [f"the kernel complains: {line}" for line in healthy.splitlines() if COMPLAINTS.search(line)]
    found += failures_of_built_in(arguments, text) if arguments.built_in else []
    found += [f"KUnit: {line}" for line in text.splitlines() if re.search(r"\bnot ok \d+ (?!- )", line)]
    found += [f"nothing matches {expected}" for expected in arguments.expect
              if not re.search(expected, text)]
    if status is None:
        found.append(f"not finished within {arguments.timeout} s")
    if status != 0 or (arguments.init and "== PASSED" not in text):
        found.append("the program failed")
    return found


def main():
    arguments = parse_arguments()
    status, text = boot_machine(arguments)
    text = text.replace("\r", "")
    if not arguments.built_in:
        text = text.partition("== init\n")[2] or text  # without the firmware's greeting
    found = failures(arguments, status, text)
    program_output = text[:text.find("== kernel log")] if arguments.quiet and not found else text
    print("\n".join(line for line in program_output.splitlines()
                    if arguments.built_in or not line.startswith("[")))
    for failure in found:
        print(f"boot_linux.py: {failure}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
