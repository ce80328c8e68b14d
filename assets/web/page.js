// Loads the lab with its progress, and says in plain words what stands in its way.
const words = document.getElementById("words");
const canvas = document.getElementById("lab");
const minimal = new URLSearchParams(location.search).get("ui") === "minimal";

function missing() {
  if (typeof WebAssembly !== "object") return "This browser has no WebAssembly";
  if (typeof Worker !== "function") return "This browser has no workers";
  const probe = document.createElement("canvas");
  if (!probe.getContext("webgl2") && !probe.getContext("webgl")) return "This browser has no WebGL, or it is switched off";
  return null;
}

// The module, with the part that has come said in the meantime.
async function fetched(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  const total = Number(response.headers.get("content-length"));
  // A packed answer is longer than its length says: its part is not known.
  const known = total > 0 && !response.headers.get("content-encoding");
  const reader = response.body.getReader();
  const pieces = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    length += value.length;
    const megabytes = (length / 2 ** 20).toFixed(1);
    const part = known ? `${Math.round((100 * length) / total)} %` : `${megabytes} MB`;
    words.textContent = `Loading Implicit Bias Lab … ${part}`;
  }
  words.textContent = "Starting Implicit Bias Lab …";
  return new Blob(pieces).arrayBuffer();
}

// In a frame of another page the wheel is that page's until somebody has clicked into this one.
if (minimal) {
  let entered = false;
  canvas.addEventListener("pointerdown", () => (entered = true), true);
  window.addEventListener("blur", () => (entered = false));
  for (const kind of ["wheel", "touchmove"]) {
    window.addEventListener(kind, (event) => { if (!entered) event.stopImmediatePropagation(); }, { capture: true, passive: true });
  }
  canvas.style.touchAction = "pan-y";
}

// Keys of the lab that would go to the browser's search field.
window.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && ["k", "y"].includes(event.key.toLowerCase())) event.preventDefault();
}, true);

async function open() {
  const lacks = missing();
  if (lacks) throw new Error(`${lacks}. A current Chrome, Edge, Firefox or Safari opens the lab.`);
  const { default: init } = await import("./implicit-bias-lab.js");
  await init({ module_or_path: await fetched("./implicit-bias-lab_bg.wasm") });
  if ("serviceWorker" in navigator && location.protocol.startsWith("http")) {
    // Without one the page works, but not without a network.
    navigator.serviceWorker.register("./service-worker.js").catch(() => {});
  }
}

open().catch((error) => {
  words.textContent = `The lab could not be opened: ${error.message ?? error}\nReload the page to try again.`;
});
