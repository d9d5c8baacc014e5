#!/usr/bin/env python3
"""Every header compiles alone; nibble.h also as C99, with both compilers.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    headers.py [INCLUDE_FOLDER]...    where generated headers are
"""
import concurrent.futures
import re
import subprocess
import sys

import sources

FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-gnu-statement-expression",
         "-Wno-pragma-once-outside-header", "-x", "c++"]
C_FLAGS = ["-std=c99", "-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c"]
# Parts of a kernel set: the words of an instruction set, and the algorithms that follow them.
FRAGMENT = re.compile(r"^runtime/kernels/\w+/")


def compile_alone(command, path):
    result = subprocess.run(command + [path], capture_output=True, text=True, cwd=sources.ROOT)
    return f"{path}: does not compile alone\n{result.stderr}" if result.returncode else None


def main():
    folders = [f"-I{folder}" for folder in [".", "runtime/include", *sys.argv[1:]]]
    cxx = [sources.tool("clang++"), *FLAGS, *folders]
    jobs = []
    for path in sources.files({".h"}, "runtime", "offline"):
        if not FRAGMENT.search(path.as_posix()):
            jobs.append((cxx, path))
    for compiler in (sources.tool("clang"), "gcc"):
        jobs.append(([compiler, *C_FLAGS, "-Iruntime/include"], "runtime/include/nibble/nibble.h"))
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        problems = [problem for problem in pool.map(lambda job: compile_alone(*job), jobs) if problem]
    print(f"{len(jobs)} headers")
    return sources.report(problems, "headers", jobs)


if __name__ == "__main__":
    sys.exit(main())
