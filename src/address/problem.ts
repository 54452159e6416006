/** Why a text is no address. The message says what to do and never repeats the address. */
export const ADDRESS_PROBLEMS = [
  "empty",
  "not-an-address",
  "too-short",
  "too-long",
  "needs-region",
] as const;

export interface AddressProblem {
  readonly problem: (typeof ADDRESS_PROBLEMS)[number];
  readonly message: string;
}

export function isProblem(value: object | string): value is AddressProblem {
  return typeof value === "object" && "problem" in value;
}
