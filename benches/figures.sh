#!/usr/bin/env bash
# Prints the figures of speed and memory that the README quotes, each beside its bound; exits with 1 where one is missed.
#
# Instructions are counted by callgrind, as the difference of two run lengths, so that start and report do not count. Rates are by CPU time, medians of
# five runs of ten million requests, chain and kernel in turn, so that both see the same machine. Peak memory is what /proc says (VmHWM).
# Needs cargo and valgrind, takes about five minutes. Builds into CARGO_TARGET_DIR, where that is set.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "figures.sh: needs valgrind (apt-get install valgrind)" >&2; exit 2; }

chain=scenarios/bench/chain.yaml
hundred=scenarios/bench/chain-100.yaml
pipeline=scenarios/bench/pipeline.yaml
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
missed=0

# The path of what cargo has built: its name.
built() { sed -n "/\"name\":\"$1\"/s/.*\"executable\":\"\([^\"]*\)\".*/\1/p" "$scratch/build" | tail -1; }

cargo build --release --quiet --bin coldfront --bench kernel --message-format=json >"$scratch/build"
coldfront=$(built coldfront)
kernel=$(built kernel)

# Runs the chain or the kernel for so many seconds, a thousand requests each; what it says of itself goes to a file.
run_chain() { "${@:3}" "$coldfront" run "$chain" --duration "$1s" >/dev/null 2>"$2"; }
run_kernel() { "${@:3}" "$kernel" "$(($1 * 1000))" >"$2" 2>&1; }

# The same for the pipeline, whose producers send a thousand batches of ten messages each second.
run_pipeline() { "${@:3}" "$coldfront" run "$pipeline" --duration "$1s" --set workloads.producers.phases.0.duration="$1s" >/dev/null 2>"$2"; }

# How many requests it says it made: file.
requests() { grep -oE '[0-9,]+ requests( in|,)' "$1" | head -1 | tr -dc 0-9; }

# What callgrind counted: file.
collected() { sed -n 's/.*Collected : *//p' "$1"; }

# Requests a second of CPU time: run_chain, run_kernel or run_pipeline, and for how many seconds.
rate() {
    local TIMEFORMAT='%U %S'
    { time "$1" "${2:-10000}" "$scratch/run"; } 2>"$scratch/time"
    awk -v n="$(requests "$scratch/run")" '{ printf "%d\n", n / ($1 + $2) }' "$scratch/time"
}

# Instructions a request: run_chain, run_kernel or run_pipeline.
instructions() {
    local seconds
    for seconds in 200 400; do
        "$1" $seconds "$scratch/$seconds" valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$scratch/$seconds.log"
    done
    echo $((($(collected "$scratch/400.log") - $(collected "$scratch/200.log")) / ($(requests "$scratch/400") - $(requests "$scratch/200"))))
}

# Peak memory of a command in KB.
peak_kb() {
    "$@" >/dev/null 2>&1 &
    local pid=$! peak=0 seen
    while seen=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null) && [ -n "$seen" ]; do
        peak=$seen
        sleep 0.005
    done
    wait "$pid"
    echo "$peak"
}

# The middle one of five lines: file.
median() { sort -n "$1" | sed -n 3p; }

calc() { awk "BEGIN { printf \"$1\", $2 }"; }

# A line of the table: figure, value, how it must compare (<=, <, >=, or nothing), bound.
line() {
    local verdict=
    if [ $# -gt 2 ]; then
        verdict=ok
        awk "BEGIN { exit !($2 $3 $4) }" || { verdict=MISSED; missed=1; }
    fi
    printf '%-58s %12s   %-10s %s\n' "$1" "$2" "${3:-} ${4:-}" "$verdict"
}

line 'instructions a request, chain' "$(instructions run_chain)" '<=' 5000
line 'instructions a request, hand-written kernel' "$(instructions run_kernel)"

for _ in 1 2 3 4 5; do
    rate run_chain >>"$scratch/chain"
    rate run_kernel >>"$scratch/kernel"
done
chain_rate=$(median "$scratch/chain")
kernel_rate=$(median "$scratch/kernel")
line 'requests a second of CPU time, chain' "$chain_rate"
line 'requests a second of CPU time, hand-written kernel' "$kernel_rate"
line 'the chain'"'"'s rate as a share of the kernel'"'"'s' "$(calc %.2f "$chain_rate / $kernel_rate")" '>=' 0.35

line 'instructions a message, pipeline' "$(calc %d "$(instructions run_pipeline) / 10")"
for _ in 1 2 3 4 5; do
    rate run_pipeline 1000 >>"$scratch/pipeline"
done
line 'messages a second of CPU time, pipeline' "$(calc %d "10 * $(median "$scratch/pipeline")")" '>=' 5000000

empty=$(peak_kb "$coldfront" run "$pipeline" --quiet --duration 1s)
full=$(peak_kb "$coldfront" run "$pipeline" --quiet --duration 1s --set nodes.orders.backlog=1000000)
line 'bytes a message, a backlog of a million' "$(calc %.0f "($full - $empty) * 1024 / 1000000")" '<=' 120

short=$(peak_kb "$coldfront" run "$chain" --quiet --duration 1000s)
long=$(peak_kb "$coldfront" run "$chain" --quiet)
wide=$(peak_kb "$coldfront" run "$hundred" --quiet)
line 'peak memory, chain, 1 million requests, MB' "$(calc %.1f "$short / 1024")" '<' 50
line 'peak memory, chain, 10 million requests, MB' "$(calc %.1f "$long / 1024")" '<' 50
line 'what nine million requests more add, MB' "$(calc %.1f "($long - $short) / 1024")" '<=' 2
line 'peak memory, a hundred chains, 10 million requests, MB' "$(calc %.1f "$wide / 1024")" '<' 150
exit $missed
