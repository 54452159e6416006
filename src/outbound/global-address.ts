/**
 * Which IP addresses are on the public internet: global unicast ones, and of those none that leads
 * back inside by a mapping or a tunnel. Ranges are those of `ipaddr.js`, which follows the special
 * purpose registries of IANA (RFC 6890).
 */
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.parse>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

/**
 * Says of an address whether it may be called. `allowPrivate`: `true` for all of them, or CIDR
 * ranges that are allowed beside the public internet. Throws a `RangeError` for a wrong range.
 */
export function createAddressGuard(
  allowPrivate: boolean | readonly string[],
): (address: string) => boolean {
  if (allowPrivate === true) return (address) => isIP(address) !== 0;
  const allowed = (allowPrivate || []).map(parseRange);
  return (address) => {
    const parsed = parseAddress(address);
    if (parsed === null) return false;
    return isGlobal(parsed) || allowed.some((range) => isInside(parsed, range));
  };
}

export function isGlobalAddress(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isGlobal(parsed);
}

/**
 * An IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) as the IPv4 address that would be called.
 * `isIP` first, because `ipaddr.js` reads `1.2.3` as an address too, and a socket would not.
 */
function parseAddress(address: string): Address | null {
  return isIP(address) !== 0 && ipaddr.isValid(address) ? ipaddr.process(address) : null;
}

function parseRange(range: string): Range {
  if (!ipaddr.isValidCIDR(range)) {
    throw new RangeError(`\`${range}\` is not a CIDR range such as 10.0.0.0/8`);
  }
  return ipaddr.parseCIDR(range);
}

function isInside(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}

/**
 * Public by number and private by use: the host services of Azure machines
 * (https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16).
 */
const AZURE_HOST = "168.63.129.16";

/** The only IPv6 space that was ever handed out for global unicast (RFC 4291, RFC 3587). */
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

function isGlobal(address: Address): boolean {
  // `unicast` is what is left when every special range is taken away, NAT64, 6to4 and Teredo too.
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4"
    ? address.toString() !== AZURE_HOST
    : isInside(address, GLOBAL_IPV6);
}
