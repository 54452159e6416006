/** An address in a query, where a bare `+` means a space; nobody's address begins with one. */
export function addressOfQuery(written: string): string {
  return written.replace(/^ (?=\d)/, "+");
}
