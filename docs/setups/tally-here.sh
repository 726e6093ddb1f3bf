#!/bin/sh
# On each list server, after its logs were rotated: tallies them for whoever fetches the tallies.
#   tally-here.sh SOURCE KEY OUT LOG...
set -eu
source=$1 key=$2 out=$3
shift 3
rollcall tally --source "$source" --key "$key" --out "$out" "$@"
