#!/usr/bin/env bash
# ./run.sh             restores, builds Release and runs the quickstart
# ./run.sh test        runs every test
# ./run.sh publish     makes artifacts/linux-x64, the program with .NET in one folder, and packs it
# ./run.sh bench …     measures how fast the engine is, writes perf/results/; --quick in under a minute
# ./run.sh COMMAND …   passes everything to the program
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1

program=$root/src/PipelineBackprop.Cli/PipelineBackprop.Cli.csproj
binary=$root/src/PipelineBackprop.Cli/bin/Release/net10.0/PipelineBackprop.Cli

build() { # quiet when it works, everything when it does not; stdout stays the program's
  local log
  log=$(mktemp)
  if ! dotnet build "$1" --configuration Release --verbosity quiet -clp:NoSummary >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "The build failed." >&2
    exit 1
  fi
  rm -f "$log"
}

case "${1:-}" in
  test)
    shift
    cd "$root"
    build PipelineBackprop.sln
    # One test program at a time: some of them watch for stalls, and two cores are soon busy.
    case "$*" in *--project*|*--solution*) target=() ;; *) target=(--solution PipelineBackprop.sln) ;; esac
    exec dotnet test "${target[@]}" --configuration Release --no-build --max-parallel-test-modules 1 "$@"
    ;;
  publish)
    cd "$root"
    folder=artifacts/linux-x64
    command -v xz >/dev/null || { echo "publish packs with xz, which is missing: apt-get install xz-utils." >&2; exit 1; }
    rm -rf "$folder" "$folder".tar.*
    dotnet publish "$program" --configuration Release --runtime linux-x64 --self-contained --output "$folder" --verbosity quiet -clp:NoSummary \
      -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:DebugType=none -p:SatelliteResourceLanguages=en
    mv "$folder/PipelineBackprop.Cli" "$folder/pipelinebackprop"
    cp LICENSE "$folder"
    # xz: the constraint solver behind `schedule optimise` would not fit into 60 MB with gzip.
    tar --create --directory artifacts linux-x64 | xz --threads=0 >"$folder.tar.xz"
    echo "$folder, packed $(($(stat --format %s "$folder.tar.xz") / 1000000)) MB"
    ;;
  bench)
    shift
    build "$root/perf/Benchmarks/PipelineBackprop.Benchmarks.csproj"
    exec "$root/perf/Benchmarks/bin/Release/net10.0/PipelineBackprop.Benchmarks" scoreboard "$@"
    ;;
  "")
    cd "$root"
    build "$program"
    exec "$binary" train config/quickstart.json
    ;;
  *)
    build "$program"
    exec "$binary" "$@"
    ;;
esac
