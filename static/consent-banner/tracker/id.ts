/** 16 random hexadecimal digits; made per page view or hit, kept in memory only. */
export function randomId(): string {
  const [random = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return random.toString(16).padStart(16, "0");
}
