#!/usr/bin/env bash
# Installs what building and testing need on Debian 12: packages, and the sources of zstd's decoder.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash cmake/setup.sh [--demo|--kernels]
#
# --demo: only what cmake/demo.sh needs, which is less than half.
# --kernels: also what kernel-module/builtin/ builds Linux from, which is large and which nothing else needs.
# Does only what is missing, so a second run changes nothing. zstd goes to
# ${NIBBLE_CACHE:-~/.cache/nibble}/zstd; nothing of apt's own configuration is touched.
set -euo pipefail

cache=${NIBBLE_CACHE:-$HOME/.cache/nibble}
zstd=$cache/zstd
# The second source of zstd: a pinned npm package that carries its lib/.
npm_package=zstd-napi@0.0.13

demo_packages=(
  cmake ninja-build ccache pkg-config python3 git ca-certificates dpkg-dev
  clang-19 lld-19 llvm-19 gcc g++ gcc-12 g++-12 make sparse
  nlohmann-json3-dev libcli11-dev libelf-dev libzstd-dev libgtest-dev libbenchmark-dev
  qemu-system-x86 qemu-system-arm qemu-system-misc
)
test_packages=(
  clang-tidy-19 clang-format-19 libclang-rt-19-dev build-essential
  g++-aarch64-linux-gnu g++-riscv64-linux-gnu googletest zstd elfutils valgrind qemu-user-static
  prometheus prometheus-node-exporter redis-server redis-tools  # read what nibble cycle writes
)
kernel_packages=(linux-source-6.1 flex bison bc libssl-dev xz-utils)

packages=("${demo_packages[@]}")
[ "${1:-}" = --demo ] || packages+=("${test_packages[@]}")
[ "${1:-}" != --kernels ] || packages+=("${kernel_packages[@]}")

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing_packages() {
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

install_packages() {
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} = 0 ] && return
  echo "setup: installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# A private apt configuration, since deb-src is rarely enabled: Debian's own entries, as sources.
write_apt_configuration() {
  local folder=$1
  mkdir -p "$folder/sources" "$folder/lists/partial" "$folder/cache/archives/partial"
  if [ -f /etc/apt/sources.list.d/debian.sources ]; then
    sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources > "$folder/sources/debian.sources"
  else
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > "$folder/sources/debian.list"
  fi
  cat > "$folder/apt.conf" <<END
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$folder/sources";
Dir::State::lists "$folder/lists";
Dir::Cache "$folder/cache";
APT::Sandbox::User "";
END
}

zstd_from_apt() {
  local work=$1
  write_apt_configuration "$work/apt"
  export APT_CONFIG=$work/apt/apt.conf
  (cd "$work" && apt-get update -q && apt-get source -q --only-source libzstd) || return 1
  unset APT_CONFIG
  mv "$work"/libzstd-*/ "$work/zstd"
}

zstd_from_npm() {
  local work=$1
  command -v npm > /dev/null || { echo "setup: npm is not installed either"; return 1; }
  (cd "$work" && npm pack --silent "$npm_package" && tar -xzf zstd-napi-*.tgz) || return 1
  mv "$work/package/deps/zstd" "$work/zstd"
}

has_decoder() { [ -f "$1/lib/decompress/zstd_decompress.c" ] && [ -f "$1/lib/zstd.h" ]; }

fetch_zstd() {
  has_decoder "$zstd" && return
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  trap 'rm -rf "$work"' RETURN
  echo "setup: fetching zstd's sources through apt"
  if ! zstd_from_apt "$work"; then
    unset APT_CONFIG
    rm -rf "$work/zstd"
    echo "setup: apt has no sources of zstd here; trying $npm_package"
    zstd_from_npm "$work" || true
  fi
  has_decoder "$work/zstd" || {
    echo "setup: could not fetch zstd's sources; unpack a zstd release and build with -DNIBBLE_ZSTD_SOURCE=<it>" >&2
    exit 1
  }
  rm -rf "$zstd"
  mv "$work/zstd" "$zstd"
}

verify() {
  local tool tools=(cmake ninja clang++-19 g++-12 ld.lld-19 qemu-system-x86_64 qemu-system-aarch64
                    qemu-system-riscv64)
  [ "${1:-}" = --demo ] || tools+=(qemu-aarch64-static qemu-riscv64-static)
  for tool in "${tools[@]}"; do
    command -v "$tool" > /dev/null || { echo "setup: $tool is still missing" >&2; exit 1; }
  done
  echo "setup: complete; zstd $(sed -n 's/^#define ZSTD_VERSION_\(MAJOR\|MINOR\|RELEASE\) *\([0-9]*\).*/\2/p' \
    "$zstd/lib/zstd.h" | paste -sd.) in $zstd"
}

install_packages
fetch_zstd
verify "$@"
