#!/usr/bin/env bash
# tests/opencl-root.sh                        makes the root if it is not there yet and prints its path
# tests/opencl-root.sh run OUTPUT [ARGUMENT …] runs the test program in the folder OUTPUT on two OpenCL devices inside the root
# A Debian 13 root with PoCL 6, an OpenCL 3.0 driver for the processor. PIPELINEBACKPROP_OPENCL_ROOT names another place than
# ${XDG_CACHE_HOME:-$HOME/.cache}/pipelinebackprop/opencl13; it takes 600 MB. Exit code 3: something is missing, and stderr says what.
set -euo pipefail

missing() { echo "opencl-root.sh: $1" >&2; exit 3; }

root=${PIPELINEBACKPROP_OPENCL_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/pipelinebackprop/opencl13}
root=$(realpath -m -- "$root")
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
log=$root.log
[ "$root" != / ] || missing "the root is /, where a folder of its own is needed."
[ "$(id -u)" -eq 0 ] || missing "it needs root, because debootstrap makes device files and chroot enters them; call it with sudo."
command -v unshare >/dev/null || missing "unshare is missing: apt-get install util-linux."

# The mounts live in a namespace of their own: they are gone when its last process is, however it ends.
inside() { unshare --mount --propagation private -- sh -euc "$@"; }

make_root() {
  command -v debootstrap >/dev/null || missing "debootstrap is missing: apt-get install debootstrap."
  mkdir -p "$(dirname "$root")"
  # Made beside its place and moved there when whole, so that a root that exists is a root that works.
  rm -rf --one-file-system "$root.partial"
  echo "Making a Debian 13 root with PoCL in $root …" >&2
  debootstrap --variant=minbase --components=main trixie "$root.partial" "$mirror" >"$log" 2>&1 ||
    missing "there is no network, or no mirror at $mirror: $(tail -n 1 "$log") (all of it: $log)."
  printf '#!/bin/sh\nexit 101\n' >"$root.partial/usr/sbin/policy-rc.d" # no package starts a service
  chmod +x "$root.partial/usr/sbin/policy-rc.d"
  cp -L /etc/resolv.conf "$root.partial/etc/resolv.conf"
  cp -L /etc/hosts "$root.partial/etc/hosts"
  # shellcheck disable=SC2016
  inside '
    for folder in proc sys dev; do mount --rbind "/$folder" "$1/$folder"; done
    export DEBIAN_FRONTEND=noninteractive LC_ALL=C
    chroot "$1" apt-get update
    chroot "$1" apt-get install --yes --no-install-recommends pocl-opencl-icd ocl-icd-libopencl1 libstdc++6
    chroot "$1" apt-get clean
    # ILGPU looks for the name of the development package.
    library=$(cd "$1" && find usr/lib -name "libOpenCL.so.1" | head -n 1)
    ln -s libOpenCL.so.1 "$1/${library%.1}"' sh "$root.partial" >>"$log" 2>&1 ||
    missing "a package of $mirror is missing: $(tail -n 1 "$log") (all of it: $log)."
  mkdir -p "$root.partial/opt/dotnet" "$root.partial/opt/tests"
  mv -T "$root.partial" "$root"
}

[ -e "$root/etc/debian_version" ] || make_root
case "${1:-}" in
  "") echo "$root" ;;
  run)
    output=$(realpath -e -- "$2")
    shift 2
    dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
    # shellcheck disable=SC2016
    inside '
      root=$1 dotnet=$2 output=$3; shift 3
      for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder"; done
      mount --bind -o ro "$dotnet" "$root/opt/dotnet"
      mount --bind "$output" "$root/opt/tests"
      program=$(cd "$output" && ls *.Tests.dll | head -n 1)
      exec chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin DOTNET_ROOT=/opt/dotnet DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
        DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 POCL_DEVICES="cpu cpu" POCL_CACHE_DIR=/var/cache/pocl \
        /opt/dotnet/dotnet "/opt/tests/$program" "$@"' sh "$root" "$dotnet" "$output" "$@" || exit 1
    ;;
  *) echo "opencl-root.sh: '$1' is no command; there is run." >&2; exit 2 ;;
esac
