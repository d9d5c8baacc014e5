#!/usr/bin/env python3
"""Which folder may include which: one table.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import re
import sys

import check
import sources

FACE = r"nibble/\w+\.h"
GROUND = r"std(def|int)\.h"
CORE = r"runtime/core/\w+\.h"
FORMAT = r"runtime/format/\w+\.h"
LAYOUTS = r"runtime/format/(blob|layout)\.h"
KERNEL_TABLE = r"runtime/kernels/kernels\.h"
SHA256 = r"runtime/format/sha256\.h"
HOSTED_STANDARD = r"[a-z_0-9]+"  # <vector>, <string>, …
POSIX = r"(sys/\w+|fcntl|unistd|signal|errno|linux/\w+|sched|pthread)\.h"

# The first row whose folder matches decides. A folder may include itself and what its row lists.
TABLE = [
    # nibble.h takes the kernel's types where there is no <stdint.h>.
    ("runtime/include/nibble", [GROUND, FACE, r"linux/types\.h"]),
    ("runtime/core", [GROUND, FACE]),
    ("runtime/format", [GROUND, FACE, CORE, r"(common|decompress)/\w+\.[ch]", r"zstd(_errors)?\.h", r"limits\.h",
                        r"linux/types\.h"]),
    # The vector operations of each instruction set are intrinsics; generic/ is written over them.
    ("runtime/kernels/(scalar|generic)", [GROUND, FACE, CORE, LAYOUTS, r"runtime/kernels/.*"]),
    ("runtime/kernels/avx.*", [GROUND, FACE, CORE, LAYOUTS, r"runtime/kernels/.*", r"immintrin\.h"]),
    ("runtime/kernels/(neon|dotprod|i8mm)", [GROUND, FACE, CORE, LAYOUTS, r"runtime/kernels/.*", r"arm_neon\.h"]),
    ("runtime/kernels/rvv", [GROUND, FACE, CORE, LAYOUTS, r"runtime/kernels/.*", r"riscv_vector\.h"]),
    ("runtime/kernels/sha256", [GROUND, FACE, SHA256, r"(immintrin|arm_neon)\.h"]),
    ("runtime/kernels", [GROUND, FACE, CORE, LAYOUTS]),
    ("runtime/tokenizer", [GROUND, FACE, CORE, FORMAT]),
    ("runtime/sampler", [GROUND, FACE, CORE, r"runtime/kernels/kernels\.h"]),
    ("runtime/program", [GROUND, FACE, CORE, FORMAT, KERNEL_TABLE]),
    ("runtime/model", [GROUND, FACE, CORE, FORMAT, r"runtime/(program|tokenizer)/\w+\.h"]),
    ("runtime/session", [GROUND, FACE, CORE, FORMAT, KERNEL_TABLE, r"runtime/(program|model)/\w+\.h"]),
    ("runtime/c_api", [GROUND, FACE, CORE, r"runtime/model/model_state\.h", r"runtime/format/header\.h"]),
    ("runtime/platform", [GROUND, FACE, HOSTED_STANDARD, POSIX, r"(stdio|stdlib)\.h"]),
    ("runtime/image", [GROUND, FACE, r"nibble_plan\.h", r"runtime/ports/port\.h"]),
    ("runtime/ports(/.*)?", [GROUND, FACE, r"runtime/ports/port\.h"]),
    # Offline: cli sees all; the others the source model, the quantizer's interface, and below.
    ("offline/cli", [GROUND, FACE, r"runtime/.*", r"offline/.*", r"CLI/.*", r"nlohmann/.*", HOSTED_STANDARD, POSIX]),
    ("offline/\\w+(/\\w+)?", [GROUND, FACE, r"runtime/.*\.h", r"offline/.*\.h", r"nlohmann/.*", r"zstd(_errors)?\.h", r"(gelf|libelf|elf)\.h",
                      r"nibble_code_bytes\.h", HOSTED_STANDARD, POSIX]),
]
# Among offline's folders: who may use whom. They form layers; nothing below uses what is above.
OFFLINE = {
    "files": set(),
    "unicode": set(),
    "quantize": {"files"},
    "weights": {"files", "quantize"},
    "architectures": {"files", "quantize", "weights"},
    "checkpoint": {"files", "quantize", "weights", "architectures"},
    "formats": {"files", "quantize", "weights", "architectures"},
    "host": {"files"},
    "blob": {"files", "unicode", "formats", "quantize", "weights", "architectures", "host"},
    "calibrate": {"files", "formats", "quantize", "weights", "architectures", "host", "blob"},
    "distill": {"files", "formats", "quantize", "weights", "architectures", "host"},
    "evaluate": {"files", "host", "calibrate"},
    "results": {"files"},
    "report": {"files", "host", "results"},
    "elf": {"files"},
    "export": {"files", "formats", "quantize", "weights", "architectures", "host", "blob", "report"},
    "pack": {"files", "formats", "quantize", "weights", "architectures", "host", "blob", "calibrate", "distill", "report"},
    "tune": {"files", "formats", "quantize", "weights", "architectures", "host", "blob", "calibrate", "evaluate", "report", "checkpoint", "pack"},
    "measure": {"files", "host", "calibrate", "evaluate", "results", "report"},
    "publish": {"files", "formats", "host", "evaluate", "results", "report", "measure"},
    "cycle": {"files", "formats", "quantize", "weights", "architectures", "host", "calibrate", "evaluate", "report", "pack", "tune"},
    "cli": {"files", "formats", "quantize", "weights", "architectures", "host", "blob", "calibrate", "distill", "evaluate", "results", "report", "elf", "export", "pack", "tune", "measure", "publish", "cycle"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def row_for(folder):
    for pattern, allowed in TABLE:
        if re.fullmatch(pattern, folder):
            return allowed
    return None


def problem_of(path, include):
    """A sentence about what is wrong, or None."""
    folder = path.parent.as_posix()
    own = include.startswith(folder + "/") or re.sub(r"/[^/]+$", "", include) == folder
    allowed = row_for(folder)
    if allowed is None:
        return f"{path}: {folder} has no row in the table of layers"
    if not own and not any(re.fullmatch(pattern, include) for pattern in allowed):
        return f"{path}: {folder} may not include {include}"
    if path.parts[0] == "offline" and include.startswith("offline/"):
        user, used = path.parts[1], include.split("/")[1]
        if used != user and used not in OFFLINE.get(user, set()):
            return f"{path}: offline/{user} may not use offline/{used}"
    return None


def main():
    problems, count = [], 0
    for path in sources.files(sources.CODE, "runtime", "offline"):
        for quoted, angled in INCLUDE.findall((sources.ROOT / path).read_text()):
            count += 1
            if problem := problem_of(path, quoted or angled):
                problems.append(problem)
    print(f"{count} includes")
    return check.report(problems, "layers", count)


if __name__ == "__main__":
    sys.exit(main())
