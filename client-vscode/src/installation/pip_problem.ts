import { InstallationError } from "./errors";

const DISK_FULL = /No space left on device|ENOSPC|Disk quota exceeded|Errno 28\b/i;
const NO_VENV = /ensurepip is not available|No module named '?(?:ensurepip|venv)/i;
const OFFLINE =
  /NewConnectionError|ConnectionRefused|Connection refused|Failed to establish a new connection|name resolution|getaddrinfo|Network is unreachable|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|Max retries exceeded|Connection reset|RemoteDisconnected|SSLError|CERTIFICATE_VERIFY_FAILED/i;

/** What pip, or venv, complains of. */
export function problemOfPip(text: string, lines: readonly string[]): InstallationError {
  if (DISK_FULL.test(text)) {
    return new InstallationError("Treadle could not be set up: the disk is full. Make room (about 150 MB), then try again.", "diskFull");
  }
  if (NO_VENV.test(text)) {
    const sentence = "Python cannot make environments. On Debian and Ubuntu, install the package python3-venv, then try again.";
    return new InstallationError(sentence, "venvMissing");
  }
  if (OFFLINE.test(text)) {
    const sentence = "Treadle could not be set up: the Python packages that it needs could not be fetched. Check the network or the proxy, then try again.";
    return new InstallationError(sentence, "offline");
  }
  return new InstallationError(`Treadle could not be set up: ${lastSensible(lines)}`, "pipFailed");
}

function lastSensible(lines: readonly string[]): string {
  const said = lines.filter((line) => !/^\s*(\[notice\]|WARNING|hint:|note:)/i.test(line));
  const line = said.findLast((each) => each.startsWith("ERROR:")) ?? said.at(-1);
  return line?.replace(/^ERROR:\s*/, "") ?? "the installation ended without a word.";
}
