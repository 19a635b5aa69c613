#!/usr/bin/env bash
# perf/ptx-figures.sh [ARCHITECTURE …]: what NVIDIA's assembler makes of every kernel for these GPUs (default sm_80 sm_90): registers, spills, shared memory, and
# multiplications (FFMA) and reads of shared memory (LDS) as they are written. Needs no GPU, only ptxas and nvdisasm of a CUDA toolkit. Exit code 3: one is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for tool in ptxas nvdisasm; do
  command -v "$tool" >/dev/null || { echo "ptx-figures.sh: $tool is missing, which comes with a CUDA toolkit (on Debian nvidia-cuda-toolkit of non-free)." >&2; exit 3; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PIPELINEBACKPROP_PTX=$folder ./run.sh test --project tests/PipelineBackprop.Gpu.Tests --filter-class "*PtxTests" >"$folder/log" || { cat "$folder/log"; exit 1; }

[ $# -gt 0 ] || set -- sm_80 sm_90
echo "| kernel | GPU | registers | spilled bytes, stored and loaded | shared bytes | FFMA | LDS |"
echo "|---|---|---|---|---|---|---|"
for assembly in "$folder"/*.SM_80.ptx; do
  name=$(basename "$assembly" .SM_80.ptx)
  for architecture in "$@"; do
    [ "${architecture#sm_}" -ge 80 ] && target=SM_80 || target=SM_70
    report=$(ptxas -v -arch="$architecture" -o "$folder/kernel.cubin" "$folder/$name.$target.ptx" 2>&1)
    figure() { grep -oE "[0-9]+ (bytes )?$1" <<<"$report" | head -n 1 | grep -oE '^[0-9]+' || echo 0; }
    count() { grep -cE "[[:space:]]$1[. ]" "$folder/kernel.sass" || true; }
    nvdisasm -c "$folder/kernel.cubin" >"$folder/kernel.sass"
    echo "| $name | $architecture | $(figure registers) | $(figure 'spill stores'), $(figure 'spill loads') | $(figure smem) | $(count FFMA) | $(count LDS) |"
  done
done
