#!/bin/sh
# Once a day, after the logs were rotated: counts, publishes, copies the vault.
#   daily.sh VAULT SITE COPY LOG...
# 1 is the exit code where a log was refused or a week is held: the rest is done, and the message says what to look at.
set -eu
vault=$1 site=$2 copy=$3
shift 3
rollcall ingest --vault "$vault" "$@" || [ $? = 1 ]
rollcall publish --vault "$vault" --out "$site" || [ $? = 1 ]
rollcall backup --vault "$vault" "$copy"
