import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ConfigurationError } from '../configuration-error.ts';

const MEBIBYTE = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Nobody but the server reads audit logs unless told so. */
const MODE = 0o600;

export interface AuditLogOptions {
  /** `-` is the standard output. */
  readonly path: string;
  /** Megabytes after which a new file is begun; 0: upstream's 100. */
  readonly sizeMax: number;
  /** Old files kept; 0: all. */
  readonly backupsMax: number;
  /** Days that old files are kept; 0: for ever. */
  readonly ageDaysMax: number;
  readonly compress: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
export interface AuditLog {
  /** Written when it returns. */
  write(line: string): void;
  close(): void;
}

/** A log file that is exchanged for a new one when it has grown, with upstream's names for old ones. Throws ConfigurationError. */
export function openAuditLog(options: AuditLogOptions): AuditLog {
  if (options.path === '-') return { write: (line) => void process.stdout.write(line), close: () => undefined };
  const sizeMax = (options.sizeMax === 0 ? 100 : options.sizeMax) * MEBIBYTE;
  let file = open(options.path);
  let size = fstatSync(file).size;
  return {
    write(line) {
      if (size > 0 && size + line.length > sizeMax) {
        closeSync(file);
        rotate(options);
        file = open(options.path);
        size = 0;
      }
      size += writeSync(file, line);
    },
    close: () => closeSync(file),
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'a', MODE);
  } catch (error) {
    throw new ConfigurationError('bad-flag', `--audit-log-path=${path} cannot be written: ${(error as Error).message}`);
  }
}

function rotate(options: AuditLogOptions): void {
  const { path, compress, now } = options;
  const extension = extname(path);
  const stem = basename(path, extension);
  const stamp = new Date(now()).toISOString().replaceAll(':', '-').slice(0, -1);
  const old = join(dirname(path), `${stem}-${stamp}${extension}`);
  renameSync(path, old);
  if (compress) {
    writeFileSync(`${old}.gz`, gzipSync(readFileSync(old)), { mode: MODE });
    rmSync(old);
  }
  discard(options, `${stem}-`, extension);
}

function discard({ path, backupsMax, ageDaysMax, now }: AuditLogOptions, prefix: string, extension: string): void {
  const folder = dirname(path);
  const old = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && (name.endsWith(extension) || name.endsWith(`${extension}.gz`)))
    .sort()
    .reverse();
  for (const [index, name] of old.entries()) {
    const tooMany = backupsMax > 0 && index >= backupsMax;
    const tooOld = ageDaysMax > 0 && now() - statSync(join(folder, name)).mtimeMs > ageDaysMax * DAY_MS;
    if (tooMany || tooOld) rmSync(join(folder, name));
  }
}
