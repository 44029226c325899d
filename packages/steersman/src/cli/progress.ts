/** What `up` and `down` show: one line per finished step with its time; on a terminal also what is under way. */
import { performance } from 'node:perf_hooks';

export interface Progress {
  /** Runs the work and reports it, also when it fails. Steps may overlap. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
  /** Ends the display; call it before printing anything else. */
  end(): void;
}

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;

/** Progress on a stream: with a moving line on a terminal, plain lines otherwise. */
export function createProgress(output: Output = process.stderr): Progress {
  const live = output.isTTY === true && process.env['NO_COLOR'] === undefined;
  const underWay = new Set<string>();
  let frame = 0;
  const draw = () => {
    frame += 1;
    if (underWay.size > 0) output.write(`\r\x1b[2K${FRAMES[frame % FRAMES.length]} ${[...underWay].join(', ')}`);
  };
  const timer = live ? setInterval(draw, FRAME_MS).unref() : undefined;
  const line = (text: string) => output.write(live ? `\r\x1b[2K${text}\n` : `${text}\n`);
  return {
    async step(title, work) {
      const started = performance.now();
      underWay.add(title);
      try {
        const result = await work();
        line(`${live ? '\x1b[32m✓\x1b[0m' : 'ok  '} ${title} (${seconds(started)})`);
        return result;
      } catch (error) {
        line(`${live ? '\x1b[31m✗\x1b[0m' : 'FAIL'} ${title} (${seconds(started)})`);
        throw error;
      } finally {
        underWay.delete(title);
      }
    },
    note: (text) => line(text),
    end() {
      clearInterval(timer);
      if (live) output.write('\r\x1b[2K');
    },
  };
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
