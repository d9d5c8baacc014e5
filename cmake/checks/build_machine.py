#!/usr/bin/env python3
"""Nothing depends on the CPU that builds: no file asks a compiler for the features of that CPU.

SPDX-License-Identifier: MIT OR GPL-2.0-only

A program that is compiled for the CPU of one machine stops, or is not even compiled, on the next one. What needs an
instruction set has it in a file or a function of its own, and chooses when it runs.
"""
import re
import sys

import check
import sources

# Flags that mean "this CPU"; the class in the pattern keeps this file from matching itself.
NATIVE = re.compile(r"-m(?:arch|tune|cpu)[=]native|-x[H]ost\b")
SUFFIXES = sources.CODE | {".cmake", ".txt", ".sh", ".py", ".in", ".json", ".md", ""}


def main():
    problems = []
    paths = [path for path in sources.files(SUFFIXES) if path.parts[:2] != ("tests", "fuzz")]
    for path in paths:
        for number, line in enumerate((sources.ROOT / path).read_text(errors="replace").splitlines(), 1):
            if found := NATIVE.search(line):
                problems.append(f"{path}:{number}: {found[0]} ties the build to the CPU that it runs on; "
                                "name the features, and choose when the program runs")
    print(f"{len(paths)} files")
    return check.report(problems, "build machine", paths)


if __name__ == "__main__":
    sys.exit(main())
