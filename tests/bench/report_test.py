#!/usr/bin/env python3
"""Runs bench/report.py --quick: every part has its table, or says which tool is missing.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    report_test.py BUILD
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
# Section, programs without which it may be missing, and what it must say when they are there.
SECTIONS = {
    "Machine": ([], "kernel sets built"),
    "Single kernels": (["kernels_bench"], r"\| scalar \| int4 \| cached"),
    "Whole models": ([], r"\| tiny \| f16 \|(?s:.*)all runs have one digest"),
    "Beside llama.cpp": ([], "Not run: no `--llama-bench"),
    "Decoding and the memory's speed": ([], r"\| tiny \| int8 \| 2 \|"),
    "Instructions per token on the host": (["valgrind"], r"\| tiny \| int4 g128 \| scalar \|"),
    "Instructions per token on bare machines": (["qemu-system-aarch64", "counted-aarch64.elf"],
                                                r"\| aarch64 \| dotprod \|(?s:.*)same digest"),
    "Inner loops, simulated": (["clang++-19", "llvm-mca-19"], r"\| cortex-a76 \| dotprod \| dot_int4 \| 1 \| [0-9]"),
    "Price of bit-exactness": ([], "3.5 %, measured in a branch: for a test"),
    "Targets": ([], r"\| price of bit-exactness \| 3.5% \| ≤ 5.0% \| ≤ 1.0% \| must met \|"),
}


def is_there(build, program):
    return (build / "bench" / program).exists() or shutil.which(program) is not None


def complaints(build, page):
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    if list(sections) != list(SECTIONS):
        yield f"the sections are {list(sections)}"
    for title, (programs, pattern) in SECTIONS.items():
        text = sections.get(title, "")
        missing = [program for program in programs if not is_there(build, program)]
        if missing:
            print(f"skipped {title}: no {', '.join(missing)}")
            pattern = "Not run: "
        if not re.search(pattern, text):
            yield f"nothing in section {title!r} matches {pattern!r}:\n{text}"


def main():
    build = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        output, exactness = Path(folder) / "page.md", Path(folder) / "exactness.json"
        exactness.write_text('{"percent": 3.5, "text": "for a test"}')
        subprocess.run([SOURCE / "bench/report.py", "--quick", "--build", build, "--cache", folder, "--output", output,
                        "--exactness", exactness], check=True)
        wrong = list(complaints(build, output.read_text()))
        if str(SOURCE) in output.read_text() or folder in output.read_text():
            wrong.append("the page names a folder of this machine")
    for sentence in wrong:
        print(f"report_test.py: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
