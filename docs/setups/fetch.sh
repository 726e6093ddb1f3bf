#!/bin/sh
# Fetches from another server what it has finished, segments of its spool or tallies, and counts it.
#   fetch.sh SERVER FOLDER INCOMING VAULT [option of rollcall ingest]...
# What was fetched goes from the server, and what was counted from INCOMING. Killed anywhere, it is run again, and nothing
# is lost or counted twice. A file that is refused stays in INCOMING, and the exit code is 1.
set -eu
server=$1 folder=$2 incoming=$3 vault=$4
shift 4
mkdir -p -m 700 "$incoming"
# Before the first check-in there is no folder yet. A server writes to a segment for an hour.
names=$(ssh "$server" "cd '$folder' 2>/dev/null || exit 0
  find . -type f ! -name '.*' \( -name '*.tally' -o -name '*.spool' -mmin +120 \)")
if [ -n "$names" ]; then
  # On the disk here before it goes there.
  printf '%s\n' "$names" |
    rsync --archive --fsync --remove-source-files --files-from=- "$server:$folder/" "$incoming/"
fi
if [ -n "$(find "$incoming" -type f ! -name '.*')" ]; then
  rollcall ingest --vault "$vault" --remove-counted "$@" "$incoming"
fi
