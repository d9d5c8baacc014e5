#!/usr/bin/env python3
"""Every file opens with a sentence that says what it is for, and names its license.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re
import sys

import check
import sources

LICENSE = "SPDX-License-Identifier: MIT OR GPL-2.0-only"
# What programs include of Linux says that including it makes no derived work.
INTERFACE_LICENSE = "SPDX-License-Identifier: (MIT OR GPL-2.0-only) WITH Linux-syscall-note"
OPENING_LINES = 12  # within which the license must be named


def opening_problem(path, text):
    lines = text.splitlines()
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    mark = sources.COMMENTS[path.suffix]
    if not lines or not lines[0].startswith((mark, "/*")):
        return "does not open with a comment"
    head = "\n".join(lines[:OPENING_LINES]).replace(INTERFACE_LICENSE, LICENSE)
    if not re.search(r"^\W*" + LICENSE, head, re.MULTILINE):
        return f"does not say {LICENSE} on a line of its own near the top"
    before, _, after = head.partition(LICENSE)
    # Linux has the license first, the sentence behind it.
    comment = before if before.strip("/* \n") else after.partition("*/")[2] if after.startswith(" */") else after
    sentence = re.sub(r'(?m)^\s*(//|#|"""|/?\*)\s?', "", comment)
    if not re.search(r"\w[^.]{8,}[.:?]", sentence):
        return "does not open with a sentence"
    return None


def main():
    problems = []
    paths = sources.files(set(sources.COMMENTS))
    for path in paths:
        is_list = path.name == "CMakeLists.txt"
        is_template = path.suffix == ".in" and not path.name.endswith(".cc.in")
        if (path.suffix == ".txt" and not is_list) or is_template or path.parts[0] == "LICENSES":
            continue
        if problem := opening_problem(path, (sources.ROOT / path).read_text()):
            problems.append(f"{path}: {problem}")
    print(f"{len(paths)} files")
    return check.report(problems, "file_headers", paths)


if __name__ == "__main__":
    sys.exit(main())
