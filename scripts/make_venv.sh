#!/usr/bin/env bash
# Make the virtual environment. Debian keeps ensurepip in a package of its own: install it where that
# is allowed, else say what to ask the administrator for.
set -euo pipefail
python="${1:-}" venv="$2"
if [ -z "$python" ]; then
  echo "Python 3.11 or newer is needed and was not found on the PATH." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "Python $version lacks its venv module; installing python$version-venv ..."
  sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo -n"
  if ! { $sudo apt-get update -qq && $sudo apt-get install -y -qq "python$version-venv"; } >/dev/null; then
    echo "Please have the administrator run: apt-get install python$version-venv" >&2
    exit 1
  fi
fi
rm -rf "$venv"
"$python" -m venv "$venv"
