"""What every section works with: paths, options, commands that are written down, figures.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import dataclasses
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]


class NotRun(Exception):
    """A part that cannot be measured here; the text says why."""


@dataclasses.dataclass
class Environment:
    build: Path
    cache: Path
    quick: bool
    rounds: int
    figures: dict = dataclasses.field(default_factory=dict)  # what the table of targets reads
    commands: list = dataclasses.field(default_factory=list)  # of the section being written

    @property
    def nibble(self):
        return self.build / "offline/cli/nibble"

    def program(self, name, hint):
        """The path of a program of this build or this machine. Raises NotRun."""
        built = self.build / "bench" / name
        found = str(built) if built.exists() else shutil.which(name)
        if not found:
            raise NotRun(f"`{name}` is missing: {hint}")
        return found

    def shown(self, text):
        """Text without this machine's paths."""
        for path, name in ((self.build, "build/host"), (self.cache, "$CACHE"), (SOURCE, ".")):
            text = text.replace(str(path), name)
        text = text.replace(" ./", " ")
        return re.sub(r"(?<![\w.$/])/(?!dev/)(?:[\w.+-]+/)+", "…/", text)

    def run(self, *arguments, check=True):
        """The finished process; its command line goes into the section's list of commands."""
        command = [str(argument) for argument in arguments]
        # Installed programs by their name, our own by their path.
        first = command[0] if command[0].startswith(str(self.build)) else Path(command[0]).name
        line = self.shown(shlex.join([first, *command[1:]]))
        if line not in self.commands:
            self.commands.append(line)
        print(f"report: {line}", file=sys.stderr, flush=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
        if check and done.returncode != 0:
            raise NotRun(f"`{line}` ended with status {done.returncode}: {self.shown(last_line(done))}")
        return done

    def run_json(self, *arguments):
        return json.loads(self.run(*arguments).stdout)

    def take_commands(self):
        taken, self.commands = self.commands, []
        return taken

    def kernel_sets(self):
        """The kernel sets of the build, best first."""
        text = (self.build / "CMakeCache.txt").read_text()
        return re.search("^NIBBLE_KERNEL_SETS:INTERNAL=(.*)$", text, re.MULTILINE)[1].split(";")


def last_line(done):
    lines = (done.stderr + done.stdout).strip().splitlines()
    return lines[-1] if lines else "no output"
