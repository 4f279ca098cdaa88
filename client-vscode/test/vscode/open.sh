#!/usr/bin/env bash
# Opens a project in VS Code with this extension: open.sh DIR
# Your own `code` is used if there is one, else code-server in a browser (Ctrl-C ends it). Either way with a
# profile of its own under build/, so that your settings and extensions stay as they are.
#
# TREADLE_DATA_DIR   Treadle's data; default: the folder `data` beside DIR if there is one, else your own
# TREADLE_EDITOR     code | code-server: which one to take
set -euo pipefail
client=$(cd "$(dirname "$0")/../.." && pwd)
repository=$(cd "$client/.." && pwd)
project=$(cd "${1:?usage: open.sh DIR}" && pwd)
profile=$repository/build/vscode
editor=${TREADLE_EDITOR:-$(command -v code >/dev/null && echo code || echo code-server)}

if [ -z "${TREADLE_DATA_DIR:-}" ] && [ -d "$(dirname "$project")/data" ]; then
  TREADLE_DATA_DIR=$(dirname "$project")/data
  export TREADLE_DATA_DIR
fi
settings='{ "treadle.command": "'$repository/.venv/bin/treadle'", "workbench.startupEditor": "none", "security.workspace.trust.startupPrompt": "once" }'
mkdir -p "$profile/user/User" "$profile/user/Machine" "$profile/extensions"
for place in User Machine; do
  [ -e "$profile/user/$place/settings.json" ] || echo "$settings" >"$profile/user/$place/settings.json"
done

if [ "$editor" = code ]; then
  [ "$client/node_modules/.package-lock.json" -nt "$client/package-lock.json" ] \
    || (cd "$client" && npm ci --silent --no-audit --no-fund)
  (cd "$client" && npm run --silent build)
  echo "Opening $project in VS Code, with the extension and a profile of its own."
  exec code --new-window --user-data-dir "$profile/user" --extensions-dir "$profile/extensions" \
    --extensionDevelopmentPath "$client" "$project"
fi

"$client/test/vscode/setup.sh" --no-browser
"$client/test/vscode/package.sh"
home=${TREADLE_VSCODE_HOME:-$repository/.cache/vscode}
: >"$profile/config.yaml"
serve=("$home/node_modules/treadle-node/bin/node" "$home/node_modules/code-server/out/node/entry.js"
  --config "$profile/config.yaml" --user-data-dir "$profile/user" --extensions-dir "$profile/extensions")
export EXTENSIONS_GALLERY='{}'
"${serve[@]}" --install-extension "$repository/build/treadle.vsix" --force >"$profile/install.log" 2>&1 \
  || { tail -n 20 "$profile/install.log" >&2; exit 1; }

port=${PORT:-$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')}
unset PORT
# Whoever reaches the port may run commands as you, so not even other users of this machine may reach it freely.
PASSWORD=$(python3 -c 'import secrets; print(secrets.token_urlsafe(12))')
export PASSWORD
echo "VS Code serves $project:"
echo "  http://127.0.0.1:$port/?folder=$project"
echo "  password: $PASSWORD"
echo "Ctrl-C ends it."
exec "${serve[@]}" --bind-addr "127.0.0.1:$port" --auth password --disable-telemetry --disable-update-check \
  --disable-getting-started-override --ignore-last-opened >"$profile/server.log" 2>&1
