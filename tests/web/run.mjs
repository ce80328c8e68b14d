// The page in a real browser: node tests/web/run.mjs FOLDER, where FOLDER is what .ci/web has built, with the desktop's
// program in $LAB, Chromium in $CHROMIUM or as `chromium`, and playwright-core where Node finds it.
//
// The page paints everything itself, so that a test reads what a screen reader reads: the status line, and once the run is
// paused its step and its caption.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const { chromium } = createRequire(`${process.env.NODE_PATH}/`)("playwright-core");
const folder = process.argv[2];
const lab = path.resolve(process.env.LAB ?? "target/release/implicit-bias-lab");
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "implicit-bias-lab-web-"));
const SIZE = { width: 1440, height: 900 };
// Painting without a graphics card, on a machine that does other things as well.
const TIMEOUT = 120_000;
// Frames of such a machine.
const MOMENT = 1500;

const TYPES = {
  ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};
const server = http.createServer((request, response) => {
  let name = decodeURIComponent(request.url.split("?")[0]);
  if (name.endsWith("/")) name += "index.html";
  fs.readFile(path.join(folder, name), (error, bytes) => {
    const type = TYPES[path.extname(name)] ?? "application/octet-stream";
    response.writeHead(error ? 404 : 200, { "content-type": type, "content-length": bytes?.length ?? 0 });
    response.end(bytes);
  });
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking",
  ],
});

