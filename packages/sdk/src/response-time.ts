/** Durations as the contract's text. */

/** `"0 min 2.50 sec"`: minutes, then seconds with two decimals. */
export function responseTimeText(ms: number): string {
  const hundredths = Math.round(ms / 10);
  const minutes = Math.floor(hundredths / 6000);
  return `${minutes} min ${((hundredths - minutes * 6000) / 100).toFixed(2)} sec`;
}
