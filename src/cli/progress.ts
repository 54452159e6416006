/** A progress bar on standard error while a person watches. */
import { Presets, SingleBar } from "cli-progress";
import type { Context } from "./context.ts";

/** Does `work`, which says how many of how many entries are done. */
export async function withProgress<Result>(
  context: Context,
  isQuiet: boolean,
  work: (onProgress: (done: number, of: number) => void) => Promise<Result>,
): Promise<Result> {
  const isWatched = (context.stderr as Partial<NodeJS.WriteStream>).isTTY === true;
  if (isQuiet || !isWatched) return await work(() => undefined);
  const bar = new SingleBar(
    {
      format: "{bar} {percentage} %  {value} of {total} entries  {eta_formatted} left",
      stream: context.stderr as NodeJS.WriteStream,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let isStarted = false;
  try {
    return await work((done, of) => {
      if (!isStarted) bar.start(of, 0);
      isStarted = true;
      bar.setTotal(of);
      bar.update(done);
    });
  } finally {
    bar.stop();
  }
}