const faults = [];
async function open(where = "", options = {}) {
  const context = await browser.newContext({
    viewport: SIZE, acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"], ...options,
  });
  const page = await context.newPage();
  page.on("console", (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(error.message));
  const start = Date.now();
  await page.goto(address + where);
  await page.waitForFunction(
    () => document.getElementById("words").textContent === "" && document.getElementById("said").textContent !== "",
    null, { timeout: TIMEOUT },
  );
  page.opened = Date.now() - start;
  return page;
}
const said = (page) => page.evaluate(() => document.getElementById("said").textContent);
async function hears(page, pattern, timeout = TIMEOUT) {
  const source = pattern.source;
  await page
    .waitForFunction((source) => new RegExp(source).test(document.getElementById("said").textContent), source, { timeout })
    .catch(async () => assert.fail(`it never says ${pattern}, but: ${await said(page)}`));
  return said(page);
}
const step = (words) => Number(/^k = (\d+)$/m.exec(words)[1]);
/** Where the clock stands, once it does; a fast run may have come to its end meanwhile. */
async function pause(page) {
  if (/^Running/.test(await said(page))) await page.keyboard.press("Space");
  // What the clock has been told it does a moment later.
  return step(await hears(page, /^(?!Running)[^\n]*\nk = /));
}
async function command(page, words) {
  await page.keyboard.press("Control+k");
  // The field takes letters from the frame on that shows it.
  await page.waitForTimeout(MOMENT);
  await page.keyboard.type(words, { delay: 50 });
  await page.waitForTimeout(MOMENT);
  await page.keyboard.press("Enter");
  await page.waitForTimeout(MOMENT);
}
async function download(page, ask) {
  let file;
  page.once("download", (came) => { file = came; });
  // A key that comes in the middle of a long frame may go to what the frame has closed.
  for (const start = Date.now(); !file && Date.now() - start < TIMEOUT; ) {
    await ask();
    for (let moments = 0; !file && moments < 10; moments += 1) await page.waitForTimeout(MOMENT);
  }
  assert.ok(file, "nothing is downloaded");
  const to = path.join(scratch, file.suggestedFilename());
  await file.saveAs(to);
  return to;
}
const native = (...given) => execFileSync(lab, given, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const linkIn = (text) => /ibl:\d+:[\w-]+:[0-9a-f]{8}/.exec(text)?.[0];

/** The files of a zip that is not deflated further than its entries say. */
function unzip(file, to) {
  fs.mkdirSync(to, { recursive: true });
  execFileSync("python3", ["-m", "zipfile", "-e", file, to]);
}
function find(root, name) {
  const all = fs.readdirSync(root, { recursive: true }).map(String);
  const found = all.find((entry) => path.basename(entry) === name);
  assert.ok(found, `${name} is not among ${all}`);
  return path.join(root, found);
}

const tests = {
  async "the first visit runs by itself, and stops"() {
    const page = await open();
    console.log(`    first plots after ${page.opened} ms`);
    await hears(page, /Running/);
    await page.waitForTimeout(1500);
    const paused = await pause(page);
    assert.ok(paused > 0);
    await page.keyboard.press("ArrowRight");
    await hears(page, new RegExp(`k = ${paused + 1}\\b`));
    await page.context().close();
  },

  async "a preset, a drag and the address"() {
    const page = await open();
    await pause(page);
    await page.keyboard.press("2");
    await page.waitForTimeout(MOMENT);
    const before = page.url();
    // The slider of α.
    await page.mouse.move(178, 448);
    await page.mouse.down();
    await page.mouse.move(205, 448, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction((before) => location.href !== before, before, { timeout: TIMEOUT });
    const link = linkIn(page.url());
    assert.ok(link);
    // The address wins over what the browser remembers, and both show the same run.
    const again = await open(`#${link}`);
    await again.waitForTimeout(MOMENT);
    assert.equal(linkIn(again.url()), link);
    // Another address in the same page.
    const first = linkIn(before);
    await again.evaluate((link) => { location.hash = link; }, first);
    await again.waitForFunction((link) => location.hash.includes(link), first);
    // The desktop opens what the page's address is.
    const file = path.join(scratch, "address.txt");
    fs.writeFileSync(file, page.url());
    native("run", "--recipe", file, "--set", "steps=10", "--out", path.join(scratch, "of-address"));
    await page.context().close();
    await again.context().close();
  },

  async "a damaged link is said to be, and the page goes on"() {
    const page = await open("#ibl:1:AAAA:00000000");
    await hears(page, /link in the address cannot be opened/);
    await page.context().close();
  },

  async "every rule has the bits of the desktop, at every step that is written"() {
    const rules = ["gf_runs=1", "sgf_exact_runs=1", "wrong_sde_runs=1", "langevin_runs=1", "sgd_runs=2", "sgf_runs=2"];
    const set = ["arithmetic=plain", "steps=10000", "speed=max", ...rules].flatMap((rule) => ["--set", rule]);
    const straight = path.join(scratch, "straight");
    native("run", "--preset", "fig2", ...set, "--out", straight);
    const picture = path.join(scratch, "straight.svg");
    native("figure", straight, "--out", picture);
    const link = linkIn(fs.readFileSync(picture, "utf8"));
    const page = await open(`#${link}`);
    await page.waitForTimeout(500);
    await page.keyboard.press("End");
    await hears(page, /k = 10000\b/);
    await command(page, "run's data");
    const zip = await download(page, () => page.keyboard.press("Enter"));
    const there = path.join(scratch, "there");
    unzip(zip, there);
    const runs = fs.readdirSync(straight).filter((name) => name.endsWith(".npz"));
    assert.ok(runs.length >= 10, `${runs}`);
    for (const name of runs) {
      const theirs = fs.readFileSync(find(there, name));
      assert.ok(theirs.equals(fs.readFileSync(path.join(straight, name))), `${name} differs`);
    }
    console.log(`    ${runs.length} files of arrays are equal, byte for byte`);
    await page.context().close();
  },

  async "a saved picture is one, with its recipe"() {
    const page = await open();
    await page.waitForTimeout(MOMENT);
    await pause(page);
    await page.keyboard.press("s");
    await page.waitForTimeout(MOMENT);
    const file = await download(page, () => page.keyboard.press("Enter"));
    const bytes = fs.readFileSync(file);
    assert.equal(bytes.subarray(1, 4).toString("latin1"), "PNG");
    assert.ok(linkIn(bytes.toString("latin1")));
    native("run", "--recipe", file, "--set", "steps=10", "--out", path.join(scratch, "of-picture"));
    await page.context().close();
  },

  async "a dropped table is the data"() {
    const page = await open();
    await pause(page);
    const rows = ["y,a,b,c", ...Array.from({ length: 8 }, (_, i) => `${i % 3},${Math.sin(i)},${Math.cos(3 * i)},${(i * 7) % 5}`)];
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], "mine.csv", { type: "text/csv" }));
      for (const kind of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
        document.getElementById("lab").dispatchEvent(event);
      }
    }, rows.join("\n"));
    await page.waitForFunction((before) => location.href !== before, page.url(), { timeout: TIMEOUT });
    await page.context().close();
  },

  async "a sweep's table is the desktop's"() {
    const page = await open();
    await pause(page);
    await page.keyboard.press("w");
    await page.waitForTimeout(MOMENT);
    await page.keyboard.press("Space");
    await hears(page, /120 cells in/, 900_000);
    console.log(`    ${(await said(page)).split("\n")[0]}`);
    await page.keyboard.press("s");
    await page.waitForTimeout(MOMENT);
    // "CSV" among the formats.
    await page.mouse.click(838, 419);
    await page.waitForTimeout(MOMENT);
    const theirs = await download(page, () => page.keyboard.press("Enter"));
    assert.match(theirs, /\.csv$/);
    const ours = path.join(scratch, "sweep.csv");
    const set = ["sgd_runs=1", "step_size=auto", "arithmetic=plain"].flatMap((rule) => ["--set", rule]);
    native(
      "sweep", "--preset", "fig1-left", ...set, "--over", "alpha=0.005:1:12", "--seeds", "10", "--finish", "destination",
      "--yes", "--out", ours,
    );
    assert.ok(fs.readFileSync(theirs).equals(fs.readFileSync(ours)), "the tables differ");
    await page.context().close();
  },

  async "a page that paints nothing keeps its pace"() {
    const page = await open();
    await hears(page, /Running/);
    const from = await pause(page);
    await page.keyboard.press("Space");
    await hears(page, /Running/);
    // What a browser does with a hidden tab.
    await page.evaluate(() => {
      const real = window.requestAnimationFrame.bind(window);
      const waiting = [];
      window.requestAnimationFrame = (call) => waiting.push(call);
      window.seen = () => { window.requestAnimationFrame = real; waiting.forEach(real); };
    });
    const seconds = 4;
    await page.waitForTimeout(1000 * seconds);
    await page.evaluate(() => window.seen());
    await page.waitForTimeout(300);
    const steps = (await pause(page)) - from;
    console.log(`    ${steps} steps in ${seconds} s without a frame`);
    assert.ok(steps > 1000, `${steps}`);
    await page.context().close();
  },

  async "without a network it opens again"() {
    const page = await open();
    await page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
    await page.context().setOffline(true);
    await page.reload();
    await page.waitForFunction(() => document.getElementById("words").textContent === "", null, { timeout: TIMEOUT });
    await hears(page, /./);
    await page.context().close();
  },

  async "a browser without workers is told so"() {
    const context = await browser.newContext({ viewport: SIZE });
    const page = await context.newPage();
    await page.addInitScript(() => { delete window.Worker; });
    await page.goto(address);
    await page.waitForFunction(() => document.getElementById("words").textContent.includes("no workers"));
    await context.close();
  },
};

let failed = 0;
const wanted = process.argv.slice(3);
for (const [name, test] of Object.entries(tests)) {
  if (wanted.length && !wanted.some((word) => name.includes(word))) continue;
  const start = Date.now();
  faults.length = 0;
  try {
    await test();
    assert.deepEqual(faults, [], "the console is silent");
    console.log(`ok    ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}: ${error.message}${faults.length ? `\n      ${faults.join("\n      ")}` : ""}`);
    for (const context of browser.contexts()) {
      const page = context.pages()[0];
      if (page) await page.screenshot({ path: path.join(scratch, `${failed}.png`) }).catch(() => {});
      await context.close();
    }
  }
}
await browser.close();
server.close();
if (failed) console.log(`pictures of what failed: ${scratch}`);
else fs.rmSync(scratch, { recursive: true });
process.exit(failed ? 1 : 0);
