/**
 * A rule that cannot be evaluated. Its message is shown in a reason, so it holds no address.
 */
export class RuleFailure extends Error {
  override readonly name = "RuleFailure";
}
