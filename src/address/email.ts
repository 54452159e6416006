/**
 * E-mail addresses: one mailbox, as RFC 5321 limits it. The local part is kept as written for
 * sending and compared without case, which is how every large provider treats it; two people whose
 * addresses differ by case alone are thereby both opted out, never one of them by mistake allowed.
 * Dots and plus tags are part of the address: what they mean is each provider's own affair.
 */
import { domainToASCII } from "node:url";
import type { AddressProblem } from "./problem.ts";

export interface ParsedEmail {
  /** For comparison: local part case-folded and NFC, domain in ASCII. */
  readonly key: string;
  /** As to be sent: local part as written, domain in ASCII. */
  readonly display: string;
}

/** RFC 5321 §4.5.3.1.1 and §4.5.3.1.3 (256 with the angle brackets), in octets. */
const MAX_LOCAL_OCTETS = 64;
const MAX_OCTETS = 254;

const DOT_ATOM = /^[^\s"(),.:;<>@[\\\]\p{C}]+(?:\.[^\s"(),.:;<>@[\\\]\p{C}]+)*$/u;
const QUOTED = /^"(?:[^"\\\s\p{C}]|\\[^\s\p{C}])*"$/u;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u;

export function parseEmail(text: string): ParsedEmail | AddressProblem {
  const written = text.replace(/^mailto:/iu, "");
  const at = written.lastIndexOf("@");
  const local = written.slice(0, at).normalize("NFC");
  const domain = toAsciiDomain(written.slice(at + 1));
  if (!DOT_ATOM.test(local) && !QUOTED.test(local)) {
    return {
      problem: "not-an-address",
      message: "What stands before the @ is no mailbox name. Write it as `name@example.com`.",
    };
  }
  if (domain === null) {
    return {
      problem: "not-an-address",
      message: "What stands after the @ is no domain. Write it as `name@example.com`.",
    };
  }
  const mailbox = foldCase(unquote(local));
  if (countOctets(mailbox) > MAX_LOCAL_OCTETS || countOctets(`${mailbox}@${domain}`) > MAX_OCTETS) {
    return {
      problem: "too-long",
      message: "An e-mail address has at most 64 octets before the @ and 254 in all (RFC 5321).",
    };
  }
  const key = mailbox.startsWith("+") ? `"${mailbox}"@${domain}` : `${mailbox}@${domain}`;
  return { key, display: `${local}@${domain}` };
}

const encoder = new TextEncoder();

function countOctets(text: string): number {
  return encoder.encode(text).length;
}

/**
 * `"bob"@…` and `bob@…` are one mailbox (RFC 5321 §4.1.2), so they get one key. What needs its
 * quotes keeps them. So does a mailbox that begins with a plus, but only in its key: a key that
 * begins with one is a phone number.
 */
function unquote(local: string): string {
  if (!local.startsWith('"')) return local;
  const bare = local.slice(1, -1).replace(/\\(.)/gu, "$1");
  return DOT_ATOM.test(bare) ? bare : local;
}

/**
 * Case folding that does not depend on the machine's language. Upper-casing first makes one of
 * pairs such as `ß` and `SS`, so that a spelling in capitals finds the same mailbox. The dotless
 * `ı` is a letter of its own (Unicode CaseFolding.txt, status T) and stays.
 */
function foldCase(local: string): string {
  const folded = local.split("\u0131").map((part) => part.toUpperCase().toLowerCase());
  return folded.join("\u0131").normalize("NFC");
}

/** The domain in lower-case ASCII (IDNA, UTS #46), or `null` when it is none. */
function toAsciiDomain(written: string): string | null {
  // `domainToASCII` understands percent-escapes, paths and addresses; an e-mail domain has none.
  if (/[\s%/\\?#:[\]@\p{C}]/u.test(written)) return null;
  const ascii = domainToASCII(written.normalize("NFC").replace(/\.$/u, "")).toLowerCase();
  const labels = ascii.split(".");
  if (labels.length < 2 || !labels.every((label) => DOMAIN_LABEL.test(label))) return null;
  return /^[0-9]+$/u.test(labels.at(-1)!) ? null : ascii;
}
