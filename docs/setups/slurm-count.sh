#!/bin/sh
#SBATCH --job-name=rollcall-count
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=02:00:00
#SBATCH --output=rollcall-count-%j.txt
set -eu
key=$1 out=$2 vault=$3
rollcall ingest --key "$key" --vault "$vault" "$out"
