#!/usr/bin/env python3
"""The runtime needs nothing but the platform functions and mem*, and nothing runs before main.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    symbols.py BUILD    a bare-metal build folder
"""
import re
import sys

import check
import objects

FORBIDDEN_SECTIONS = re.compile(
    r"\.(init_array|fini_array|preinit_array|ctors|dtors|tdata|tbss|eh_frame|gcc_except_table|ARM\.exidx)")
FORBIDDEN_SYMBOLS = re.compile(
    r"__cxa_|__gxx_|_Unwind_|_ZGV|_Zn[wa]|_Zd[la]|__emutls|__tls_|_GLOBAL__sub_I|__aarch64_|malloc$|free$|calloc$|realloc$")


def main():
    problems = []
    defined, undefined = set(), {}
    paths = objects.runtime_objects(sys.argv[1])
    for path in paths:
        defined |= objects.global_symbols(path)
        for symbol in objects.undefined_symbols(path):
            undefined.setdefault(symbol, path.name)
        for name, _, size, _ in objects.sections(path):
            if FORBIDDEN_SECTIONS.match(name) and size:
                problems.append(f"{path.name}: section {name} of {size} bytes")
        for symbol in objects.defined_symbols(path):
            if FORBIDDEN_SYMBOLS.match(symbol):
                problems.append(f"{path.name}: defines {symbol}")
    outside = {symbol: name for symbol, name in undefined.items() if symbol not in defined}
    for symbol in sorted(set(outside) - objects.PLATFORM_FUNCTIONS):
        problems.append(f"{outside[symbol]}: needs {symbol}, which neither the runtime nor a platform has")
    for symbol in sorted(objects.MEMORY_FUNCTIONS - defined):
        problems.append(f"the runtime does not bring {symbol}")
    print("needs from the platform:", ", ".join(sorted(set(outside) & objects.PLATFORM_FUNCTIONS)) or "nothing")
    return check.report(problems, "symbols", paths)


if __name__ == "__main__":
    sys.exit(main())
