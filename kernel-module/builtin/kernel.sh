#!/usr/bin/env bash
# Builds a small Linux from Debian's linux-source-6.1, with or without the driver, and names the image.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   kernel.sh amd64|arm64|riscv64|debug             without the driver, for modules to load into
#   kernel.sh amd64|arm64|riscv64|debug MODEL.nbl   with CONFIG_NIBBLE=y and that model linked in
#
# Prints the build folder and the image. Both states share one folder below
# ${NIBBLE_CACHE:-~/.cache/nibble}/linux, named by version and configuration: the first build takes
# minutes, changing the state or the model seconds. Compilers run through ccache where it is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
machine=$1
model=${2:+$(realpath "$2")}

package=linux-source-6.1
cache=${NIBBLE_CACHE:-$HOME/.cache/nibble}/linux
jobs=${NIBBLE_JOBS:-$(nproc)}
launcher=$(command -v ccache > /dev/null && echo 'ccache ' || true)

case $machine in
  amd64) arch=x86 cross='' target=bzImage ;;
  arm64) arch=arm64 cross=aarch64-linux-gnu- target=Image ;;
  riscv64) arch=riscv cross=riscv64-linux-gnu- target=Image ;;
  debug) arch=x86 cross='' target=bzImage ;;
  *) sed -n '5,6s/^# *//p' "$0" >&2; exit 2 ;;
esac
fragments=("$here/common.config" "$here/$machine.config")

version=$(dpkg-query -W -f '${Version}' $package 2> /dev/null) || {
  echo "kernel.sh: $package is not installed: bash cmake/setup.sh --kernels" >&2
  exit 1
}
source=$cache/$package-$version
build=$cache/$machine-$version-$(cat "${fragments[@]}" | sha256sum | cut -c1-12)

unpack_source() {
  [ -f "$source/Makefile" ] && return
  local work
  work=$(mktemp -d "$cache/unpack.XXXXXX")
  tar -xf /usr/src/$package.tar.xz -C "$work" --strip-components=1
  mv "$work" "$source"
}

kernel_make() {
  make -s -C "$source" O="$build" ARCH=$arch CROSS_COMPILE=$cross CC="$launcher${cross}gcc-12" \
    HOSTCC="${launcher}gcc-12" CXX_FOR_NIBBLE="$launcher${cross}g++-12" -j"$jobs" "$@" >> "$build/build.log" 2>&1 || {
    tail -40 "$build/build.log" >&2
    echo "kernel.sh: make $* failed; all of it is in $build/build.log" >&2
    exit 1
  }
}

# A line that Kconfig dropped would go unnoticed: a detector that is off finds nothing.
check_configuration() {
  local missing
  missing=$(cat "${fragments[@]}" | grep '^CONFIG' | grep -vxFf "$build/.config") || return 0
  echo "kernel.sh: Kconfig did not take: $missing" >&2
  exit 1
}

# The stamp comes last: what was interrupted is configured anew.
configure() {
  [ -f "$build/.configured" ] && return
  mkdir -p "$build"
  kernel_make tinyconfig
  (cd "$source" && scripts/kconfig/merge_config.sh -m -O "$build" "$build/.config" "${fragments[@]}") >> "$build/build.log"
  kernel_make olddefconfig
  check_configuration
  touch "$build/.configured"
}

set_driver() {
  if [ -n "$model" ]; then
    "$source/scripts/config" --file "$build/.config" --enable NIBBLE --set-str NIBBLE_MODEL "$model" \
      --enable NIBBLE_KUNIT_TEST # dropped where KUnit is not
  else
    "$source/scripts/config" --file "$build/.config" --disable NIBBLE
  fi
  kernel_make olddefconfig
}

mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
unpack_source
python3 "$here/install.py" "$source"
configure
set_driver
: > "$build/build.log"
kernel_make $target modules
# What compilers, objtool, the linker or modpost warn about is a fault of ours: the tree has none.
if grep -i warning "$build/build.log" >&2; then
  echo "kernel.sh: the build has warnings" >&2
  exit 1
fi
echo "$build $build/arch/$arch/boot/$target"
