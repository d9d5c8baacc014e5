#!/usr/bin/env python3
"""Every C++ file is formatted by .clang-format. C files follow the Linux style, by hand.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import subprocess
import sys

import check
import sources

LINUX_STYLE = {"runtime/include/nibble/nibble.h", "docs/examples/client.h"}


def main():
    paths = [path for path in sources.files({".h", ".cc"}, "runtime", "offline", "tests", "bench", "docs")
             if path.as_posix() not in LINUX_STYLE and path.parts[:2] != ("tests", "kernel")]
    command = [check.tool("clang-format"), "--dry-run", "-Werror"]
    result = subprocess.run([*command, *paths], capture_output=True, text=True, cwd=sources.ROOT)
    wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines() if "error:" in line})
    print(f"{len(paths)} files")
    return check.report([f"{name}: run clang-format-19 -i on it" for name in wrong], "format", paths)


if __name__ == "__main__":
    sys.exit(main())
