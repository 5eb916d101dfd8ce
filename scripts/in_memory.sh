#!/usr/bin/env bash
# Run a command whose temporary folder lies in memory, where Linux has room for it: tests force some
# sixty writes a store to the disk, and the workers would stand and wait for it.
set -u
ROOM_KB=8000000
free() { df --output=avail /dev/shm 2>/dev/null | tail -n 1; }
spare() { awk '/^MemAvailable/ { print $2 }' /proc/meminfo 2>/dev/null; }
if [ -w /dev/shm ] && [ "$(free)" -gt $ROOM_KB ] && [ "$(spare)" -gt $ROOM_KB ]; then
  folder=$(mktemp -d /dev/shm/ganyuan-tests-XXXXXX)
  # Other users below it, such as the one of PostgreSQL, have to pass.
  chmod 711 "$folder"
  trap 'rm -rf "$folder"' EXIT
  export TMPDIR="$folder"
fi
"$@"
