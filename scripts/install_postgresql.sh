#!/usr/bin/env bash
# Install Debian's PostgreSQL for the store tests where it is missing and may be installed; never an
# error: without it these tests skip and say why. No cluster is made and no server is started.
set -u
command -v initdb >/dev/null && exit 0
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
[ "$(uname -s)" = Linux ] && command -v apt-get >/dev/null || exit 0
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo -n"
echo "Installing PostgreSQL for the store tests ..."
{ $sudo apt-get update -qq &&
  $sudo apt-get install -y -qq postgresql-common &&
  echo "create_main_cluster = false" | $sudo tee -a /etc/postgresql-common/createcluster.conf &&
  $sudo apt-get install -y -qq postgresql; } >/dev/null 2>&1 ||
  echo "PostgreSQL could not be installed; its tests will be skipped."
exit 0
