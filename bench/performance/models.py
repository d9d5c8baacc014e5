"""Generated models and their blobs, made once and kept in a folder outside the checkout.

SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
from performance.environment import SOURCE

PACKING = ["--group", "128", "--kv", "int8", "--storage", "raw", "--budget", "none"]


def blob(environment, shape, weights):
    """The path of a packed model; `shape` is one of generate_model, or kdoc-6m."""
    path = environment.cache / f"{shape}-{weights}.nbl"
    folder = SOURCE / "tests/models" / shape
    context = "512" if shape == "kdoc-6m" else "256" if shape == "tiny" else "2048"
    if shape != "kdoc-6m":
        folder = environment.cache / shape
        if not (folder / "model.safetensors").exists():
            environment.run(environment.build / "tests/models/generate_model", shape, folder, "--type", "f16")
    # Packed anew with every report: the format may have changed.
    if path not in environment.figures.setdefault("blobs", set()):
        environment.run(environment.nibble, "pack", folder, "-o", path, "--weights", weights, "--context", context, *PACKING)
        environment.figures["blobs"].add(path)
    return path


def bytes_per_token(environment, path, mean_position):
    """(weights, cache): what one decoded token at that position reads, in bytes.

    Every matrix is streamed once, scales included; a tied embedding is the head; an embedding of its own is
    one row, left out. The cache's share is the bill's, for the positions there are."""
    content = environment.run_json(environment.nibble, "inspect", path, "--json")
    tensors = [tensor for tensor in content["tensors"] if tensor["shape"][0] > 1]
    if any(tensor["role"] == "head" for tensor in tensors):
        tensors = [tensor for tensor in tensors if tensor["role"] != "embedding"]
    bill = environment.run_json(environment.nibble, "plan", path, "--budget", "none", "--json")
    cache = bill["session"]["cache_bytes"] / bill["context_tokens"] * mean_position
    return sum(tensor["uncompressed_bytes"] for tensor in tensors), cache
