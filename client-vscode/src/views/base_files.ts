import * as vscode from "vscode";
import { SingleFiles } from "./single_files";

const SCHEME = "treadle-base";

interface Query {
  readonly root: string;
  readonly commit: string;
}

/** Files as they were in a commit, to be held against those of now. Bytes, so that the editor shows images as images. */
export class BaseFiles extends SingleFiles {
  constructor(private readonly read: (root: string, commit: string, path: string) => Promise<Uint8Array>) {
    super(SCHEME, { isReadonly: true });
  }

  uriOf(root: string, commit: string, path: string): vscode.Uri {
    return vscode.Uri.from({ scheme: SCHEME, path: `/${path}`, query: JSON.stringify({ root, commit } satisfies Query) });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: (await this.readFile(uri)).length };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { root, commit } = JSON.parse(uri.query) as Query;
    try {
      return await this.read(root, commit, uri.path.slice(1));
    } catch {
      throw vscode.FileSystemError.FileNotFound(uri);
    }
  }

  writeFile(uri: vscode.Uri): Promise<void> {
    return Promise.reject(vscode.FileSystemError.NoPermissions(uri));
  }
}
