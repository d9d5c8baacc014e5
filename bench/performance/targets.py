"""The closing table: what was to be reached, what was, and the verdict.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
from performance.markdown import table

GUEST_VLENS = (128, 256, 512, 1024)


def ratio(figures, over, under):
    """Decode speed of one configuration over another's, or None."""
    above, below = figures.get(("speed", *over)), figures.get(("speed", *under))
    return above["decode"] / below["decode"] if above and below else None


def two_threads(figures):
    """(speed-up, fraction of the two-core bandwidth)"""
    return (ratio(figures, ("135m", "int4", "auto", 2), ("135m", "int4", "auto", 1)),
            figures.get(("bandwidth", "135m", "int4", 2)))


def largest(figures, keys):
    found = [figures.get(("guest", *key)) for key in keys]
    return None if None in found else max(found)


def at_least(what, value, must, aim, form):
    return what, value, must, aim, form, lambda limit: value >= limit


def at_most(what, value, must, aim, form):
    return what, value, must, aim, form, lambda limit: value <= limit


def times(value):
    return f"{value:.2f}×"


def percent(value):
    return f"{value:.1%}"


def megabytes(value):
    return f"{value / 1e6:.1f} MB"


def fraction(value):
    return f"1/{1 / value:.1f}"


def goals(figures):
    def against(name, peer, phase):
        return figures.get(("ratio", name, peer, phase))

    memory = figures.get(("speed", "135m", "int4", "auto", 1))
    return [
        at_least("decode INT4, AVX2, 1 thread, against llama.cpp AVX2 Q4_0, 135M shape", against("135m-Q4_0", "avx2", "decode"), 2.5, 3.5, times),
        at_least("the same, 15M shape", against("15m-Q4_0", "avx2", "decode"), 1.8, 2.5, times),
        at_least("prefill 128, AVX2, 1 thread, 135M shape, against the same", against("135m-Q4_0", "avx2", "prefill"), 1.8, 2.8, times),
        at_least("decode, best set, against llama.cpp native Q4_0, 135M shape", against("135m-Q4_0", "native", "decode"), 2.5, 3.3, times),
        at_least("prefill, best set, against llama.cpp native Q4_0, 135M shape", against("135m-Q4_0", "native", "prefill"), 1.8, 3, times),
        at_least("decode INT8, AVX2, against llama.cpp AVX2 Q8_0, 135M shape", against("135m-Q8_0", "avx2", "decode"), 1.8, 2.5, times),
        at_least("decode INT4 against our f16, AVX2, 135M shape",
                 ratio(figures, ("135m", "int4", "avx2", 1), ("135m", "f16", "avx2", 1)), 2.8, 3.6, times),
        at_least("decode INT4 as a fraction of read bandwidth, 1 thread, 135M shape", figures.get(("bandwidth", "135m", "int4", 1)),
                 0.75, 0.92, percent),
        at_most("instructions per token, NEON dotprod of scalar", largest(figures, [("aarch64", "dotprod", "cortex-a76")]), 1 / 6, 1 / 12, fraction),
        at_most("instructions per token, RVV of scalar, worst of VLEN 128…1024",
                largest(figures, [("riscv64", "rvv", f"VLEN {bits}") for bits in GUEST_VLENS]), 1 / 4, 1 / 8, fraction),
        at_most("price of bit-exactness", figures.get("exactness"), 0.05, 0.01, percent),
        at_most("peak memory of the process, 135M shape, INT4, context 2048, INT8 cache", memory and memory["peak"], 110e6, 100e6, megabytes),
    ]


def verdict(value, must, aim, reached):
    if value is None:
        return "not run"
    if reached(aim):
        return "aim met"
    return "must met" if reached(must) else "**not met**"


def two_thread_row(figures):
    """Either of two limits suffices: the speed-up where bandwidth allows, or the share of two cores' bandwidth."""
    speed_up, share = two_threads(figures)
    if speed_up is None or share is None:
        return ["two threads against one, INT4, 135M shape", "", "≥ 1.7× or ≥ 75 %", "≥ 1.9× or ≥ 90 %", "not run"]
    word = verdict(1, 1, 1, lambda _: speed_up >= 1.9 or share >= 0.9)
    if word == "**not met**" and (speed_up >= 1.7 or share >= 0.75):
        word = "must met"
    return ["two threads against one, INT4, 135M shape", f"{times(speed_up)}, {percent(share)} of two cores' bandwidth",
            "≥ 1.7× or ≥ 75 %", "≥ 1.9× or ≥ 90 %", word]


def write(environment):
    rows = []
    for what, value, must, aim, form, reached in goals(environment.figures):
        sign = "≥" if aim > must else "≤"
        rows.append([what, "" if value is None else form(value), f"{sign} {form(must)}", f"{sign} {form(aim)}",
                     verdict(value, must, aim, reached)])
    rows.insert(8, two_thread_row(environment.figures))
    return table(["figure", "measured:", "must:", "aim:", "verdict"], rows)
