import { createHash } from 'node:crypto';

/**
 * The queues that a flow may use: `size` different ones of `deck`, dealt by a hash of the flow (shuffle sharding), so that
 * two flows share all of theirs only by rare chance. Source: KEP-1040, "Shuffle sharding".
 */
export function dealHand(schema: string, flow: string, deck: number, size: number): readonly number[] {
  let entropy = createHash('sha256').update(schema).update('\0').update(flow).digest().readBigUInt64LE(0);
  const hand: number[] = [];
  for (let dealt = 0; dealt < Math.min(size, deck); dealt++) {
    const left = BigInt(deck - dealt);
    let card = Number(entropy % left);
    entropy /= left;
    // The card is one among those not dealt yet: step over the dealt ones, smallest first.
    for (const before of hand.toSorted((a, b) => a - b)) if (card >= before) card += 1;
    hand.push(card);
  }
  return hand;
}
