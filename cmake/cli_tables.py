#!/usr/bin/env python3
"""Replaces the tables of options in docs/CLI.md by those that the nibble command prints of itself.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    cli_tables.py NIBBLE    the program of a build: build/host/offline/cli/nibble
"""
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs/CLI.md"
SECTION = re.compile(r"^## ([\w-]+)\n\n((?:\|.*\n)+)", re.MULTILINE)  # a heading, and the table right below it


def main():
    manual = subprocess.run([sys.argv[1], "manual"], capture_output=True, text=True, check=True).stdout
    tables = dict(SECTION.findall(manual))
    page = PAGE.read_text()
    missing = sorted(set(tables) - {name for name, _ in SECTION.findall(page)})
    if missing:
        sys.exit(f"docs/CLI.md needs a section with any table for each of: {', '.join(missing)}")
    PAGE.write_text(SECTION.sub(lambda match: f"## {match[1]}\n\n{tables.get(match[1], match[2])}", page))


if __name__ == "__main__":
    main()
