#!/usr/bin/env bash
# Tests the packaged extension in a real VS Code, with the real daemon, the real Claude Code and a
# scripted model. The exit status is the verdict; screenshots are in build/screenshots.
set -euo pipefail
client=$(cd "$(dirname "$0")/.." && pwd)
cd "$client"
test/vscode/setup.sh
./package.sh
npm run --silent build:test
rm -rf ../build/screenshots
exec timeout --kill-after=10 2400 node --test --test-concurrency=1 --test-reporter=spec out-test/vscode/*.test.js
