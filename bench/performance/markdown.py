"""Tables and numbers of a Markdown page.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""


def table(heads, rows):
    """Heads that end in ":" are aligned to the right."""
    right = [head.endswith(":") for head in heads]
    lines = [[head.rstrip(":") for head in heads], ["---:" if is_right else "---" for is_right in right]]
    lines += [[str(cell) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def grouped(number):
    return f"{round(number):,}"


def short(number):
    """Three significant digits or the whole number."""
    if number >= 100:
        return grouped(number)
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def code_block(lines):
    return "```console\n" + "\n".join(lines) + "\n```\n"
