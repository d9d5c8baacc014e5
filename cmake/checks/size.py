#!/usr/bin/env python3
"""Code and constants of the runtime stay within the committed budgets.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    size.py BUILD CPU

Budgets are in size_budgets.json, in bytes: `own` is the runtime with scalar kernels, `with_zstd`
adds the decoder, `vector_set` limits each further kernel set, which a build may leave out
(-DNIBBLE_KERNELS=). Raise one in the commit that needs it and say there why.
"""
import json
import pathlib
import sys

import check
import objects


def allocated_bytes(path):
    return sum(size for _, _, size, flags in objects.sections(path) if "A" in flags)


def part_of(path):
    if objects.is_zstd_object(path):
        return "zstd"
    vector_set = objects.vector_set_of(path)
    return f"set {vector_set}" if vector_set else objects.folder_of(path)


def main():
    build, cpu = sys.argv[1:]
    sizes = {}
    for path in objects.runtime_objects(build):
        if objects.is_memory_object(path):
            continue  # not in the archive: a kernel or a C library brings its own
        sizes[part_of(path)] = sizes.get(part_of(path), 0) + allocated_bytes(path)
    for part, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{part:16} {size:8,}")

    sets = {part: size for part, size in sizes.items() if part.startswith("set ")}
    own = sum(sizes.values()) - sum(sets.values()) - sizes.get("zstd", 0)
    measured = [("own", own, "own"), ("with_zstd", own + sizes.get("zstd", 0), "with_zstd")]
    measured += [(part, size, "vector_set") for part, size in sets.items()]
    budgets = json.loads((pathlib.Path(__file__).parent / "size_budgets.json").read_text())[cpu]
    problems = []
    for name, size, budget in measured:
        print(f"{name:16} {size:8,} of {budgets[budget]:,}")
        if size > budgets[budget]:
            problems.append(f"{name}: {size - budgets[budget]:,} bytes over the budget")
    return check.report(problems, f"size of {cpu}", sum(sizes.values()))


if __name__ == "__main__":
    sys.exit(main())
