const IP_LENGTH_MAX = 45;

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
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after].slice(0, 4);
  return `${groups.map((group) => (Number.parseInt(group, 16) || 0).toString(16)).join(":")}::/64`;
}
