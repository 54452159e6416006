/** Scopes: what an opt-out or an opt-in covers, as a product of five dimensions. */
import { ALL, type All, type Channel, type MessageClass, type Use } from "./words.ts";

export interface Scope {
  readonly sender: string | All;
  readonly channel: Channel | All;
  readonly program: string | All;
  readonly class: MessageClass | All;
  readonly use: Use | All;
}

/** One message that somebody wants to send: the question that scopes are held against. */
export interface Send {
  readonly sender: string;
  readonly channel: Channel;
  /** `null` when the message belongs to no program: only a scope with `program: all` covers it. */
  readonly program: string | null;
  readonly class: MessageClass;
  readonly use: Use;
}

export function covers(scope: Scope, send: Send): boolean {
  return (
    (scope.sender === ALL || scope.sender === send.sender) &&
    (scope.channel === ALL || scope.channel === send.channel) &&
    (scope.program === ALL || scope.program === send.program) &&
    (scope.class === ALL || scope.class === send.class) &&
    (scope.use === ALL || scope.use === send.use)
  );
}

export function anyCovers(scopes: readonly Scope[], send: Send): boolean {
  return scopes.some((scope) => covers(scope, send));
}

/** Whether `outer` covers every send that `inner` does. */
export function containsScope(outer: Scope, inner: Scope): boolean {
  const dimensions = ["sender", "channel", "program", "class", "use"] as const;
  return dimensions.every((one) => outer[one] === ALL || outer[one] === inner[one]);
}

/**
 * What a plain STOP covers (design §4): everything from that sender on that channel, and
 * marketing from that sender on every channel to that address. Rule packs may only widen it.
 */
export function plainStopScopes(sender: string | All, channel: Channel | All): readonly Scope[] {
  const onThisChannel: Scope = { sender, channel, program: ALL, class: ALL, use: "contact" };
  const marketingAnywhere: Scope = {
    sender,
    channel: ALL,
    program: ALL,
    class: "marketing",
    use: "contact",
  };
  return channel === ALL ? [onThisChannel] : [onThisChannel, marketingAnywhere];
}

/** What a plain START covers: that sender on that channel, and no more than the person asked for. */
export function plainStartScopes(sender: string | All, channel: Channel | All): readonly Scope[] {
  return [{ sender, channel, program: ALL, class: ALL, use: "contact" }];
}

/** What an unclear message holds until somebody has read it: the sender's marketing, everywhere. */
export function holdScopes(sender: string | All): readonly Scope[] {
  return [{ sender, channel: ALL, program: ALL, class: "marketing", use: "contact" }];
}

/** A scope in words, for reasons, timelines and the console: "marketing from acme by sms". */
export function describeScope(scope: Scope): string {
  const what = scope.class === ALL ? "everything" : scope.class;
  const who = scope.sender === ALL ? "every sender" : scope.sender;
  const how = scope.channel === ALL ? "on every channel" : `by ${scope.channel}`;
  const program = scope.program === ALL ? "" : `, program ${scope.program}`;
  if (scope.use === "share") return `sharing of data by ${who}${program}`;
  const use = scope.use === ALL ? ", and sharing of data" : "";
  return `${what} from ${who} ${how}${program}${use}`;
}

export function describeScopes(scopes: readonly Scope[]): string {
  return scopes.map(describeScope).join("; ");
}
