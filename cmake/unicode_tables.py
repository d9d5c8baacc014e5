#!/usr/bin/env python3
"""Writes offline/unicode/unicode_data.inc from the Unicode Character Database.

Its source is the folder that Debian's package unicode-data installs (version 15.0.0):
UnicodeData.txt, PropList.txt and DerivedNormalizationProps.txt, also found at
https://www.unicode.org/Public/15.0.0/ucd/.

  cmake/unicode_tables.py [FOLDER] > offline/unicode/unicode_data.inc

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import pathlib
import re
import sys

DEFAULT_FOLDER = "/usr/share/unicode"
CODE_POINTS = 0x110000
CLASSES = "LNMPS"  # the first letter of general categories that have a class of their own
HEADER = """// Unicode {version}: classes, canonical decompositions, combining classes, lower case.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Written by cmake/unicode_tables.py; do not edit.
// clang-format off
"""


def rows(path):
    for line in path.read_text().splitlines():
        fields = [field.strip() for field in line.split("#")[0].split(";")]
        if fields != [""]:
            yield fields


def span(text):
    first, _, last = text.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


class Database:
    """What UnicodeData.txt says of each code point, ranges filled in."""

    def __init__(self, folder):
        self.category = ["Cn"] * CODE_POINTS
        self.combining, self.decomposition, self.lower = {}, {}, {}
        first = None
        for code, name, category, combining, _, mapping, *rest in rows(folder / "UnicodeData.txt"):
            code = int(code, 16)
            begin = first if name.endswith(", Last>") else code
            first = code if name.endswith(", First>") else None
            for point in range(begin, code + 1):
                self.category[point] = category
            if combining != "0":
                self.combining[code] = int(combining)
            if mapping and not mapping.startswith("<"):
                self.decomposition[code] = [int(part, 16) for part in mapping.split()]
            if rest[7]:
                self.lower[code] = int(rest[7], 16)
        self.white = {p for r in rows(folder / "PropList.txt") if r[1] == "White_Space" for p in span(r[0])}
        self.excluded = {p for r in rows(folder / "DerivedNormalizationProps.txt")
                         if r[1] == "Full_Composition_Exclusion" for p in span(r[0])}
        self.version = re.search(r"-(\d+\.\d+\.\d+)\.txt", (folder / "PropList.txt").read_text()).group(1)

    def class_of(self, point):
        letter = self.category[point][0]
        return "W" if point in self.white else letter if letter in CLASSES else "O"


def runs(values, nothing):
    """(first code point, value) wherever the value changes, from code point 0 on."""
    before = None
    for point in range(CODE_POINTS):
        value = values(point) or nothing
        if value != before:
            yield point, value
        before = value


def table(declaration, items):
    lines, line = [f"constexpr {declaration}[] = {{"], " "
    for item in items:
        if len(line) + len(item) > 98:
            lines.append(line)
            line = " "
        line += f" {item},"
    return "\n".join([*lines, line, "};", ""])


def main():
    data = Database(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else DEFAULT_FOLDER))
    pairs, single = {}, {}
    for point, parts in data.decomposition.items():
        (pairs if len(parts) == 2 else single)[point] = parts
    print(HEADER.format(version=data.version))
    print(f'constexpr char kUnicodeVersion[] = "{data.version}";\n')
    print(table("ClassRun kClassRuns", [f"{{0x{p:X}, {c}}}" for p, c in runs(data.class_of, "O")]))
    print(table("CombiningRun kCombiningRuns",
                [f"{{0x{p:X}, {c}}}" for p, c in runs(lambda p: data.combining.get(p, 0), 0)]))
    print(table("PairDecomposition kPairDecompositions",
                [f"{{0x{p:X}, 0x{a:X}, 0x{b:X}, {int(p not in data.excluded)}}}"
                 for p, (a, b) in sorted(pairs.items())]))
    print(table("CodePointMapping kSingletons", [f"{{0x{p:X}, 0x{a:X}}}" for p, (a,) in sorted(single.items())]))
    print(table("CodePointMapping kLowerCase", [f"{{0x{p:X}, 0x{a:X}}}" for p, a in sorted(data.lower.items())]), end="")


if __name__ == "__main__":
    main()
