#!/usr/bin/env python3
"""Puts the driver into a Linux source tree: drivers/nibble, with a line in drivers/Makefile and Kconfig.

SPDX-License-Identifier: MIT OR GPL-2.0-only

    install.py KERNEL_TREE

A second run copies only what has changed, so that the kernel's next build compiles no more than that.
"""
import filecmp
import pathlib
import shutil
import sys

MODULE = pathlib.Path(__file__).resolve().parent.parent
SOURCES = {".c", ".h", ".S", ".cc", ".mk", ".lds"}
HOOKS = {"Makefile": "obj-$(CONFIG_NIBBLE) += nibble/\n", "Kconfig": 'source "drivers/nibble/Kconfig"\n'}


def wanted_files():
    """Path in drivers/nibble → where it comes from."""
    files = {}
    for top, below in ((MODULE, pathlib.Path()), (MODULE.parent / "runtime", pathlib.Path("runtime"))):
        for path in top.rglob("*"):
            is_source = path.suffix in SOURCES and not path.name.endswith(".mod.c")
            if is_source or path.name in ("Kbuild", "Kconfig"):
                files[below / path.relative_to(top)] = path
    return files


def copy(files, folder):
    for name, path in files.items():
        target = folder / name
        if target.exists() and filecmp.cmp(path, target, shallow=False):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for old in [path for path in folder.rglob("*") if path.is_file()]:
        if old.relative_to(folder) not in files:
            old.unlink()


def hook(path, line):
    text = path.read_text()
    if line in text:
        return
    end = text.rfind("endmenu") if path.name == "Kconfig" else len(text)
    path.write_text(text[:end] + line + text[end:])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    drivers = pathlib.Path(sys.argv[1]) / "drivers"
    if not (drivers / "Kconfig").is_file():
        sys.exit(f"install.py: {sys.argv[1]} is no Linux source tree: it has no drivers/Kconfig")
    copy(wanted_files(), drivers / "nibble")
    for name, line in HOOKS.items():
        hook(drivers / name, line)


if __name__ == "__main__":
    main()
