/** The nftables mode: keeps what it applied last and sends only differences. */
import type { PacketFilter } from '../contract.ts';
import { type BaseOptions, baseCommands, TABLE } from './base.ts';
import { diffCommands } from './diff.ts';
import { type PlanOptions, planRuleset } from './plan.ts';
import { emptyRuleset, type Ruleset } from './ruleset.ts';

/** Runs commands as one transaction; rejects when nft refuses, and then nothing has changed. */
export type RunNft = (commands: readonly string[]) => Promise<void>;

/** Whether the table still has the chain that every Service hangs on. */
export type AskNft = () => Promise<boolean>;

export function nftablesFilter(
  run: RunNft,
  options: BaseOptions & PlanOptions,
  present: AskNft = async () => true,
): PacketFilter {
  let applied: Ruleset | undefined;
  return {
    async apply(ports) {
      const wanted = planRuleset(ports, options);
      const commands =
        applied === undefined
          ? [...baseCommands(options), ...diffCommands(emptyRuleset, wanted, options.family)]
          : diffCommands(applied, wanted, options.family);
      applied = undefined; // Until nft has said yes, what is there is not known: start from scratch after a failure.
      if (commands.length > 0) await run(commands);
      applied = wanted;
    },
    async check() {
      if (applied === undefined) return false;
      const fine = await present();
      if (!fine) applied = undefined;
      return fine;
    },
    async cleanup() {
      applied = undefined;
      await run([`add table ${options.family.table} ${TABLE}`, `delete table ${options.family.table} ${TABLE}`]);
    },
  };
}
