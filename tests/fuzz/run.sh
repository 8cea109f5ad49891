#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Usage: run.sh FUZZER SECONDS -- runs one fuzzer; fails and prints the path of the input if it finds something.
set -eu

fuzzer=$1
seconds=$2
name=$(basename "$fuzzer")
place=$(dirname "$fuzzer")
seeds=$(dirname "$0")/seeds/$name
corpus=$place/corpus/$name
found=$place/found/$name
log=$place/$name.log

rm -rf "$found"
mkdir -p "$corpus" "$found"
if "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
    -artifact_prefix="$found/" "$corpus" "$seeds" >"$log" 2>&1; then
    echo "fuzz: $name ok, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    rmdir "$found"
    exit 0
fi
grep -E '(: broken: |runtime error: |ERROR: |SUMMARY: |^    #[0-9] .*(engine|tools|port|tests)/)' "$log" | head -n 15
for input in "$found"/*; do
    echo "fuzz: $name FAILED with the input $input; again: $fuzzer $input"
done
exit 1
