"""Runs the examples of docs/editors.md in real editors against a real daemon.

`python -m tools.try_editors --neovim nvim --emacs emacs`. The project installs no editors, so its tests do not.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "editors.md"
BOUND_SECONDS = 60
SETTINGS = "components: [{name: Calculator, kind: module, paths: {code: c.py, tests: test_c.py}}]\n"

NEOVIM = """
local said = {}
vim.notify = function(text) table.insert(said, text) end
dofile("example.lua")
vim.cmd.edit(".treadle/project.yaml")
local function wait(what, holds) assert(vim.wait(20000, holds, 10), what .. " did not happen") end
local function client() return vim.lsp.get_clients({ name = "treadle" })[1] end
wait("the handshake", function() return client() and client().initialized end)
local function ask(method, params)
  local answer = assert(client():request_sync(method, params, 10000, 0))
  assert(not answer.err, vim.inspect(answer.err))
  return answer.result
end
local facts = { root = vim.uv.cwd(), facts = { test_command = { "pytest" } } }
facts.trustedHash = ask("project/open", facts).contentHash
local component = ask("project/open", facts).components[1]
local params = { type = "component_test", componentId = component.id, projectId = component.projectId }
local session = ask("session/create", params).session
ask("session/update", { sessionId = session.id, title = "Größe 😀" })
wait("a notice", function() return vim.list_contains(said, "Session 1: active") end)
said = {}
vim.cmd("TreadleSessions")
wait("the list", function() return #said == 1 end)
assert(said[1]:find("component_test"), said[1])
assert(ask("session/get", { sessionId = session.id }).session.title == "Größe 😀")
assert(client():request_sync("session/get", { sessionId = 9 }, 10000, 0).err.data.code == "session_not_found")
local leaving = client()
leaving:stop()
wait("the end", function() return leaving:is_stopped() end)
vim.cmd("qa!")
"""

EMACS_STEPS = """
(defun try-session (c)
  (let* ((facts (list :root default-directory :facts '(:test_command ["pytest"])))
         (shown (jsonrpc-request c :project/open facts))
         (trusted (append facts (list :trustedHash (plist-get shown :contentHash))))
         (component (aref (plist-get (jsonrpc-request c :project/open trusted) :components) 0))
         (session (plist-get (jsonrpc-request c :session/create
                               (list :type "component_test" :componentId (plist-get component :id)
                                     :projectId (plist-get component :projectId))) :session)))
    (jsonrpc-request c :session/update (list :sessionId (plist-get session :id) :title "Größe 😀"))
    (let ((end (+ (float-time) 20)))
      (while (and (< (float-time) end)
                  (not (string-match "Session [0-9]+: active" (with-current-buffer "*Messages*" (buffer-string)))))
        (accept-process-output nil 0.05)))
    (cl-assert (string-match "Session [0-9]+: active" (with-current-buffer "*Messages*" (buffer-string))))
    (let ((got (plist-get (jsonrpc-request c :session/get (list :sessionId (plist-get session :id))) :session)))
      (cl-assert (equal (plist-get got :title) "Größe 😀")))
    (cl-assert (condition-case refusal (progn (jsonrpc-request c :session/get '(:sessionId 99)) nil)
                 (jsonrpc-error (eq (alist-get 'jsonrpc-error-code (cddr refusal)) -31001))))))
"""

EMACS = f"""
(require 'cl-lib)
(load (expand-file-name "example.el") nil t)
{EMACS_STEPS}
(try-session (treadle-connection))
(treadle-sessions)
(cl-assert (string-match "component_test" (with-current-buffer "*Treadle sessions*" (buffer-string))))
(jsonrpc-request (treadle-connection) :shutdown nil)
(jsonrpc-notify (treadle-connection) :exit nil)
"""

EGLOT = f"""
(require 'cl-lib)
(package-initialize)
(load (expand-file-name "example.el") nil t)
(require 'eglot)
{EMACS_STEPS}
(find-file "notes.txt")
(text-mode)
(call-interactively #'eglot)
(let ((end (+ (float-time) 20)))
  (while (and (not (eglot-current-server)) (< (float-time) end)) (accept-process-output nil 0.05)))
(treadle-subscribe)
(try-session (eglot-current-server))
(eglot-shutdown (eglot-current-server))
"""


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def tried(name: str, example: tuple[str, str], script: tuple[str, str], command: list[str]) -> bool:
    """Whether an editor did what the page says, in a project and with a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="treadle-") as scratch:
        root, data_dir = Path(scratch) / "project", Path(scratch) / "data"
        (root / ".treadle").mkdir(parents=True)
        (root / ".treadle" / "project.yaml").write_text(SETTINGS)
        subprocess.run(["git", "init", "--quiet", root], check=True)
        for file_name, text in (example, script):
            (root / file_name).write_text(text, encoding="utf-8")
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environ = {**os.environ, "TREADLE_DATA_DIR": str(data_dir), "PATH": programs, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, cwd=root, env=environ, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False
        )
        subprocess.run(["treadle", "stop"], env=environ, check=True, capture_output=True)
    print(f"{name}: {'works' if done.returncode == 0 else 'FAILS'}")
    if done.returncode != 0:
        print(done.stdout, done.stderr, sep="\n")
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neovim", metavar="PROGRAM")
    parser.add_argument("--emacs", metavar="PROGRAM")
    arguments = parser.parse_args()
    lua = examples("lua")[0]
    with_jsonrpc, with_eglot = examples("elisp")[:2]
    results = []
    if arguments.neovim:
        command = [arguments.neovim, "--headless", "--clean", "-l", "try.lua"]
        results.append(tried("Neovim", ("example.lua", lua), ("try.lua", NEOVIM), command))
    if arguments.emacs:
        command = [arguments.emacs, "-q", "--batch", "-l", "try.el"]
        results.append(tried("Emacs, jsonrpc.el", ("example.el", with_jsonrpc), ("try.el", EMACS), command))
        results.append(tried("Emacs, eglot", ("example.el", with_eglot), ("try.el", EGLOT), command))
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
