#!/usr/bin/env bash
# Install Debian's Chromium for the browser tests where it is missing and may be installed; never an
# error: without it the browser tests skip and say why.
set -u
command -v chromium >/dev/null && exit 0
[ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null || exit 0
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo -n"
echo "Installing Chromium for the browser tests ..."
{ $sudo apt-get update -qq && $sudo apt-get install -y -qq chromium; } >/dev/null 2>&1 ||
  echo "Chromium could not be installed; the browser tests will be skipped."
exit 0
