#!/usr/bin/env python3
"""Every header compiles alone; nibble.h also as C99, with both compilers.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    headers.py [INCLUDE_FOLDER]...    where generated headers are

A header that the source file of the same name includes first is compiled alone by every build; this compiles the others.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

import check
import sources

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-gnu-statement-expression",
         "-Wno-pragma-once-outside-header", "-x", "c++"]
C_FLAGS = ["-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"]
# Parts of a kernel set: the vector operations of an instruction set, and the algorithms over them.
FRAGMENT = re.compile(r"^runtime/kernels/\w+/")
FIRST_INCLUDE = re.compile(r'^#include ["<]([^">]+)[">]', re.MULTILINE)


def is_compiled_alone_by_the_build(path):
    source = sources.ROOT / path.with_suffix(".cc")
    first = source.is_file() and FIRST_INCLUDE.search(source.read_text())
    return bool(first) and first[1] == path.as_posix()


def compile_alone(command, path):
    result = subprocess.run(command + [path], capture_output=True, text=True, cwd=sources.ROOT)
    return f"{path}: does not compile alone\n{result.stderr}" if result.returncode else None


def main():
    folders = [f"-I{folder}" for folder in [".", "runtime/include", *sys.argv[1:]]]
    cxx = [check.tool("clang++"), *FLAGS, *folders]
    headers = [path for path in sources.files({".h"}, "runtime", "offline") if not FRAGMENT.search(path.as_posix())]
    alone = [path for path in headers if not is_compiled_alone_by_the_build(path)]
    jobs = [(cxx, path) for path in alone]
    for compiler in (check.tool("clang"), "gcc"):
        jobs.append(([compiler, *C_FLAGS, "-Iruntime/include"], "runtime/include/nibble/nibble.h"))
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        problems = [problem for problem in pool.map(lambda job: compile_alone(*job), jobs) if problem]
    print(f"{len(headers)} headers, {len(headers) - len(alone)} of them first in their own source file")
    return check.report(problems, "headers", alone)


if __name__ == "__main__":
    sys.exit(main())
