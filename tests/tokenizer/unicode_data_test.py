#!/usr/bin/env python3
"""Compares offline/unicode/unicode_data.inc with Python's own Unicode data, code point by code point.

Code points that Python does not know yet (an older version of Unicode) say nothing.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import pathlib
import re
import sys
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[2]
WHITE = {*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def table(text, name):
    body = re.search(rf"{name}\[\] = {{(.*?)\n}};", text, re.DOTALL).group(1)
    return [tuple(field.strip() for field in row.split(",")) for row in re.findall(r"{(.*?)}", body)]


def spread(runs):
    """(first code point, value) of runs, as the value of every code point."""
    ends = [int(first, 16) for first, _ in runs[1:]] + [0x110000]
    return [value for (first, value), end in zip(runs, ends) for _ in range(int(first, 16), end)]


def class_of(point):
    letter = unicodedata.category(chr(point))[0]
    return "W" if point in WHITE else letter if letter in "LNMPS" else "O"


def main():
    text = (ROOT / "offline/unicode/unicode_data.inc").read_text()
    classes, combining = spread(table(text, "kClassRuns")), spread(table(text, "kCombiningRuns"))
    pairs = {int(c, 16): (f"{a[2:]:0>4} {b[2:]:0>4}", k) for c, a, b, k in table(text, "kPairDecompositions")}
    single = {int(c, 16): f"{a[2:]:0>4}" for c, a in table(text, "kSingletons")}
    lower = {int(c, 16): chr(int(a, 16)) for c, a in table(text, "kLowerCase")}
    known = [p for p in range(0x110000) if unicodedata.category(chr(p)) != "Cn"]
    for p in known:
        c = chr(p)
        if classes[p] != class_of(p) or int(combining[p]) != unicodedata.combining(c):
            sys.exit(f"U+{p:04X}: class {classes[p]}, combining {combining[p]}")
        decomposed = unicodedata.decomposition(c)
        expected = "" if decomposed.startswith("<") else decomposed
        if pairs.get(p, (single.get(p, ""),))[0] != expected:
            sys.exit(f"U+{p:04X}: decomposition is not {expected}")
        composes = p in pairs and unicodedata.normalize("NFC", unicodedata.normalize("NFD", c)) == c
        if composes != (pairs.get(p, ("", "0"))[1] == "1"):
            sys.exit(f"U+{p:04X}: composes in one of the two")
        if len(c.lower()) == 1 and lower.get(p, c) != c.lower():
            sys.exit(f"U+{p:04X}: lower case")
    print(f"{len(known)} code points agree with Unicode {unicodedata.unidata_version}")


if __name__ == "__main__":
    main()
