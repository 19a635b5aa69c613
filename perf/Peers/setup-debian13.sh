#!/usr/bin/env bash
# ./setup-debian13.sh [--with-pocl] [--with-compiler] [ROOT]
# Makes a Debian 13 root with PyTorch 2.6 and the libstdc++ of GCC 14 for peers that this machine's own libraries cannot run. A second call finishes or adds
# what the first left out. ROOT defaults to ${XDG_CACHE_HOME:-$HOME/.cache}/pipelinebackprop/debian13 and takes 1.5 GB. Exit code 3: something is missing.
set -euo pipefail

missing() { echo "setup-debian13.sh: $1" >&2; exit 3; }

root=${XDG_CACHE_HOME:-$HOME/.cache}/pipelinebackprop/debian13
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
# PyTorch computes its other work with OpenMP: an OpenBLAS with threads of its own would fight with those for the cores, and the reference BLAS takes 30 times as long.
packages=(python3-torch libopenblas0-openmp libstdc++6 libgomp1)
while [ $# -gt 0 ]; do
  case $1 in
    --with-pocl) packages+=(pocl-opencl-icd ocl-icd-libopencl1 clinfo) ;;
    --with-compiler) packages+=(g++ python3-dev python3-setuptools libtorch-dev) ;; # what torch.compile calls
    -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
    -*) echo "setup-debian13.sh: '$1' is no option; there are --with-pocl and --with-compiler." >&2; exit 2 ;;
    *) root=$1 ;;
  esac
  shift
done
root=$(realpath -m -- "$root")
[ "$root" != / ] || { echo "setup-debian13.sh: ROOT is /, where a folder of its own is needed." >&2; exit 2; }

[ "$(id -u)" -eq 0 ] || missing "root is missing: debootstrap makes device files and changes owners; call it with sudo."
command -v debootstrap >/dev/null || missing "debootstrap is missing: apt-get install debootstrap."
command -v unshare >/dev/null || missing "unshare is missing: apt-get install util-linux."

log=$root.log
mkdir -p "$(dirname "$root")"

if [ ! -e "$root/etc/debian_version" ]; then
  # Made beside its place and moved there when whole, so that a root that exists is a root that works.
  rm -rf --one-file-system "$root.partial"
  echo "Debian 13 base system from $mirror …" >&2
  debootstrap --variant=minbase --components=main trixie "$root.partial" "$mirror" >"$log" 2>&1 ||
    missing "the network or the mirror $mirror is missing, or debootstrap failed: $(tail -n 1 "$log") (all of it: $log)."
  printf '#!/bin/sh\nexit 101\n' >"$root.partial/usr/sbin/policy-rc.d" # no package starts a service
  chmod +x "$root.partial/usr/sbin/policy-rc.d"
  mkdir -p "$root.partial/host"
  mv -T "$root.partial" "$root"
fi

wanted=()
for package in "${packages[@]}"; do
  chroot "$root" dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || wanted+=("$package")
done
if [ ${#wanted[@]} -gt 0 ]; then
  echo "Packages: ${wanted[*]} …" >&2
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L /etc/hosts "$root/etc/hosts"
  # The mounts live in a namespace of their own: they are gone when its last process is, however it ends.
  # shellcheck disable=SC2016
  unshare --mount --propagation private sh -c '
    set -e
    root=$1; shift
    for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder"; done
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C
    chroot "$root" dpkg --configure -a
    chroot "$root" apt-get update
    chroot "$root" apt-get install --yes --no-install-recommends "$@"
    chroot "$root" apt-get clean' sh "$root" "${wanted[@]}" >>"$log" 2>&1 ||
    missing "the network is missing or a package failed: $(tail -n 1 "$log") (all of it: $log)."
fi

echo "$root"
