#!/usr/bin/env python3
"""Random Unicode through `nibble tokenize`, against byte pair encoding by its definition.

The definition is: Python's regular expressions for the split, unicodedata for NFC, and merging the
pair of lowest rank until none is left. Texts hold what splits disagree about: spaces, contractions,
digits of all scripts, marks, line breaks. Needs the module regex, and says so where it is missing.

  reference_test.py NIBBLE FOLDER …    folders with a byte-level tokenizer.json

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unicodedata

SKIPPED = 77
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
FRAGMENTS = [" ", " ", "  ", "   ", "\n", "\r\n", "\n\n ", "\t", "\u00a0", "\u3000", "\u0085", "'s", "'LL", "'re", "'", "''d",
             "a", "Zebra", "don't", "naïve", "e\u0301", "\u1ea1\u0302", "ữ", "한국", "\u1112\u1161\u11ab", "日本語", "123456", "½",
             "Ⅷ", "٣٤", "!?", "...", "$=", "/*", "_", "\u200b", "👩‍👩‍👧", "\u0344", "\u212b", "\U0001d15e", "\ufb2c", "the quick"]


def byte_alphabet():
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(0x100 + i) for i, b in enumerate(others)}}


class Definition:
    """A byte-level tokenizer.json, word by word and pair by pair."""

    def __init__(self, path, regex):
        data = json.loads(path.read_text())
        self.vocabulary = data["model"]["vocab"]
        merges = [tuple(m.split(" ") if isinstance(m, str) else m) for m in data["model"]["merges"]]
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.composes = data["normalizer"] is not None
        self.ignores_merges = data["model"].get("ignore_merges", False)
        steps = data["pre_tokenizer"].get("pretokenizers", [data["pre_tokenizer"]])
        pattern = GPT2 if steps[0]["type"] == "ByteLevel" else steps[0]["pattern"]["Regex"]
        self.pattern, self.alphabet = regex.compile(pattern), byte_alphabet()

    def encode(self, text):
        text = unicodedata.normalize("NFC", text) if self.composes else text
        return [token for match in self.pattern.finditer(text) for token in self.encode_word(match.group())]

    def encode_word(self, word):
        parts = [self.alphabet[byte] for byte in word.encode()]
        if self.ignores_merges and "".join(parts) in self.vocabulary:
            return [self.vocabulary["".join(parts)]]
        while len(parts) > 1:
            rank, at = min((self.ranks.get(pair, len(self.ranks)), i) for i, pair in enumerate(zip(parts, parts[1:])))
            if rank == len(self.ranks):
                break
            parts[at:at + 2] = [parts[at] + parts[at + 1]]
        return [self.vocabulary[part] for part in parts]


def random_text(seed, count):
    draw = random.Random(seed)
    pieces = []
    for _ in range(count):
        point = draw.randrange(0x20, draw.choice([0x80, 0x250, 0x3100, 0x20000]))
        known = unicodedata.category(chr(point)) not in ("Cn", "Cs", "Co")
        pieces.append(chr(point) if known and draw.random() < 0.4 else draw.choice(FRAGMENTS))
    return "".join(pieces)


def nibble_ids(nibble, folder, text):
    with tempfile.NamedTemporaryFile("wb", suffix=".txt") as file:
        file.write(text.encode())
        file.flush()
        source = folder / "tokenizer.json"
        command = [nibble, "tokenize", str(source), "--file", file.name, "--no-bos", "--json"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["ids"]


def main():
    try:
        import regex
    except ImportError:
        print("skipped: Python has no module regex")
        return SKIPPED
    nibble, folders = sys.argv[1], [pathlib.Path(folder) for folder in sys.argv[2:]]
    folders = [folder for folder in folders if (folder / "tokenizer.json").exists()]
    if not folders:
        print("skipped: none of the folders is there")
        return SKIPPED
    for folder in folders:
        definition, text = Definition(folder / "tokenizer.json", regex), random_text(7, 20000)
        expected, got = definition.encode(text), nibble_ids(nibble, folder, text)
        if expected != got:
            at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
            print(f"{folder}: token {at} of {len(expected)}: {expected[at - 5:at + 5]}, got {got[at - 5:at + 5]}")
            return 1
        print(f"{folder}: {len(text)} characters, {len(got)} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
