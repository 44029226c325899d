/** Scores are from 0 to this. */
export const SCORE_MAX = 100;

/** Scales scores so that the highest is 100; reversed, so that the lowest is best. All zero: 0, or 100 when reversed. */
export function scaleScores(scores: Float64Array, reversed = false): void {
  let highest = 0;
  for (const score of scores) if (score > highest) highest = score;
  for (let at = 0; at < scores.length; at += 1) {
    const scaled = highest === 0 ? 0 : Math.floor((SCORE_MAX * scores[at]!) / highest);
    scores[at] = reversed ? SCORE_MAX - scaled : scaled;
  }
}
