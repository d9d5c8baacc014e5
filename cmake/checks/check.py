"""What every check shares: finding and running installed tools, and the verdict.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import shutil
import subprocess
import sys


def tool(name):
    """The first of name-19 and name that is installed; ends the check when neither is."""
    for candidate in (f"{name}-19", name):
        if shutil.which(candidate):
            return candidate
    sys.exit(f"{name} is not installed: bash cmake/setup.sh")


def output_of(name, *arguments, text=None):
    """What a tool prints, given `text` as its input; ends the check when the tool fails."""
    command = [tool(name), *map(str, arguments)]
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: {result.stderr}")
    return result.stdout


def report(problems, what, seen):
    """Prints what was found; the exit status. `seen` is what was looked at: a look at nothing proves nothing."""
    if not seen:
        problems = ["nothing was looked at", *problems]
    for problem in problems:
        print(problem)
    print(f"{what}: " + (f"{len(problems)} problems" if problems else "ok"))
    return 1 if problems else 0
