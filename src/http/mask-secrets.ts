/**
 * Secrets of sources and destinations are shown once, when they are typed in, and never again. The
 * adapter's schema marks them (`"secret": true`); `env:NAME` is the name of one and may be shown.
 */
export const MASK = "********";

interface SchemaNode {
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
}

/** The settings with every secret hidden. Without a schema everything is hidden. */
export function maskSecrets(schema: object | undefined, config: unknown): unknown {
  return hide((schema ?? { secret: true }) as SchemaNode, config);
}

/** Settings that came back with the mask in them keep the secret that is stored. */
export function keepMasked(given: unknown, stored: unknown): unknown {
  if (given === MASK) return stored;
  if (Array.isArray(given)) {
    const before: readonly unknown[] = Array.isArray(stored) ? stored : [];
    return given.map((item, at) => keepMasked(item, before[at]));
  }
  if (typeof given !== "object" || given === null) return given;
  const before = (typeof stored === "object" && stored !== null ? stored : {}) as object;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      keepMasked(value, Object.hasOwn(before, name) ? before[name as keyof object] : undefined),
    ]),
  );
}

/** Whether a mask is left that nothing is stored for. */
export function hasMask(config: unknown): boolean {
  if (config === MASK || config === undefined) return true;
  if (typeof config !== "object" || config === null) return false;
  return Object.values(config).some(hasMask);
}

function maskLeaf(value: unknown): unknown {
  return typeof value === "string" && value.startsWith("env:") ? value : MASK;
}

function hide(schema: SchemaNode, value: unknown): unknown {
  const isSecret = schema.secret === true;
  if (Array.isArray(value)) {
    const items = isSecret ? schema : itemsOf(schema);
    return value.map((item) => hide(items, item));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        hide(isSecret ? schema : memberOf(schema, name), member),
      ]),
    );
  }
  return isSecret ? maskLeaf(value) : value;
}

/** A form of a union that calls a member secret makes it one. */
function memberOf(schema: SchemaNode, name: string): SchemaNode {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  const known = forms.flatMap((form) => form.properties?.[name] ?? []);
  // What the schema does not know cannot be said to be harmless.
  return known.find((node) => node.secret === true) ?? known[0] ?? { secret: true };
}

function itemsOf(schema: SchemaNode): SchemaNode {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  return forms.find((form) => form.items !== undefined)?.items ?? { secret: true };
}
