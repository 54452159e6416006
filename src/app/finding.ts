/** What `heed doctor` says about one thing: how bad it is, and what to do about it. */
export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  readonly text: string;
  readonly whatToDo?: string;
}
