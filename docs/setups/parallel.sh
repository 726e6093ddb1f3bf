#!/bin/sh
# All cores of one machine: a folder for each server, as in ARCHIVE/mirror1/access.log-20261116.gz
#   parallel.sh ARCHIVE KEY OUT VAULT
# Run again after a failure it tallies only what is missing. A log that is refused or damaged is told, and stops no other.
set -eu
archive=$1 key=$2 out=$3 vault=$4
mkdir -p -m 700 "$out"
export key out
find "$archive" -mindepth 2 -type f ! -name '.*' | sort |
  parallel --joblog "$out/.jobs" --resume-failed \
    'rollcall tally --workers 1 --source "$(basename {//})" --key "$key" --out "$out" {}' ||
  echo 'Some logs were not tallied.' >&2
rollcall ingest --key "$key" --vault "$vault" "$out"
