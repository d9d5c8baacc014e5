#!/usr/bin/env python3
"""Boots a Linux kernel in QEMU with the module, models and test programs, and returns its verdict.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    boot_linux.py ARCH KERNEL --module nibble.ko --init INIT --test DEVICE_TEST --tool NIBBLE
                  --model BLOB [--other BLOB] [--timeout SECONDS]
    boot_linux.py ARCH KERNEL --module nibble.ko --init INIT --tool NIBBLE --model BLOB --caught DETECTOR
    boot_linux.py ARCH KERNEL --built-in --tool NIBBLE --model BLOB [--init INIT --test DEVICE_TEST]

Exit status 0: every test passed, and the kernel's log has no complaint. The answer that the tests
expect is what the host's tool says. A kernel that has the driver and the model built in is asked by
boot parameter as well, and needs no file system: without --init it has none. With --caught the
module has a planted bug, and status 0 means that the detector reported it.
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
# What a debug kernel says about the bug that kernel-module/plant/plant.h plants for a detector.
CAUGHT = {
    "kasan": "BUG: KASAN: slab-out-of-bounds in nbl_plant_read\\+",
    "kasan_vector": "BUG: KASAN: slab-out-of-bounds in nbl_plant_read_vector",
    "ubsan": "UBSAN: shift-out-of-bounds in .*plant.cc",
    "ubsan_vector": "UBSAN: shift-out-of-bounds in .*plant.cc",
    "lockdep": "WARNING: possible circular locking dependency detected",
    "kmemleak": "unreferenced object 0x[0-9a-f]+ \\(size 64\\):",
    "atomic_sleep": "BUG: (sleeping function called from invalid context|scheduling while atomic)",
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


def models(blob, other):
    """Good ones, and what the module has to refuse."""
    corrupted = bytearray(blob)
    corrupted[len(blob) // 2] ^= 1
    return {"model": blob, "other": other, "truncated": blob[:len(blob) // 2],
            "corrupted": bytes(corrupted), "text": b"no model at all\n" * 40, "empty": b""}


def host_json(*command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def host_answer(arguments):
    return host_json(arguments.tool, "run", arguments.model, PROMPT, "--json")["text"]


def initial_files(arguments):
    files = {"init": (0o755, read(arguments.init)), "expected": (0o644, host_answer(arguments).encode())}
    if arguments.test:
        files["device_test"] = (0o755, read(arguments.test))
    if arguments.module:
        files["nibble.ko"] = (0o644, read(arguments.module))
    blob = read(arguments.model)
    other = read(arguments.other) if arguments.other else blob
    for name, data in models(blob, other).items():
        files[f"lib/firmware/nibble/{name}.nbl"] = (0o644, data)
    return files


def faults_of_built_in(text, arguments):
    """What is wrong with a log that should hold the answer and the bill, before the first process."""
    before_init = re.split(r"Run \S+ as init process|Kernel panic - not syncing: (?:VFS|No working init)",
                           text)[0]
    said = "\n".join(re.findall(r"nibble: answer: (.*)", before_init.replace("\r", "")))
    if said != host_answer(arguments):
        yield f"the answer on the console is {said!r}, the host's {host_answer(arguments)!r}"
    bill = host_json(arguments.tool, "plan", arguments.model, "--residency", "keep", "--json")
    expected = (f"blob {bill['blob_bytes']} bytes, model arena {bill['model']['arena_bytes']} bytes",
                f"session {bill['sessions_bytes']} bytes")
    for figure in expected:
        if figure not in before_init:
            yield f"the log does not say {figure!r}, as nibble plan does"


def complaints(text):
    """A machine without a file system ends in a panic of its own, once it has answered."""
    healthy = re.split(r"Kernel panic - not syncing: (?:VFS|No working init)", text)[0]
    for line in healthy.splitlines():
        if COMPLAINTS.search(line):
            yield f"the kernel complains: {line}"


def faults(status, text, arguments):
    if arguments.caught:
        if not re.search(CAUGHT[arguments.caught], text):
            yield f"no report matches {CAUGHT[arguments.caught]!r}"
        return
    yield from complaints(text)
    if status is None:
        yield f"not finished within {arguments.timeout} s"
    elif status != 0:
        yield f"QEMU ended with status {status}"
    if arguments.built_in:
        yield from faults_of_built_in(text, arguments)
    if arguments.init and "\n== PASSED" not in text:
        yield "the tests did not pass"


def kernel_command_line(arguments):
    words = [f"console={CONSOLES[arguments.arch]}", "panic=-1"]
    words += ["rdinit=/init", "loglevel=4"] if arguments.init else []
    words += [f'nibble.prompt="{PROMPT}"', "loglevel=7"] if arguments.built_in else []
    return " ".join(words)


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch", choices=MACHINES)
    parser.add_argument("kernel")
    for name in ("tool", "model"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("module", "init", "test", "other"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--built-in", action="store_true")
    parser.add_argument("--caught", choices=CAUGHT)
    parser.add_argument("--icount", action="store_true",
                        help="let the clock advance by 1 ns with each instruction")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("--cpus", default="2")
    parser.add_argument("--timeout", type=float, default=300)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    command = MACHINES[arguments.arch] + boot.COMMON + [
        "-m", arguments.memory, "-smp", arguments.cpus, "-kernel", arguments.kernel,
        "-append", kernel_command_line(arguments)]
    command += ["-icount", "shift=0"] if arguments.icount else []
    with tempfile.NamedTemporaryFile(suffix=".cpio.gz") as initial:
        if arguments.init:
            initial.write(gzip.compress(archive(initial_files(arguments)), 1))
            initial.flush()
            command += ["-initrd", initial.name]
        status, text = boot.run(command, arguments.timeout)
    print(text)
    found = list(faults(status, text, arguments))
    for fault in found:
        print(f"boot_linux.py: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
