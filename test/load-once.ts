interface ModuleRunner {
  import(id: string): Promise<unknown>;
}
declare global {
  /** Of the test runner, which its plugin for Workers asks for the Worker at every request and every event. */
  var __vitest_mocker__: { moduleRunner: ModuleRunner };
}

const runner = globalThis.__vitest_mocker__.moduleRunner;
const load = runner.import.bind(runner);

/**
 * Loads the Worker, and answers from memory whoever asks for it until the next file: the runner asks its parent where
 * the file is each time, which takes a third of the suite's time, even at events that come between two files.
 */
export async function loadOnce(path: string): Promise<void> {
  const worker = load(path);
  await worker;
  runner.import = (id) => (id === path ? worker : load(id));
}
