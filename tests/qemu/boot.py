#!/usr/bin/env python3
"""Boots a bare-metal image in QEMU and returns its verdict: 0 passed, 1 failed, 2 cannot be run.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    boot.py TARGET IMAGE [--cpu NAME] [--memory 512M] [--timeout 120] [--icount] [--expect REGEX]...
            [--same-as TOOL BLOB PROMPT TOKENS] [--expect-failure] [--flip-blob-byte N] [--trap-at SYMBOL]

Prints what the image prints from its first line on, without the firmware's greeting. Software
emulation always, so that every machine runs the same thing.
"""
import argparse
import re
import subprocess
import sys
import tempfile
import threading

import corrupt

COMMON = ["-accel", "tcg", "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio", "-monitor", "none"]
RISCV_CPU = "rv64,v=true,vlen=256,elen=64,vext_spec=v1.0"
# Command, CPU, exit status that means success. isa-debug-exit gives (0x10 << 1) | 1 for success.
MACHINES = {
    "x86_64": (["qemu-system-x86_64", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"], "max", 33),
    "aarch64": (["qemu-system-aarch64", "-M", "virt", "-semihosting-config", "enable=on,target=native"],
                "max,pauth-impdef=on", 0),
    "riscv64": (["qemu-system-riscv64", "-M", "virt", "-bios", "none"], RISCV_CPU, 0),
    "riscv64-sbi": (["qemu-system-riscv64", "-M", "virt"], RISCV_CPU, 0),
}
FIRST_LINE = "nibble image"
MAX_OUTPUT_BYTES = 1 << 20  # a guest in a reset loop must not fill the disk


def run(command, timeout_seconds):
    """Exit status (None: stopped by time or amount of output) and console text."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    stopped = threading.Event()

    def stop():
        stopped.set()
        process.kill()

    timer = threading.Timer(timeout_seconds, stop)
    timer.start()
    output = b""
    while chunk := process.stdout.read1(65536):
        output += chunk
        if len(output) > MAX_OUTPUT_BYTES:
            stop()
            break
    process.wait()
    timer.cancel()
    return (None if stopped.is_set() else process.returncode), output.decode("utf-8", "replace")


def host_digest(tool, blob, prompt, tokens):
    """What the host's tool prints for the same request."""
    command = [tool, "run", blob, prompt, "--tokens", tokens, "--digest"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.search("^logits sha256 ([0-9a-f]{64})$", text, re.MULTILINE)[1]


def corrupted(options):
    """The damaged image's bytes, or None when none was asked for."""
    if options.flip_blob_byte is not None:
        return corrupt.with_flipped_blob_byte(options.image, options.flip_blob_byte)
    if options.trap_at:
        return corrupt.with_trap_at(options.image, options.trap_at, options.target)
    return None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=MACHINES)
    parser.add_argument("image")
    parser.add_argument("--cpu")
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--timeout", type=float, default=120, help="seconds")
    parser.add_argument("--icount", action="store_true",
                        help="let the clock advance by 1 ns with each instruction, so that ticks count instructions")
    parser.add_argument("--expect", action="append", default=[], help="a pattern the output must hold")
    parser.add_argument("--expect-failure", action="store_true", help="the image must report a failure")
    parser.add_argument("--same-as", nargs=4, metavar=("TOOL", "BLOB", "PROMPT", "TOKENS"),
                        help="the digest must be the one that the host's tool prints")
    parser.add_argument("--flip-blob-byte", type=int, metavar="N", help="boot a copy whose blob has byte N changed")
    parser.add_argument("--trap-at", metavar="SYMBOL", help="boot a copy that executes an illegal instruction there")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.same_as:
        options.expect.append(f"^digest {host_digest(*options.same_as)}$")
    with tempfile.NamedTemporaryFile(suffix=".elf") as copy:
        if damaged := corrupted(options):
            copy.write(damaged)
            copy.flush()
            options.image = copy.name
        return boot(options)


def boot(options):
    """The verdict on one image."""
    command, cpu, success = MACHINES[options.target]
    command = command[:1] + COMMON + command[1:]
    command += ["-cpu", options.cpu or cpu, "-m", options.memory, "-kernel", options.image]
    if options.icount:
        command += ["-icount", "shift=0"]
    try:
        status, text = run(command, options.timeout)
    except FileNotFoundError:
        sys.exit(f"boot.py: {command[0]} is not installed: bash cmake/setup.sh")
    text = text.replace("\r", "")
    begin = text.find(FIRST_LINE)
    sys.stdout.write(text if begin < 0 else text[begin:])
    sys.stdout.flush()

    if status is None:
        print(f"boot.py: stopped after {options.timeout:g} s or {MAX_OUTPUT_BYTES} bytes of output")
        return 1
    missing = [pattern for pattern in options.expect if not re.search(pattern, text, re.MULTILINE)]
    for pattern in missing:
        print(f"boot.py: nothing in the output matches {pattern!r}")
    if options.expect_failure:
        failed_properly = status != success and re.search("^failed: ", text, re.MULTILINE)
        return 0 if failed_properly and not missing else 1
    if status != success:
        print(f"boot.py: QEMU ended with status {status}, not {success}")
    return 0 if status == success and not missing else 1


if __name__ == "__main__":
    sys.exit(main())
