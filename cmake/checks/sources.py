"""The project's source files, as the checks see them.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = {".h", ".cc", ".c", ".S"}
# Comment marks of all files that open with a sentence and a license.
COMMENTS = {".h": "//", ".cc": "//", ".c": "//", ".S": "//", ".cmake": "#", ".txt": "#", ".sh": "#", ".py": '"""', ".in": "//"}


def files(suffixes, *folders):
    """Files of the work tree with these suffixes, whether committed yet or not, without what git ignores."""
    command = ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    except (FileNotFoundError, subprocess.CalledProcessError):  # an unpacked archive
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
        names = [name for name in names if not name.startswith(("build/", ".git/"))]
    paths = (pathlib.Path(name) for name in sorted(set(names)))
    chosen = [path for path in paths if path.suffix in suffixes and (ROOT / path).is_file()]
    return [path for path in chosen if not folders or path.parts[0] in folders]
