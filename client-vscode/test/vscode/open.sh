#!/usr/bin/env bash
# Opens a project in VS Code with this extension: open.sh DIR
# Your own `code` is used if there is one, else code-server in a browser (Ctrl-C ends it). Either way with a
# profile of its own under build/, so that your settings and extensions stay as they are.
#
# A project under build/, as the demo's, keeps its data beside it, and its agent is the real Claude Code with the
# scripted model, so that it needs no login; MODEL=real takes your own.
#
# TREADLE_EDITOR     code | code-server: which one to take
set -euo pipefail
client=$(cd "$(dirname "$0")/../.." && pwd)
repository=$(cd "$client/.." && pwd)
project=$(cd "${1:?usage: open.sh DIR}" && pwd)
profile=$repository/build/vscode
python=$repository/.venv/bin/python
treadle=$repository/.venv/bin/treadle
editor=${TREADLE_EDITOR:-$(command -v code >/dev/null && echo code || echo code-server)}
mkdir -p "$profile/user/User" "$profile/user/Machine" "$profile/extensions" "$profile/claude"

started=()
end() { [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true; }
trap end EXIT
trap 'exit 130' INT TERM

# The scripted model picks its script by the address, so each session's runner gets the one of the session's type.
scripted_model() {
  local claude
  claude=$(cd "$repository" && "$python" -m tools.claude_code_cli)
  rm -f "$profile/port"
  "$python" "$repository/tools/scripted_model/server.py" --port-file "$profile/port" >"$profile/model.log" 2>&1 &
  started+=($!)
  for _ in $(seq 100); do [ -s "$profile/port" ] && break; sleep 0.1; done
  cat >"$profile/treadle" <<WRAPPER
#!/bin/sh
if [ "\$1 \$2" = "run --session" ]; then
  type=\$("$treadle" sessions --limit 1000 --json | "$python" -c \\
    "import json, sys; print(next(s['type'] for s in json.load(sys.stdin) if s['id'] == int(sys.argv[1])))" "\$3")
  export TREADLE_CLAUDE="$claude" CLAUDE_CONFIG_DIR="$profile/claude" ANTHROPIC_API_KEY=not-a-real-key
  export ANTHROPIC_BASE_URL="http://127.0.0.1:$(cat "$profile/port")/\$type"
  export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_TELEMETRY=1 DISABLE_ERROR_REPORTING=1
fi
exec "$treadle" "\$@"
WRAPPER
  chmod +x "$profile/treadle"
  treadle=$profile/treadle
  echo "Model: a scripted stand-in that ships with Treadle. (MODEL=real: your own Claude login)"
}

trust=()
case $project in
  "$repository"/build/*)
    trust=(--disable-workspace-trust)
    TREADLE_DATA_DIR=$(dirname "$project")/data
    export TREADLE_DATA_DIR
    [ "${MODEL:-scripted}" = real ] || scripted_model
    ;;
esac
for place in User Machine; do
  cat >"$profile/user/$place/settings.json" <<SETTINGS
{
  "treadle.command": "$treadle",
  "chat.disableAIFeatures": true,
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none"
}
SETTINGS
done

if [ "$editor" = code ]; then
  [ "$client/node_modules/.package-lock.json" -nt "$client/package-lock.json" ] \
    || (cd "$client" && npm ci --loglevel=error --no-audit --no-fund)
  (cd "$client" && npm run --silent build)
  echo "Opening $project in VS Code; this ends when its window is closed."
  code --wait --new-window --user-data-dir "$profile/user" --extensions-dir "$profile/extensions" \
    --extensionDevelopmentPath "$client" "${trust[@]}" "$project"
  exit
fi

"$client/test/vscode/setup.sh" --no-browser
"$client/package.sh"
home=${TREADLE_VSCODE_HOME:-$repository/.cache/vscode}
: >"$profile/config.yaml"
serve=("$home/node_modules/treadle-node/bin/node" "$home/node_modules/code-server/out/node/entry.js"
  --config "$profile/config.yaml" --user-data-dir "$profile/user" --extensions-dir "$profile/extensions")
export EXTENSIONS_GALLERY='{}'
"${serve[@]}" --install-extension "$repository/build/treadle.vsix" --force >"$profile/install.log" 2>&1 \
  || { tail -n 20 "$profile/install.log" >&2; exit 1; }

port=${PORT:-$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')}
unset PORT
# Whoever reaches the port may run commands as you, so not even other users of this machine may reach it freely.
PASSWORD=$("$python" -c 'import secrets; print(secrets.token_urlsafe(12))')
export PASSWORD
"${serve[@]}" --bind-addr "127.0.0.1:$port" --auth password "${trust[@]}" --disable-telemetry --disable-update-check \
  --disable-getting-started-override --ignore-last-opened >"$profile/server.log" 2>&1 &
server=$!
started+=("$server")
echo "VS Code, in a browser: http://127.0.0.1:$port/?folder=$project"
echo "Its password: $PASSWORD"
echo "Ctrl-C ends it."
wait "$server"
