#!/bin/sh
#SBATCH --job-name=rollcall-tally
#SBATCH --array=0-15
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=02:00:00
#SBATCH --output=rollcall-tally-%A-%a.txt
# Each task tallies its share of the logs below ARCHIVE/SERVER/. Then count them:
#   job=$(sbatch --parsable slurm-tally.sh ARCHIVE KEY OUT)
#   sbatch --dependency=afterany:$job slurm-count.sh KEY OUT VAULT
set -eu
archive=$1 key=$2 out=$3
find "$archive" -mindepth 2 -type f ! -name '.*' | sort |
  awk -v task="$SLURM_ARRAY_TASK_ID" -v tasks="$SLURM_ARRAY_TASK_COUNT" 'NR % tasks == task' |
  while read -r log; do
    rollcall tally --workers 1 --source "$(basename "$(dirname "$log")")" --key "$key" --out "$out" "$log" || [ $? = 1 ]
  done
