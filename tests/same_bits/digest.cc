// digest BLOB [KERNELS]: prints the digest of a blob's self-test prompt. Built by one compiler after
// another, so that their figures can be compared.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
