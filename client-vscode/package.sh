#!/usr/bin/env bash
# Builds the extension and the wheel of Treadle that it sets up, and packages both: package.sh [FILE]
set -euo pipefail
client=$(cd "$(dirname "$0")" && pwd)
repository=$client/..
python=${PYTHON:-$repository/.venv/bin/python}
mkdir -p "$repository/build"
vsix=$(realpath "${1:-$repository/build/treadle.vsix}")
log=$repository/build/package.log
cd "$client"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --loglevel=error --no-audit --no-fund
npm run --silent build
{
  mkdir -p dist/python
  "$python" -m pip --disable-pip-version-check wheel --no-deps --no-build-isolation --wheel-dir dist/python "$repository"
  cp "$repository/requirements.lock" dist/python/
  node_modules/.bin/vsce package --no-dependencies --allow-missing-repository --no-rewrite-relative-links --out "$vsix"
} >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
