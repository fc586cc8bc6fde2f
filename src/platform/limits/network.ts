const IP_LENGTH_MAX = 45;
/** What the last 32 bits follow in an IPv4 address that is written as IPv6. */
const MAPPED = "0,0,0,0,0,65535";

const bytesOf = (group: number): number[] => [group >> 8, group & 255];

/**
 * What an address is counted by: IPv4 by itself, IPv6 by its first 64 bits, as who has one address there has all of them.
 * IPv4 written as IPv6 is IPv4.
 */
export function networkOf(address: string): string {
  const ip = address.slice(0, IP_LENGTH_MAX).toLowerCase();
  if (!ip.includes(":")) return ip;
  if (ip.includes(".")) return ip.slice(ip.lastIndexOf(":") + 1);
  const [head = "", tail] = ip.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after].map((it) => Number.parseInt(it, 16) || 0);
  if (groups.slice(0, 6).join(",") === MAPPED) return groups.slice(6, 8).flatMap(bytesOf).join(".");
  const network = groups.slice(0, 4).map((it) => it.toString(16));
  return `${network.join(":")}::/64`;
}
