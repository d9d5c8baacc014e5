"""The sections of docs/PERFORMANCE.md, one module each; bench/report.py puts them together.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
