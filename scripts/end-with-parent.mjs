// Preloaded into a server that has standard input from the process that started it: when that is gone, however it ended,
// nobody holds the state's lock any more, and the server's whole process group ends.
import { isMainThread } from "node:worker_threads";

// Threads are preloaded, too, and their standard input ends at once.
if (isMainThread) {
  process.stdin.on("end", () => process.kill(0, "SIGKILL"));
  process.stdin.resume();
  process.stdin.unref();
}
