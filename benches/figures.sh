#!/usr/bin/env bash
# Prints the figures of speed and memory that the README quotes, each beside its bound; exits with 1 where one is missed.
#
# Instructions are counted by callgrind, as the difference of two run lengths, so that start and report do not count. Rates are medians of five runs,
# chain and kernel in turn, so that both see the same machine. Peak memory is what the kernel of the system says (VmHWM).
# Needs cargo and valgrind, takes about five minutes. Builds into CARGO_TARGET_DIR, where that is set.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "figures.sh: needs valgrind (apt-get install valgrind)" >&2; exit 2; }

chain=scenarios/bench/chain.yaml
hundred=scenarios/bench/chain-100.yaml
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
missed=0

# The path of what cargo has built: its name.
built() { sed -n "/\"name\":\"$1\"/s/.*\"executable\":\"\([^\"]*\)\".*/\1/p" "$scratch/build" | tail -1; }

cargo build --release --quiet --bin coldfront --bench kernel --message-format=json >"$scratch/build"
coldfront=$(built coldfront)
kernel=$(built kernel)

# The first number after a word in a file, without its commas: word, file.
number() { sed -n "s/.*$1 *\([0-9][0-9,]*\).*/\1/p" "$2" | head -1 | tr -d ,; }

# What the run itself says, whatever else it prints: the number before ` requests`, the number before ` a second`.
requests() { sed -n 's/.*[^0-9,]\{0,1\}\b\([0-9][0-9,]*\) requests.*/\1/p' "$1" | head -1 | tr -d ,; }
rate() { sed -n 's/.*: \([0-9][0-9,]*\)\( requests\)\{0,1\} a second.*/\1/p' "$1" | head -1 | tr -d ,; }

# Runs the chain for so many seconds, a thousand requests each; what it says of itself goes to a file.
run_chain() { "${@:3}" "$coldfront" run "$chain" --duration "$1s" >/dev/null 2>"$2"; }
run_kernel() { "${@:3}" "$kernel" "$(($1 * 1000))" >"$2" 2>&1; }

# Instructions a request: run_chain or run_kernel.
instructions() {
    local seconds
    for seconds in 200 400; do
        "$1" $seconds "$scratch/$seconds" valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$scratch/$seconds.log"
    done
    echo $((($(number Collected.: "$scratch/400.log") - $(number Collected.: "$scratch/200.log")) / ($(requests "$scratch/400") - $(requests "$scratch/200"))))
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

median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }
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

for turn in 1 2 3 4 5; do
    run_chain 10000 "$scratch/chain.$turn"
    run_kernel 10000 "$scratch/kernel.$turn"
done
chain_rate=$(for turn in 1 2 3 4 5; do rate "$scratch/chain.$turn"; done | median 5)
kernel_rate=$(for turn in 1 2 3 4 5; do rate "$scratch/kernel.$turn"; done | median 5)
line 'requests a second, chain' "$chain_rate"
line 'requests a second, hand-written kernel' "$kernel_rate"
line 'the chain'"'"'s rate as a share of the kernel'"'"'s' "$(calc %.2f "$chain_rate / $kernel_rate")" '>=' 0.35

short=$(peak_kb "$coldfront" run "$chain" --quiet --duration 1000s)
long=$(peak_kb "$coldfront" run "$chain" --quiet)
wide=$(peak_kb "$coldfront" run "$hundred" --quiet)
line 'peak memory, chain, 1 million requests, MB' "$(calc %.1f "$short / 1024")" '<' 50
line 'peak memory, chain, 10 million requests, MB' "$(calc %.1f "$long / 1024")" '<' 50
line 'what nine million requests more add, MB' "$(calc %.1f "($long - $short) / 1024")" '<=' 2
line 'peak memory, a hundred chains, 10 million requests, MB' "$(calc %.1f "$wide / 1024")" '<' 150
exit $missed
