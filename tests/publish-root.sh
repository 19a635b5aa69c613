#!/usr/bin/env bash
# tests/publish-root.sh
# Starts what ./run.sh publish makes in a root that holds nothing but its folder and the C, C++ and OpenSSL libraries of this machine: no .NET, no shell. Needs root
# for chroot. Exit code 3: something is missing, and stderr says what.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing() { echo "publish-root.sh: $1" >&2; exit 3; }
failed() { echo "publish-root.sh: $1" >&2; exit 1; }

most=60000000 # bytes, packed
[ "$(id -u)" -eq 0 ] || missing "it needs root, because chroot does."
[ "$(uname -m)" = x86_64 ] || missing "it needs an x86-64 machine, this is $(uname -m)."
command -v xz >/dev/null || missing "xz is missing: apt-get install xz-utils."
./run.sh publish
packed=$(stat --format %s artifacts/linux-x64.tar.xz)
[ "$packed" -lt "$most" ] || failed "the packed folder has $packed bytes, at most $most were promised."

root=$(mktemp --directory)
trap 'rm -rf --one-file-system "$root"' EXIT
mkdir -p "$root/tmp" "$root/proc" "$root/dev"
cp -a artifacts/linux-x64 "$root/app"
# The dynamic loader, whatever the program's own libraries ask for outside their folder, and OpenSSL, which .NET opens by name for the hashes of checkpoints.
ssl=$(ldconfig -p | awk '/lib(ssl|crypto)\.so\.3 .*x86-64/ { print $NF }')
[ -n "$ssl" ] || missing "OpenSSL 3 is missing: apt-get install libssl3."
# shellcheck disable=SC2086
{ find artifacts/linux-x64 \( -name '*.so' -o -name pipelinebackprop \) -print | xargs ldd $ssl; } |
  awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/lib/ && $1 !~ /:$/ { print $1 }' | cat - <(printf '%s\n' $ssl) | grep -v "^$PWD/" | sort -u |
  while read -r library; do mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; done
cat >"$root/run.json" <<'JSON'
{ "name": "empty-root", "data": { "kind": "linear", "trainCount": 64, "testCount": 16 }, "model": { "layers": [{ "kind": "dense", "outputs": 8, "activation": "tanh" }, { "kind": "dense", "outputs": 1 }],
  "loss": { "kind": "halfSquaredError" } }, "optimizer": { "kind": "sgd", "learningRate": 0.05 }, "training": { "batchSize": 16, "epochs": 2 }, "pipeline": { "stages": 2, "devices": ["cpu", "sim:0"] } }
JSON
# .NET needs /proc to learn its own path and /dev/urandom to make assemblies as it runs; the mounts are gone with their namespace.
# shellcheck disable=SC2016
inside() { unshare --mount --propagation private -- sh -euc 'root=$1; shift; for folder in proc dev; do mount --rbind "/$folder" "$root/$folder"; done; exec env -i HOME=/tmp PATH=/usr/sbin:/usr/bin chroot "$root" /app/pipelinebackprop "$@"' sh "$root" "$@"; }
inside devices --json | grep -q '"device":"cpu"' || failed "the program does not list its devices in an empty root."
inside train /run.json --runs /tmp/runs --json | tail -n 1 | grep -q '"end":"completed"' || failed "the program does not train in an empty root."
[ -s "$root/tmp/runs/empty-root/loss-curve.png" ] || failed "the program draws no loss curve in an empty root."
echo "publish: $((packed / 1000000)) MB packed; lists devices and trains in an empty root."
