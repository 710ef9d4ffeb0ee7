#!/usr/bin/env bash
# A study as a Slurm job array, and its report: ./slurm.sh PARTS session.nwb… -o report [options of study]
# The recordings and the report are on a file system that all nodes share. Run again after a failure: nothing finished is repeated.
set -euo pipefail
parts=$1
printf -v study '%q ' motorsrnn study "${@:2}"
array=$(sbatch --parsable --array="1-$parts" --mem=1G --wrap "$study --threads 1 --part \$SLURM_ARRAY_TASK_ID/$parts")
sbatch --dependency="afterany:$array" --mem=1G --wrap "$study --gather"
