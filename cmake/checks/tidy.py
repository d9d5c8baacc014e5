#!/usr/bin/env python3
"""clang-tidy finds nothing in the runtime and its start-up code, nor in any folder that is named.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    tidy.py BUILD [FOLDER]...    a build folder with compile_commands.json; default folder: runtime
"""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

import check
import sources


def findings(tidy, build, path):
    command = [tidy, "--quiet", "-p", build, path]
    text = subprocess.run(command, capture_output=True, text=True, cwd=sources.ROOT).stdout
    return [line for line in text.splitlines() if re.search(r": (error|warning):", line)]


def main():
    build, folders = sys.argv[1], sys.argv[2:] or ["runtime"]
    compiled = {entry["file"] for entry in json.loads((pathlib.Path(build) / "compile_commands.json").read_text())}
    roots = [str(sources.ROOT / folder) + os.sep for folder in folders]
    paths = sorted(path for path in compiled if path.endswith(".cc") and path.startswith(tuple(roots)))
    tidy = check.tool("clang-tidy")
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = pool.map(lambda path: findings(tidy, build, path), paths)
        problems = sorted({line.replace(f"{sources.ROOT}{os.sep}", "") for lines in found for line in lines})
    print(f"{len(paths)} files")
    return check.report(problems, "tidy", paths)


if __name__ == "__main__":
    sys.exit(main())
