#!/usr/bin/env python3
"""Code and constants of the runtime stay within the committed budgets.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    size.py BUILD CPU

Budgets are in size_budgets.json, in bytes: `total` with the zstd decoder, `own` without it. Raise
one in the commit that needs it and say there why.
"""
import json
import pathlib
import sys

import objects


def allocated_bytes(path):
    return sum(size for _, kind, size, flags in objects.sections(path) if "A" in flags)


def main():
    build, cpu = sys.argv[1:]
    sizes = {}
    for path in objects.runtime_objects(build):
        folder = "zstd" if objects.is_zstd_object(path) else objects.folder_of(path)
        sizes[folder] = sizes.get(folder, 0) + allocated_bytes(path)
    for folder, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{folder:10} {size:8,}")
    measured = {"total": sum(sizes.values()), "own": sum(sizes.values()) - sizes.get("zstd", 0)}
    budgets = json.loads((pathlib.Path(__file__).parent / "size_budgets.json").read_text())[cpu]
    problems = []
    for name, size in measured.items():
        print(f"{name:10} {size:8,} of {budgets[name]:,}")
        if size > budgets[name]:
            problems.append(f"{name}: {size - budgets[name]:,} bytes over the budget")
    return objects.report(problems, f"size of {cpu}")


if __name__ == "__main__":
    sys.exit(main())
