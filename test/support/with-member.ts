// A real part with one member replaced, for a control or for a fault that cannot be caused otherwise.

/** `replace` is asked at each use. Methods go on working on the real part, private members included. */
export function withMember<Part extends object, Name extends keyof Part>(
  part: Part,
  member: Name,
  replace: (real: Part) => Part[Name],
): Part {
  return new Proxy(part, {
    get(real, name) {
      if (name === member) return replace(real);
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === "function" ? value.bind(real) : value;
    },
  });
}
