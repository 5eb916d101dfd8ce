#!/usr/bin/env bash
# Install what the peer benchmarks compare with: QGIS (qgis_process) and PostGIS, from Debian. Says
# in words what to do where it cannot, and never fails: the benchmarks then leave out what is missing.
set -u
have_qgis() { command -v qgis_process.bin >/dev/null || command -v qgis_process >/dev/null; }
have_postgis() { ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; }
how="Install the packages qgis, postgresql and postgresql-<version>-postgis-3 by hand, then run again."

bash "$(dirname "$0")/install_postgresql.sh"
have_qgis && have_postgis && exit 0
if [ "$(uname -s)" != Linux ] || ! command -v apt-get >/dev/null; then
  echo "QGIS and PostGIS can be installed here by apt-get only, which this system lacks. $how"
  exit 0
fi
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo -n"
get="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300"
if ! $get update -qq; then
  echo "apt-get update failed: no network, or no right to install. $how"
  exit 0
fi
add() { $get install -y -qq --no-install-recommends "$@" >/dev/null; }
if ! have_postgis; then
  version=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort -n | tail -1)
  echo "Installing PostGIS for PostgreSQL ${version:-(none found)} ..."
  add "postgresql-${version:-15}-postgis-3" || echo "PostGIS could not be installed. $how"
fi
if ! have_qgis; then
  echo "Installing QGIS (some 500 MB) ..."
  add qgis || echo "QGIS could not be installed. $how"
fi
exit 0
