/** What the image `steersman.local/steersman` runs: `node /app/steersman.mjs <component> [flags]`. */
import { command as clusterDns } from '@steersman/dns';
import { realEffects } from '@steersman/machinery';
import { type ComponentCommand, parseComponentFlags } from '@steersman/server';

const inside: readonly ComponentCommand[] = [clusterDns];

async function main([name, ...args]: readonly string[]): Promise<number> {
  const command = inside.find((candidate) => candidate.name === name);
  if (command === undefined)
    return complain(`unknown component "${name}"; there are: ${inside.map((known) => known.name).join(', ')}`);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
  try {
    const parsed = parseComponentFlags(command, args);
    if (parsed.kind !== 'run') return complain(parsed.kind === 'help' ? parsed.text : '');
    await command.run(parsed.flags, realEffects({ component: command.name }), stop.signal);
    return 0;
  } catch (error) {
    return complain((error as Error).message);
  }
}

function complain(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}

process.exit(await main(process.argv.slice(2)));
