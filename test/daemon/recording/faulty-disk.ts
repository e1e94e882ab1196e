/** A disk whose calls can be made to fail, by the end of a file's name. */
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

type Call = 'open' | 'writev' | 'fdatasync' | 'fsync' | 'rename' | 'ftruncate';

export class FaultyDisk {
  /** What fails, for files whose path matches. */
  readonly failing = new Map<Call, { readonly path: RegExp; readonly code: string }>();
  readonly syncs: string[] = [];
  readonly folderSyncs: string[] = [];
  readonly #paths = new Map<number, string>();

  readonly fs: Partial<RecordingFs> = {
    open: async (path, flags, mode) => {
      this.#fail('open', path);
      const fd = await systemRecordingFs.open(path, flags, mode);
      this.#paths.set(fd, path);
      return fd;
    },
    writev: async (fd, buffers, position) => {
      const path = this.#paths.get(fd) ?? '';
      const isFailing = this.failing.get('writev')?.path.test(path) === true;
      const bytes = Buffer.concat(buffers);
      if (!isFailing) return systemRecordingFs.writev(fd, buffers, position);
      // Half of it is written before the fault comes, as disks do.
      if (bytes.length < 64) this.#fail('writev', path);
      return systemRecordingFs.writev(fd, [bytes.subarray(0, bytes.length / 2)], position);
    },
    fdatasync: async (fd) => {
      const path = this.#paths.get(fd) ?? '';
      this.syncs.push(path);
      this.#fail('fdatasync', path);
      await systemRecordingFs.fdatasync(fd);
    },
    fsync: async (fd) => {
      const path = this.#paths.get(fd) ?? '';
      this.folderSyncs.push(path);
      this.#fail('fsync', path);
      await systemRecordingFs.fsync(fd);
    },
    rename: async (from, to) => {
      this.#fail('rename', from);
      await systemRecordingFs.rename(from, to);
    },
    ftruncate: async (fd, sizeBytes) => {
      this.#fail('ftruncate', this.#paths.get(fd) ?? '');
      await systemRecordingFs.ftruncate(fd, sizeBytes);
    },
  };

  fail(call: Call, code: string, path = /\.mkv$/): void {
    this.failing.set(call, { path, code });
  }

  mend(): void {
    this.failing.clear();
  }

  #fail(call: Call, path: string): void {
    const failing = this.failing.get(call);
    if (failing?.path.test(path) === true) throw systemError(failing.code);
  }
}
