/**
 * Applies a change list to the copy that is there: reads the changes, then writes the copy anew
 * without what was deleted and with what was added. Memory goes with the changes, not with the list.
 */
import type { ListDescription, ListReport } from "../app/lists.ts";
import { Problem } from "../app/problem.ts";
import type { AddressKey, Instant } from "../domain/words.ts";
import { packPhone, TokenKeys } from "../sets/address-keys.ts";
import { KeyTable } from "../sets/key-table.ts";
import { type Listing, mergeListings } from "../sets/listing.ts";
import { type ListLine, readListLine, writeListLine } from "./list-copy.ts";
import { linesOfCopy } from "./list-files.ts";
import { addLine, builderOf, keepNew, type ListPlace, type Loaded, readRows } from "./load-copy.ts";

const LINES_AT_ONCE = 1000;

export async function changeCopy(
  place: ListPlace,
  base: Loaded | null,
  given: ListDescription,
  text: AsyncIterable<Uint8Array>,
): Promise<Loaded & { readonly report: ListReport }> {
  const description = describeChanged(base, given);
  const changes = new Changes(place);
  const { rows, told } = readRows(description, text, { format: "us-dnc-change" });
  for await (const some of rows()) {
    for (const { named, change, listing } of some) {
      if ("address" in named) changes.take(named.address, change, listing.since);
    }
  }
  refuseNothing(changes.size);
  const builder = builderOf(place, description);
  const keep = (line: ListLine): string => {
    addLine(builder, line);
    return writeListLine(line, line.listing);
  };
  async function* kept(): AsyncIterable<readonly string[]> {
    for await (const lines of linesOfCopy(place.folder, base!.shelved)) {
      yield lines.flatMap((line) => {
        const left = changes.applyTo(readListLine(line));
        return left === null ? [] : [keep(left)];
      });
    }
    for (const some of changes.additions()) yield some.map(keep);
  }
  return await keepNew(place, description.name, kept(), () => {
    const list = builder.finish();
    const report: ListReport = {
      name: list.name,
      addresses: list.size,
      duplicates: list.duplicates,
      ...told(),
      changes: changes.told(),
    };
    return { list, description, report };
  });
}

/** What the copy is stays as it was; only its date moves, and how long it may be relied on if that is said. */
function describeChanged(base: Loaded | null, { name, asOf, maxAgeDays }: ListDescription) {
  if (base === null || base.list.hash !== null) {
    throw new Problem(
      "invalid-request",
      `there is no full copy of ${name} that this could change; load the full list first, with the ` +
        "format `us-dnc`",
    );
  }
  const { description } = base.shelved;
  if (asOf <= description.asOf) {
    throw new Problem(
      "invalid-request",
      `the copy of ${name} is of ${new Date(description.asOf).toISOString()}, and these changes are ` +
        "no newer; load a newer change list, or the full list",
    );
  }
  return { ...description, asOf, maxAgeDays: maxAgeDays ?? description.maxAgeDays };
}

function refuseNothing(changes: number): void {
  if (changes > 0) return;
  throw new Problem(
    "invalid-request",
    "the text holds no change, so the list was left as it is; each line of a change list has an area " +
      "code, a number, a date and `A` or `D`",
  );
}

/** The last change of each phone number. */
class Changes {
  readonly #place: ListPlace;
  readonly #phones: KeyTable;
  /** Of people who were erased, by each of their tokens. */
  readonly #tokens = new Map<string, number>();
  readonly #erased = new Map<number, string>();
  readonly #isAdded: boolean[] = [];
  readonly #since: (Instant | null)[] = [];
  /** Whether the copy had it. */
  readonly #isMet: boolean[] = [];

  constructor(place: ListPlace) {
    this.#place = place;
    this.#phones = new KeyTable(1, new TokenKeys(place.tokensOf).fingerprint().secret);
  }

  get size(): number {
    return this.#isAdded.length;
  }

  /** Of two changes the newer counts; when that cannot be told, the number is listed. */
  take(address: AddressKey, change: "add" | "delete" | null, since: Instant | null): void {
    const isAdded = change !== "delete";
    const known = this.#phones.find(packPhone(address), 0);
    if (known === -1) {
      this.#add(address, isAdded, since);
      return;
    }
    const before = this.#since[known]!;
    const isOlder = since !== null && before !== null && since < before;
    const isNewer = since !== null && before !== null && since > before;
    if (isOlder || (!isNewer && !isAdded)) return;
    this.#isAdded[known] = isAdded;
    this.#since[known] = since;
  }

  /** The line as it stays; `null`: it goes. */
  applyTo(line: ListLine): ListLine | null {
    const change = this.#changeOf(line);
    if (change === -1) return line;
    this.#isMet[change] = true;
    if (!this.#isAdded[change]) return null;
    return { ...line, listing: mergeListings(line.listing, this.#listing(change)) };
  }

  /** What the copy did not have. */
  *additions(): Generator<readonly ListLine[]> {
    let lines: ListLine[] = [];
    for (const { first, value } of this.#phones.segments()) {
      for (let at = 0; at < first.length; at += 1) {
        const change = value[at]!;
        if (first[at] === 0 || !this.#isAdded[change] || this.#isMet[change]) continue;
        const token = this.#erased.get(change);
        const named = token === undefined ? { address: unpackPhone(first[at]!) } : { token };
        lines.push({ ...named, listing: this.#listing(change) });
        if (lines.length < LINES_AT_ONCE) continue;
        yield lines;
        lines = [];
      }
    }
    yield lines;
  }

  told(): NonNullable<ListReport["changes"]> {
    let [added, deleted, notThere] = [0, 0, 0];
    for (const [change, isAdded] of this.#isAdded.entries()) {
      const isMet = this.#isMet[change]!;
      if (isAdded && !isMet) added += 1;
      if (!isAdded && isMet) deleted += 1;
      if (!isAdded && !isMet) notThere += 1;
    }
    return { added, deleted, notThere };
  }

  #add(address: AddressKey, isAdded: boolean, since: Instant | null): void {
    const change = this.#isAdded.length;
    this.#phones.set(packPhone(address), 0, change);
    this.#isAdded.push(isAdded);
    this.#since.push(since);
    this.#isMet.push(false);
    if (!this.#place.isErased(address)) return;
    const tokens = this.#place.tokensOf(address);
    this.#erased.set(change, tokens[0]!);
    for (const token of tokens) this.#tokens.set(token, change);
  }

  #changeOf(line: ListLine): number {
    if ("token" in line) return this.#tokens.get(line.token) ?? -1;
    if ("hash" in line) return -1;
    const packed = packPhone(line.address);
    return packed === 0 ? -1 : this.#phones.find(packed, 0);
  }

  #listing(change: number): Listing {
    return { since: this.#since[change]!, channels: [], sectors: [] };
  }
}

/** What `packPhone` made of it. */
function unpackPhone(packed: number): AddressKey {
  return `+${String(packed).slice(1)}` as AddressKey;
}
