"""The section on the machine, the compilers and the build.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import datetime
import os
import platform
import re
import resource
import subprocess
import time
from pathlib import Path

from performance.markdown import table
from performance.environment import SOURCE

FLAGS = ("f16c", "avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "sha_ni", "asimd",
         "asimddp", "i8mm", "sve")
# CPUs that others may have used on average; above it speeds are too low.
QUIET_CPUS = 0.1


def output_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=SOURCE).stdout.strip()
    except FileNotFoundError:
        return ""


def cpu():
    """(model, of FLAGS those it has)"""
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    present = re.search(r"^(?:flags|Features)\s*: (.*)$", text, re.MULTILINE)
    present = present[1].split() if present else []
    return model[1] if model else platform.machine(), [flag for flag in FLAGS if flag in present]


def caches():
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size, shared = ((folder / name).read_text().strip()
                                     for name in ("level", "type", "size", "shared_cpu_list"))
        found.append(f"L{level} {kind.lower()} {size} (CPUs {shared})")
    return "; ".join(found) or "unknown"


def build_facts(build):
    text = (build / "CMakeCache.txt").read_text()

    def entry(name):
        match = re.search(f"^{name}:[A-Z]+=(.*)$", text, re.MULTILINE)
        return match[1] if match else ""

    compiler = entry("CMAKE_CXX_COMPILER")
    version = output_of(compiler, "--version").splitlines()
    flags = entry("CMAKE_CXX_FLAGS") + " " + entry("CMAKE_CXX_FLAGS_" + entry("CMAKE_BUILD_TYPE").upper())
    return version[0] if version else compiler, entry("CMAKE_BUILD_TYPE"), flags.strip()


def commit():
    changed = " with changes that are not committed" if output_of("git", "status", "--porcelain", "-uno") else ""
    return (output_of("git", "rev-parse", "HEAD") or "unknown") + changed


class Neighbors:
    """CPU time that was not ours since this was made: other processes, and other machines on the same CPUs."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        """(clock, CPU seconds in use or stolen, of those ours), in seconds"""
        fields = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        idle, waiting = fields[3:5]
        ours = sum(usage.ru_utime + usage.ru_stime
                   for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
        return time.monotonic(), (sum(fields) - idle - waiting) / os.sysconf("SC_CLK_TCK"), ours

    def sentence(self):
        seconds, used, ours = (after - before for before, after in zip(self.start, self.now()))
        cpus = max(0, used - ours) / seconds
        text = f"While this was measured ({seconds / 60:.0f} min), others used {cpus:.2f} of {os.cpu_count()} CPUs on average.\n"
        if cpus <= QUIET_CPUS:
            return text
        return text + ("\n**The machine was not quiet: speeds below are too low, ratios rough, verdicts on them void. "
                       "Instruction counts, simulated cycles, bytes and digests hold.**\n")


def write(environment):
    model, flags = cpu()
    compiler, build_type, build_flags = build_facts(environment.build)
    memory = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())[1]
    rows = [("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
            ("commit", commit()), ("CPU", f"{model}; {os.cpu_count()} CPUs"),
            ("its features, as far as they matter", " ".join(flags)), ("caches", caches()),
            ("memory", f"{int(memory) / 2**20:.1f} GiB"), ("system", f"{platform.system()} {platform.release()}"),
            ("compiler", compiler), ("build", f"{build_type}, `{build_flags}`; the runtime's flags: `cmake/Runtime.cmake`, "
                                             "the kernel sets': `runtime/kernels/CMakeLists.txt`"),
            ("kernel sets built", ", ".join(environment.kernel_sets()))]
    return table(["", ""], rows)
