#!/usr/bin/env python3
"""Measures everything and writes docs/PERFORMANCE.md: one command, from a finished build.

    bench/report.py --build build/host [--llama-bench NAME=PATH]... [--gguf SHAPE-TYPE=PATH]...

A part whose tool or CPU feature is missing says so and the rest goes on. bench/README.md explains
the figures.
"""
# SPDX-License-Identifier: MIT OR GPL-2.0-only
import argparse
import json
import os
import shlex
import sys
from pathlib import Path

from performance import (bandwidth, inner_loops, instructions, llama_cpp, machine, markdown, micro, qemu, speed,
                         targets)
from performance.environment import SOURCE, Environment, NotRun

HEAD = """<!-- What was measured, on which machine, by which command. Generated: edit bench/performance instead. -->
<!-- SPDX-License-Identifier: MIT OR GPL-2.0-only -->
# Performance

Written by `bench/report.py`; [bench/README.md](../bench/README.md) says what each figure means. Speeds are medians.

```console
{command}
```
"""


def exactness(environment, options):
    """What the fixed order of float additions and the missing fused multiply-add cost: measured in a
    branch, since this code has no other way. The file: {"percent": number, "text": Markdown}."""
    if not options.exactness:
        raise NotRun("no `--exactness FILE` was given")
    measured = json.loads(options.exactness.read_text())
    environment.figures["exactness"] = measured["percent"] / 100
    return f"{measured['percent']:g} %, measured in a branch: {measured['text']}\n"


def sections(options):
    """(title, function of the environment); the table of targets reads what the others measured."""
    return [("Machine", machine.write),
            ("Single kernels", micro.write),
            ("Whole models", speed.write),
            ("Beside llama.cpp", lambda environment: llama_cpp.write(environment, options)),
            ("Decoding and the memory's speed", bandwidth.write),
            ("Instructions per token on the host", instructions.write),
            ("Instructions per token on bare machines", qemu.write),
            ("Inner loops, simulated", inner_loops.write),
            ("Price of bit-exactness", lambda environment: exactness(environment, options)),
            ("Targets", targets.write)]


def section_text(environment, title, write):
    try:
        text = write(environment)
    except NotRun as reason:
        text = f"Not run: {reason}.\n"
    commands = environment.take_commands()
    if commands:
        text += ("\n<details><summary>Commands</summary>\n\n" + markdown.code_block(commands) + "\n</details>\n")
    return f"\n## {title}\n\n{text}"


def name_and_path(text):
    name, separator, path = text.partition("=")
    if not separator or not Path(path).exists():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH of something that exists")
    return name, Path(path).resolve()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=SOURCE / "build/host", help="a finished build of the preset host")
    parser.add_argument("--output", type=Path, default=SOURCE / "docs/PERFORMANCE.md")
    parser.add_argument("--cache", type=Path, help="for generated models; default: performance/ in $NIBBLE_CACHE or ~/.cache/nibble")
    parser.add_argument("--llama-bench", type=name_and_path, action="append", default=[], metavar="NAME=PATH",
                        help="a llama-bench; where NAME is a kernel set, that set is compared, else the best")
    parser.add_argument("--gguf", type=name_and_path, action="append", default=[], metavar="SHAPE-TYPE=PATH",
                        help="such as 135m-Q4_0=model.gguf; types Q4_0, Q8_0, f16")
    parser.add_argument("--exactness", type=Path, metavar="FILE", help='JSON: {"percent": number, "text": Markdown}')
    parser.add_argument("--rounds", type=int, default=5, help="samples of each speed; the page has their medians")
    parser.add_argument("--quick", action="store_true", help="tiny shapes, one sample: shows that everything runs")
    options = parser.parse_args()
    options.llama_bench, options.gguf = dict(options.llama_bench), dict(options.gguf)
    if options.cache is None:
        options.cache = Path(os.environ.get("NIBBLE_CACHE", Path.home() / ".cache/nibble")) / "performance"
    return options


def main():
    options = parse_arguments()
    options.cache.mkdir(parents=True, exist_ok=True)
    environment = Environment(build=options.build.resolve(), cache=options.cache.resolve(), quick=options.quick,
                      rounds=1 if options.quick else options.rounds)
    if not environment.nibble.exists():
        sys.exit(f"report.py: no {environment.nibble}: cmake --preset host && cmake --build --preset host")
    page = HEAD.format(command=environment.shown(shlex.join(["bench/report.py", *sys.argv[1:]])))
    if options.quick:
        page += "\n**A quick run on tiny shapes: it shows that everything runs, and no speed.**\n"
    neighbors = machine.Neighbors()
    body = "".join(section_text(environment, title, write) for title, write in sections(options))
    options.output.write_text(f"{page}\n{neighbors.sentence()}{body}")
    print(f"report: wrote {options.output}", file=sys.stderr)


if __name__ == "__main__":
    main()
