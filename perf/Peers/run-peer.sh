#!/usr/bin/env bash
# ./run-peer.sh [--root DIR] [--no-build] NAME OPTIONS…
# Runs a peer (torchsharp, onnxruntime, step, pipelining) on this machine if its libraries are here, and otherwise in the root that setup-debian13.sh made.
# NAME --check only says whether it can run. Exit codes: 0, 2 bad input, 3 cannot run here (one line on standard error), 4 hangs.
set -euo pipefail
here=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# PyTorch takes its buffers from malloc: let it keep the large ones instead of asking the kernel for fresh pages each step.
export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=2147483648

stop() { echo "run-peer.sh: $2" >&2; exit "$1"; }

root=${XDG_CACHE_HOME:-$HOME/.cache}/pipelinebackprop/debian13
builds=true
while true; do
  case ${1:-} in
    --root) [ $# -ge 2 ] || stop 2 "--root is missing its folder."; root=$2; shift 2 ;;
    --no-build) builds=false; shift ;;
    *) break ;;
  esac
done
name=${1:-}
[ $# -eq 0 ] || shift

dotnet_program() { # builds it, unless told not to, and leaves its path in command
  local project=$here/$1 log
  command -v dotnet >/dev/null || stop 3 "$name: dotnet is missing."
  export DOTNET_ROOT
  DOTNET_ROOT=$(dirname "$(realpath "$(command -v dotnet)")")
  command=("$project/bin/Release/net10.0/linux-x64/$2")
  $builds || return 0
  log=$(mktemp)
  if ! dotnet build "$project" --configuration Release --verbosity quiet -clp:NoSummary >"$log" 2>&1; then
    local reason
    reason=$(grep -m 1 -o 'error .*' "$log" || tail -n 1 "$log")
    rm -f "$log"
    stop 3 "$name: its packages or its build are missing: $reason"
  fi
  rm -f "$log"
}

case $name in
  torchsharp) dotnet_program TorchSharp TorchSharpPeer ;;
  onnxruntime) dotnet_program OnnxRuntime OnnxRuntimePeer ;;
  step | pipelining) command=(python3 "$here/PyTorch/$name.py") ;;
  -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
  *) stop 2 "'$name' is no peer; there are torchsharp, onnxruntime, step and pipelining." ;;
esac

# Here, if it can run here.
if reason=$("${command[@]}" --check 2>&1 >/dev/null); then
  exec "${command[@]}" "$@"
fi
[ -e "$root/etc/debian_version" ] ||
  stop 3 "${reason##*$'\n'} A Debian 13 root would have it, but there is none at $root; setup-debian13.sh makes one."

# In the root: this machine's files are at /host there.
arguments=()
for word in "${command[@]}" "$@"; do
  case $word in */*) [ ! -e "$word" ] || word=/host$(realpath "$word") ;; esac
  arguments+=("$word")
done
namespace=(--mount --propagation private)
[ "$(id -u)" -eq 0 ] || namespace+=(--user --map-root-user)
unshare "${namespace[@]}" true 2>/dev/null || stop 3 "$name: mounting is not allowed here; call it with sudo."
mkdir -p "$root/host"

# The mounts are in a namespace of their own, so they are gone when the peer is, however it ends.
# shellcheck disable=SC2016
exec unshare "${namespace[@]}" sh -c '
  root=$1; shift
  mount --rbind / "$root/host" || exit 3
  for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder" || exit 3; done
  exec chroot "$root" "$@"' sh "$root" \
  env -C "/host$PWD" -u LD_LIBRARY_PATH -u LD_PRELOAD -u PYTHONPATH -u PYTHONHOME -u TMPDIR LC_ALL=C.UTF-8 HOME=/tmp PATH=/usr/bin:/bin \
  DOTNET_ROOT="/host${DOTNET_ROOT:-}" "${arguments[@]}"
