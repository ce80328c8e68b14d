// A worker of the page: runs the page's own module, which it is sent first, and lets it hear what came meanwhile.
import init from "./implicit-bias-lab.js";

const early = [];
self.onmessage = async (first) => {
  self.onmessage = (event) => early.push(event);
  await init({ module_or_path: first.data.module });
  for (const event of early) self.onmessage(event);
};
