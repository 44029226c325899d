import { Worker } from 'node:worker_threads';
import { readYaml, YamlError, type YamlReading } from '../yaml/yaml.ts';

/** YAML beyond this is read in a thread of its own: it takes ten times as long as JSON, and nobody else is to wait for it. */
export const YAML_ASIDE_BYTES_MIN = 256 * 1024;
/** A document within the limit of a request is read in a tenth of this, and in a quarter of that memory. */
const READING_MS_MAX = 10_000;
const THREAD_MEMORY_MIB_MAX = 512;

interface Job {
  readonly text: string;
  resolve(reading: YamlReading): void;
  reject(error: YamlError): void;
}
type Answer = { readonly reading: YamlReading } | { readonly problem: string };

const waiting: Job[] = [];
let running: Job | undefined;
let thread: Worker | undefined;
/** Where everything is bundled into one file there is no second one to start a thread with. */
let threadless = false;

/** As `readYaml`, in another thread; documents are read one after the other. Rejects with YamlError. */
export function readYamlAside(text: string): Promise<YamlReading> {
  return new Promise((resolve, reject) => {
    waiting.push({ text, resolve, reject });
    next();
  });
}

function next(): void {
  if (running !== undefined) return;
  running = waiting.shift();
  if (running === undefined) return;
  if (threadless) return finish(readHere(running.text));
  thread ??= start();
  thread.postMessage(running.text);
  const begun = running;
  const timer = setTimeout(
    () => running === begun && lose('yaml: the document takes too long to read'),
    READING_MS_MAX,
  );
  thread.once('message', (answer: Answer) => {
    clearTimeout(timer);
    if (running === begun) finish(answer);
  });
}

function start(): Worker {
  const file = import.meta.url.endsWith('.ts') ? './yaml-thread.ts' : './yaml-thread.js';
  const made = new Worker(new URL(file, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB_MAX },
  });
  made.unref();
  made.on('error', (error: NodeJS.ErrnoException) => {
    if (thread !== made) return;
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return lose('yaml: the document takes too much memory to read');
    threadless = true;
    thread = undefined;
    if (running !== undefined) finish(readHere(running.text));
  });
  return made;
}

/** Gives up on the document at hand, and on the thread with it. */
function lose(problem: string): void {
  void thread?.terminate();
  thread = undefined;
  finish({ problem });
}

function finish(answer: Answer): void {
  const job = running;
  running = undefined;
  if ('reading' in answer) job?.resolve(answer.reading);
  else job?.reject(new YamlError(answer.problem));
  next();
}

function readHere(text: string): Answer {
  try {
    return { reading: readYaml(text) };
  } catch (error) {
    return { problem: error instanceof YamlError ? error.message : 'yaml: the document cannot be read' };
  }
}
