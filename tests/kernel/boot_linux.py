#!/usr/bin/env python3
"""Boots a Linux kernel in QEMU with the module, models and test programs, and returns its verdict.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    boot_linux.py ARCH KERNEL --module nibble.ko --init INIT --test DEVICE_TEST --tool NIBBLE
                  --model BLOB [--other BLOB] [--cpu NAME] [--timeout SECONDS]

Exit status 0: every test passed, and the kernel's log has no complaint. The answer that the tests
expect is what the host's tool says.
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
PROMPT = "PCI device 8086:10d3 is"
# What a healthy kernel does not say. The module is unsigned and out of tree, which it may say.
COMPLAINTS = re.compile(
    r"WARNING:|BUG:|Oops|KASAN|UBSAN|kmemleak|INFO: (task|rcu)|soft lockup|rcu.*stall|"
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


def initial_files(arguments):
    answer = json.loads(subprocess.run([arguments.tool, "run", arguments.model, PROMPT, "--json"],
                                       check=True, stdout=subprocess.PIPE).stdout)["text"].encode()
    files = {"init": (0o755, read(arguments.init)), "device_test": (0o755, read(arguments.test)),
             "nibble.ko": (0o644, read(arguments.module)), "expected": (0o644, answer)}
    blob = read(arguments.model)
    other = read(arguments.other) if arguments.other else blob
    for name, data in models(blob, other).items():
        files[f"lib/firmware/nibble/{name}.nbl"] = (0o644, data)
    return files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("arch", choices=MACHINES)
    parser.add_argument("kernel")
    for name in ("module", "init", "test", "tool", "model"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--other")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("--cpus", default="2")
    parser.add_argument("--timeout", type=float, default=300)
    arguments = parser.parse_args()
    with tempfile.NamedTemporaryFile(suffix=".cpio.gz") as initial:
        initial.write(gzip.compress(archive(initial_files(arguments)), 1))
        initial.flush()
        command = MACHINES[arguments.arch] + boot.COMMON + [
            "-m", arguments.memory, "-smp", arguments.cpus, "-kernel", arguments.kernel,
            "-initrd", initial.name, "-append",
            f"console={CONSOLES[arguments.arch]} panic=-1 rdinit=/init loglevel=4"]
        status, text = boot.run(command, arguments.timeout)
    print(text)
    complaints = [line for line in text.splitlines() if COMPLAINTS.search(line)]
    for line in complaints:
        print(f"boot_linux.py: the kernel complains: {line}", file=sys.stderr)
    if status is None:
        print(f"boot_linux.py: not finished within {arguments.timeout} s", file=sys.stderr)
    return 0 if status == 0 and not complaints and "\n== PASSED" in text else 1


if __name__ == "__main__":
    sys.exit(main())
