#!/usr/bin/env bash
# Fetches Debian's stock kernel and its headers, for building and testing the module.
# SPDX-License-Identifier: MIT OR GPL-2.0-only
#
#   bash kernel-module/debian.sh amd64|arm64
#
# Prints two lines: the folder to build modules in, and the kernel to boot. What is fetched goes to
# ${NIBBLE_CACHE:-~/.cache/nibble}/linux; apt's own configuration and packages of other architectures
# stay as they are. linux-headers-amd64 is installed, since arm64's headers use its common part.
set -euo pipefail
arch=$1
cache=${NIBBLE_CACHE:-$HOME/.cache/nibble}/linux
mkdir -p "$cache"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if ! dpkg-query -W -f '${Status}' linux-headers-amd64 2>/dev/null | grep -q 'ok installed'; then
  {
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends linux-headers-amd64
  } >&2
fi
release=$(dpkg-query -W -f '${Depends}' linux-headers-amd64 | grep -o 'linux-headers-[^ ,]*-amd64' | head -n 1)
release=${release#linux-headers-}
release=${release%-amd64}

# Packages of that architecture, unpacked into the cache.
fetch() {
  local folder=$cache/$release-$arch
  [ -d "$folder" ] && return
  local work
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  trap 'rm -rf "$work"' RETURN
  mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/root"
  local sources='Dir::Etc::sourceparts "/etc/apt/sources.list.d";'
  [ -f /etc/apt/sources.list.d/debian.sources ] || sources='Dir::Etc::sourcelist "/etc/apt/sources.list";'
  cat > "$work/apt.conf" <<END
$sources
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
APT::Architectures { "amd64"; "arm64"; };
APT::Sandbox::User "";
END
  local packages=("linux-image-$release-$arch:$arch")
  [ "$arch" = amd64 ] || packages+=("linux-headers-$release-$arch:$arch")
  (cd "$work" && export APT_CONFIG=$work/apt.conf && apt-get update -q && apt-get download -q "${packages[@]}") >&2
  local package
  for package in "$work"/*.deb; do dpkg -x "$package" "$work/root"; done
  # The tools among the headers run on this machine.
  mkdir -p "$work/root/usr/lib"
  ln -sfn "/usr/lib/linux-kbuild-${release%.*-*}" "$work/root/usr/lib/linux-kbuild-${release%.*-*}"
  rm -rf "$work/root/lib/modules" "$work/root/usr/share"
  mv "$work/root" "$folder"
}

fetch
case $arch in
  amd64) echo "/usr/src/linux-headers-$release-amd64" ;;
  *) echo "$cache/$release-$arch/usr/src/linux-headers-$release-$arch" ;;
esac
echo "$cache/$release-$arch/boot/vmlinuz-$release-$arch"
