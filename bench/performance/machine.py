"""The section on the machine, the compilers and the build.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from performance.markdown import table
from performance.setting import SOURCE

FLAGS = ("f16c", "avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "sha_ni", "asimd",
         "asimddp", "i8mm", "sve")
# Above this, something else was running, and the figures are too low.
QUIET_LOAD = 0.5


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


def write(setting):
    load = os.getloadavg()[0]
    setting.figures["load"] = load
    model, flags = cpu()
    compiler, build_type, build_flags = build_facts(setting.build)
    memory = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text())[1]
    rows = [("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
            ("commit", commit()), ("CPU", f"{model}; {os.cpu_count()} CPUs"),
            ("its features, as far as they matter", " ".join(flags)), ("caches", caches()),
            ("memory", f"{int(memory) / 2**20:.1f} GiB"), ("system", f"{platform.system()} {platform.release()}"),
            ("compiler", compiler), ("build", f"{build_type}, `{build_flags}`; the runtime's flags: `cmake/Runtime.cmake`, "
                                             "the kernel sets': `runtime/kernels/CMakeLists.txt`"),
            ("kernel sets built", ", ".join(setting.kernel_sets())),
            ("load average at the start", f"{load:.2f}")]
    text = table(["", ""], rows)
    if load > QUIET_LOAD:
        text += (f"\n**Something else was running (load average {load:.1f}, {os.cpu_count()} CPUs): every speed below is too low, "
                 "and ratios are rough. Instruction counts, bytes and digests hold.**\n")
    return text
