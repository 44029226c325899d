/**
 * The smallest program that can be PID 1: it reaps children and ends on SIGTERM or SIGINT. It is what pod sandboxes run
 * (the pause image) and what holds a namespaced host's namespaces. Assembled here, so that no compiler, no libc and no
 * download is needed; position 0x400000, one read-and-execute segment.
 */
import { assert } from '@steersman/machinery';

const LOAD_ADDRESS = 0x400000;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
/** SIGINT, SIGTERM and SIGCHLD as a signal set: bit n-1 is signal n. */
const SIGNALS = (1 << 1) | (1 << 14) | (1 << 16);

/** Bytes, a label, or a two-byte jump whose second byte is the distance to a label. */
type Part = readonly number[] | { readonly label: string } | { readonly jump: number; readonly to: string };

const SYSCALL = [0x0f, 0x05];
const pushByte = (value: number) => [0x6a, value & 0xff];
const POP_RAX = [0x58];
const POP_R10 = [0x41, 0x5a];

const program: readonly Part[] = [
  [0x68, SIGNALS & 0xff, (SIGNALS >> 8) & 0xff, (SIGNALS >> 16) & 0xff, 0], // push the set; rsp points at it
  [0x31, 0xff, 0x48, 0x89, 0xe6, 0x31, 0xd2], // edi = SIG_BLOCK, rsi = rsp, edx = 0
  [...pushByte(8), ...POP_R10, ...pushByte(14), ...POP_RAX, ...SYSCALL], // rt_sigprocmask(SIG_BLOCK, set, 0, 8)
  { label: 'wait' },
  [0x48, 0x89, 0xe7, 0x31, 0xf6, 0x31, 0xd2], // rdi = rsp, esi = 0, edx = 0
  [...pushByte(8), ...POP_R10, 0xb8, 128, 0, 0, 0, ...SYSCALL], // rt_sigtimedwait(set, 0, 0, 8)
  [0x83, 0xf8, 17], // SIGCHLD?
  { jump: 0x74, to: 'reap' },
  [0x83, 0xf8, 15], // SIGTERM?
  { jump: 0x74, to: 'exit' },
  [0x83, 0xf8, 2], // SIGINT? Anything else (an interrupted call) waits again.
  { jump: 0x75, to: 'wait' },
  { label: 'exit' },
  [0x31, 0xff, ...pushByte(60), ...POP_RAX, ...SYSCALL], // exit(0)
  { label: 'reap' },
  [...pushByte(-1), 0x5f, 0x31, 0xf6, ...pushByte(1), 0x5a, 0x45, 0x31, 0xd2], // rdi = -1, esi = 0, rdx = WNOHANG, r10 = 0
  [...pushByte(61), ...POP_RAX, ...SYSCALL], // wait4
  [0x85, 0xc0],
  { jump: 0x7f, to: 'reap' }, // One was reaped: there may be more.
  { jump: 0xeb, to: 'wait' },
];

/** The x86-64 Linux executable, about 200 bytes. */
export function initProgram(): Uint8Array {
  const code = assemble(program);
  const size = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES + code.length;
  const file = Buffer.alloc(size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // 64-bit, little-endian, version 1, System V
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(62, 18); // x86-64
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS + ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES), 24); // entry
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32); // program headers
  file.writeUInt16LE(ELF_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56); // one program header
  writeSegment(file.subarray(ELF_HEADER_BYTES), size);
  file.set(code, ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES);
  return file;
}

function writeSegment(header: Buffer, size: number): void {
  header.writeUInt32LE(1, 0); // load
  header.writeUInt32LE(5, 4); // read, execute
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 16);
  header.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 24);
  header.writeBigUInt64LE(BigInt(size), 32);
  header.writeBigUInt64LE(BigInt(size), 40);
  header.writeBigUInt64LE(0x1000n, 48); // alignment
}

function assemble(parts: readonly Part[]): Uint8Array {
  const labels = new Map<string, number>();
  let length = 0;
  for (const part of parts) {
    if ('label' in part) labels.set(part.label, length);
    else length += 'jump' in part ? 2 : part.length;
  }
  const code: number[] = [];
  for (const part of parts) {
    if ('label' in part) continue;
    if ('jump' in part) code.push(part.jump, distance(labels.get(part.to), code.length + 2));
    else code.push(...part);
  }
  return Uint8Array.from(code);
}

function distance(target: number | undefined, next: number): number {
  assert(target !== undefined && Math.abs(target - next) < 128, 'a short jump reaches its label');
  return (target - next) & 0xff;
}
