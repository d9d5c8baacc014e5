"""Damages a copy of an image: a byte of its blob, or the first instruction of a function.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import pathlib
import re
import subprocess
import sys

BLOB_MAGIC = b"NIBL\r\n\x1a\n"
# An instruction that every CPU of the kind refuses.
ILLEGAL = {"x86_64": b"\x0f\x0b", "aarch64": b"\x00\x00\x00\x00", "riscv64": b"\x00\x00\x00\x00"}


def llvm(tool, *arguments):
    return subprocess.run([f"{tool}-19", *arguments], capture_output=True, text=True, check=True).stdout


def file_offset(image, symbol):
    address = next(int(line.split()[0], 16) for line in llvm("llvm-nm", image).splitlines() if line.endswith(f" {symbol}"))
    for line in llvm("llvm-readelf", "-lW", image).splitlines():
        if match := re.match(r"\s+LOAD\s+(0x\w+)\s+(0x\w+)\s+0x\w+\s+(0x\w+)", line):
            offset, start, size = (int(text, 16) for text in match.groups())
            if start <= address < start + size:
                return offset + address - start
    sys.exit(f"corrupt.py: {image} has no {symbol}")


def with_flipped_blob_byte(image, index):
    data = bytearray(pathlib.Path(image).read_bytes())
    data[data.index(BLOB_MAGIC) + index] ^= 1
    return data


def with_trap_at(image, symbol, target):
    data = bytearray(pathlib.Path(image).read_bytes())
    offset = file_offset(image, symbol)
    code = ILLEGAL[target.split("-")[0]]
    data[offset:offset + len(code)] = code
    return data
