#!/bin/sh
# Renews the hashed lock files from pyproject.toml. Needs uv.
set -eu
cd "$(dirname "$0")/.."
options="--quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url"
uv pip compile $options pyproject.toml --group build -o requirements.lock
uv pip compile $options -c requirements.lock pyproject.toml --group dev -o requirements-dev.lock
