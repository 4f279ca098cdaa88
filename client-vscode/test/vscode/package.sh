#!/usr/bin/env bash
# Builds the extension and packages it as build/treadle.vsix. Needs what setup.sh installs.
set -euo pipefail
client=$(cd "$(dirname "$0")/../.." && pwd)
home=${TREADLE_VSCODE_HOME:-$client/../.cache/vscode}
cd "$client"
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --loglevel=error --no-audit --no-fund
npm run --silent build
mkdir -p ../build
PATH=$home/node_modules/treadle-node/bin:$PATH node "$home/node_modules/@vscode/vsce/vsce" package \
  --no-dependencies --allow-missing-repository --out ../build/treadle.vsix >../build/package.log 2>&1 \
  || { tail -n 20 ../build/package.log >&2; exit 1; }
