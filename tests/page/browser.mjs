// Opens the pages in Chromium, and tries what a person does. Every line that it prints is something
// that has been seen to work.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const pages = JSON.parse(process.argv[2]);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath: pages.chromium, args: ["--no-sandbox"] });

/** Opens a page; whatever it loads, logs or throws is a mistake. */
async function open(file, options = {}, fragment = "") {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const url = pathToFileURL(file).href;
  page.on("request", (request) => assert.equal(request.url().split("#")[0], url, "the page loads something"));
  page.on("console", (message) => assert.fail(message.text()));
  page.on("pageerror", (error) => assert.fail(error.message));
  page.on("dialog", (dialog) => assert.fail(dialog.message()));
  await page.goto(url + fragment);
  return page;
}

const shows = (page, wanted) => page.waitForFunction((wanted) => {
  const names = [...document.querySelectorAll("#rows th code")].map((name) => name.textContent);
  return JSON.stringify(names) === JSON.stringify(wanted);
}, wanted);
const names = (page) => page.locator("#rows th code").allTextContents();
const count = (page, text) => page.locator("#count", { hasText: text }).waitFor();
const hold = async (page, scopes) => {
  await page.getByLabel("Operations allowed with chosen scopes").check();
  for (const box of await page.locator("#held input").all()) {
    const name = await box.locator("xpath=..").locator("code").textContent();
    await box.setChecked(scopes.includes(name));
  }
};

async function saysWhatIsAuthorized() {
  const page = await open(pages.journal);
  const expected = JSON.parse(readFileSync(pages.expected, "utf8"));
  const shown = await page.evaluate((sets) => sets.map((scopes) => {
    document.querySelector(`input[value=${scopes === null ? "anonymous" : "token"}]`).checked = true;
    for (const box of document.querySelectorAll("#held input")) {
      box.checked = (scopes ?? []).includes(box.closest("label").querySelector("code").textContent);
    }
    document.getElementById("questions").requestSubmit();
    return [...document.querySelectorAll("#rows th code")].map((name) => name.textContent);
  }), expected.map(({ scopes }) => scopes));
  for (const [place, { scopes, allowed }] of expected.entries()) {
    assert.deepEqual(shown[place].sort(), allowed.sort(), String(scopes));
  }
}

async function answersWhatASetCanDo() {
  const page = await open(pages.journal);
  await count(page, "7 operations");
  await hold(page, ["entries:read"]);
  await count(page, "With these scopes: 4 of 7 operations");
  assert.deepEqual((await names(page)).sort(), ["journal://entries/{id}", "list_entries", "ping", "who_am_i"]);
  await page.getByLabel("Show denied operations too").check();
  const denied = page.getByRole("row", { name: "create_entry" });
  await denied.getByText("denied; lacks entries:write tags:read").waitFor();
  const hidden = page.getByRole("row", { name: "read_statistics" });
  await hidden.getByText("denied; lacks user:read analytics:view").waitFor();
  await page.getByLabel("Operations allowed without a token").check();
  await page.getByRole("row", { name: "who_am_i" }).getByText("denied; requires a token").waitFor();
  await page.getByRole("button", { name: "Reset" }).click();
  await count(page, "7 operations");
}

async function saysForWhichArguments() {
  const page = await open(pages.arguments);
  await count(page, "2 operations");
  const row = (name) => page.getByRole("row", { name: new RegExp(`^${name}`) });
  await row("project").getByText("projects:{projectId}:read").waitFor();
  await row("devices").getByText('match(action, "list" | "get" => devices:read, "restart" => devices:write)').waitFor();
  assert.deepEqual(await row("devices").locator("li").allTextContents(),
    ['action = "list" | "get": devices:read', 'action = "restart": devices:write']);
  assert.equal(await row("devices").getByRole("cell", { name: "enough for some arguments" }).count(), 2);
  await hold(page, ["devices:read"]);
  await count(page, "With these scopes: 1 of 2 operations");
  await row("devices").getByText('allowed if action = "list" | "get"').waitFor();
  await hold(page, ["devices:read", "devices:write", "projects:read"]);
  await count(page, "With these scopes: 2 of 2 operations");
  assert.equal(await row("devices").locator(".yes").textContent(), "allowed");
  await hold(page, []);
  await page.getByLabel("Show denied operations too").check();
  await row("devices").getByText("denied; lacks devices:read").waitFor();
  await row("project").getByText("denied; lacks projects:{project}:read").waitFor();
}

async function filters() {
  const page = await open(pages.journal);
  await page.getByLabel("Search").fill("ENTRY create");
  await shows(page, ["create_entry"]);
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Kind").selectOption("resource");
  await shows(page, ["journal://entries/{id}"]);
  await page.getByLabel("Kind").selectOption("");
  await page.getByLabel("Server").selectOption("tags");
  await shows(page, ["list_tags"]);
  await page.getByLabel("Server").selectOption("");
  await page.getByLabel("Scope", { exact: true }).selectOption("analytics:view");
  await shows(page, ["read_statistics"]);
  await count(page, "1 operation");
}

async function worksByKeyboard() {
  const page = await open(pages.journal);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("ping");
  await count(page, "1 operation");
  const seen = [];
  for (let step = 0; step < 12; step += 1) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => document.activeElement.id || document.activeElement.name
      || document.activeElement.textContent || document.activeElement.getAttribute("aria-label"));
    seen.push(name.slice(0, 20));
    if (name === "caller") await page.keyboard.press("ArrowDown");
  }
  for (const wanted of ["server", "kind", "scope", "caller", "also", "Reset"]) assert.ok(seen.includes(wanted), `${wanted} in ${seen}`);
  await count(page, "Without a token: 1 of 7 operations");
}

async function isReadByAScreenReader() {
  const page = await open(pages.journal);
  const table = page.getByRole("table");
  assert.equal(await table.getByRole("columnheader").first().textContent(), "Operation");
  const cell = page.getByRole("row", { name: "create_entry" }).getByRole("cell", { name: "enough with others" });
  assert.equal(await cell.count(), 3);
  const status = page.getByRole("status");
  assert.equal(await status.getAttribute("aria-live"), "polite");
  assert.equal(await page.getByRole("row", { name: "ping" }).getByRole("rowheader").textContent(), "ping");
}

async function nothingSerious() {
  const views = [
    [pages.journal, "light", 1280], [pages.journal, "dark", 1280], [pages.large, "dark", 1280], [pages.journal, "light", 360],
    [pages.journal, "dark", 360],
  ];
  const backgrounds = new Set();
  for (const [file, colorScheme, width] of views) {
    const page = await open(file, { colorScheme, viewport: { width, height: 800 } });
    await hold(page, ["entries:read"]);
    await page.getByLabel("Show denied operations too").check();
    await page.locator("#rows .no").first().waitFor();
    // axe looks at every cell; a few rows of a large table are enough.
    if (file === pages.large) await page.getByLabel("Search").fill("operation_12");
    // The page's own policy lets nothing in; the debugger's door is another one.
    await page.evaluate(axe);
    const result = await page.evaluate(() => globalThis.axe.run());
    const serious = result.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), [], `${file} ${colorScheme} ${width}`);
    backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  assert.equal(backgrounds.size, 2, "there are two color schemes");
}

async function keepsTheScopesInTheAddress() {
  const page = await open(pages.journal);
  await hold(page, ["entries:read"]);
  await page.waitForFunction(() => location.hash === "#scopes=entries:read");
  await page.getByRole("checkbox", { name: "tags:read" }).check();
  await page.waitForFunction(() => location.hash === "#scopes=entries:read+tags:read");
  await count(page, "With these scopes: 5 of 7 operations");
  const shared = await open(pages.journal, {}, new URL(page.url()).hash);
  await count(shared, "With these scopes: 5 of 7 operations");
  assert.deepEqual(await shared.locator("#held input:checked + code").allTextContents(), ["entries:read", "tags:read"]);
  await page.goBack();
  await count(page, "With these scopes: 4 of 7 operations");
  assert.equal(await page.getByRole("checkbox", { name: "tags:read" }).isChecked(), false);
  await page.goForward();
  await count(page, "With these scopes: 5 of 7 operations");
  await page.getByRole("button", { name: "Reset" }).click();
  await page.waitForFunction(() => location.hash === "");
  await page.getByLabel("Operations allowed without a token").check();
  await page.waitForFunction(() => location.hash === "#anonymous");

  const templates = await open(pages.arguments);
  await hold(templates, ["projects:{project}:read"]);
  const { hash } = new URL(templates.url());
  assert.equal(hash, "#scopes=projects:%7Bproject%7D:read");
  await count(await open(pages.arguments, {}, hash), "With these scopes: 1 of 2 operations");
}

async function ignoresWhatAFragmentGetsWrong() {
  for (const [fragment, text] of [
    ["#scopes=entries:read+photos:read", "With these scopes: 4 of 7 operations"],
    ["#scopes=entries:read+%zz+%3Cb%3E", "With these scopes: 4 of 7 operations"],
    ["#scopes=photos:read", "With these scopes: 2 of 7 operations"],
    ["#scopes", "With these scopes: 2 of 7 operations"],
    ["#anonymous", "Without a token: 1 of 7 operations"],
    ["#search=ping", "7 operations"], ["#", "7 operations"],
  ]) {
    await count(await open(pages.journal, {}, fragment), text);
  }
}

async function namesTheProgramAndDescribesWhatThereIs() {
  for (const javaScriptEnabled of [true, false]) {
    const page = await open(pages.journal, { javaScriptEnabled });
    assert.equal(await page.title(), "Operations and scopes · Journal 1.2.3");
    await page.getByText("Journal 1.2.3", { exact: true }).waitFor();
    await page.getByText("7 operations, ").first().waitFor();
    await page.getByRole("row", { name: "create_entry" }).getByText("Writes an entry.").waitFor();
    await page.getByRole("definition").filter({ hasText: "Create, change and delete your journal entries." }).waitFor();
  }
}

async function listsOperationsWithoutJavaScript() {
  const page = await open(pages.journal, { javaScriptEnabled: false });
  const rows = page.locator("#rows tr");
  assert.equal(await rows.count(), 7);
  await page.getByRole("row", { name: "create_entry" }).getByText("all(entries:write, any(tags:read, tags:write))").waitFor();
  assert.equal(await page.locator("form").isVisible(), false);
  const hostile = await open(pages.hostile, { javaScriptEnabled: false });
  assert.deepEqual(await names(hostile), [JSON.parse(readFileSync(pages.texts, "utf8")).operation]);
}

async function fitsASmallScreen() {
  for (const file of [pages.journal, pages.arguments, pages.large, pages.hostile]) {
    for (const options of [{ width: 360 }, { width: 320 }, { width: 1280 }]) {
      if (file === pages.large && options.width === 320) continue;
      const page = await open(file, { viewport: { height: 640, ...options } });
      await page.getByLabel("Operations allowed with chosen scopes").check();
      await page.getByLabel("Show denied operations too").check();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, options.width, file);
      // On a telephone, nothing scrolls sideways inside of the page either.
      const [inner, outer] = await page.locator(".scroll").evaluate((it) => [it.scrollWidth, it.clientWidth]);
      if (options.width < 400) assert.equal(inner, outer, file);
    }
  }
}

async function prints() {
  const page = await open(pages.journal);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("form").isVisible(), false);
  assert.ok(await page.getByRole("table").isVisible());
  assert.ok((await page.pdf()).length > 1_000);
}

async function staysUsableWhenLarge() {
  const page = await open(pages.large);
  await count(page, "500 operations");
  assert.equal(await page.locator("#rows tr").count(), 500);
  assert.equal(await page.locator("#heads th.scope").count(), 60);
  await page.getByLabel("Search").pressSequentially("operation_123");
  await count(page, "1 operation");
  await page.getByLabel("Search").fill("");
  await count(page, "500 operations");
  const huge = await open(pages.huge);
  await count(huge, "10,000 operations, the first 500 are shown");
  await huge.getByRole("button", { name: "Show 500 more" }).click();
  await count(huge, "10,000 operations, the first 1000 are shown");
  await huge.getByLabel("Search").fill("operation_9999");
  await count(huge, "1 operation");
  await huge.getByLabel("Operations allowed without a token").check();
  await count(huge, "Without a token: 0 of 10,000 operations");
}

async function takesNothingForMarkup() {
  const page = await open(pages.hostile);
  await count(page, "1 operation");
  const { operation, description } = JSON.parse(readFileSync(pages.texts, "utf8"));
  assert.deepEqual(await names(page), [operation]);
  await page.getByLabel("Operations allowed with chosen scopes").check();
  assert.equal(await page.locator("#held small").textContent(), description);
  assert.equal(await page.locator("script").count(), 2);
  // Even a script that got in would not run.
  page.removeAllListeners("console");
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
    return globalThis.ran === true;
  });
  assert.equal(ran, false, "the content security policy stops it");
}

const all = [
  answersWhatASetCanDo, saysWhatIsAuthorized, saysForWhichArguments, filters, worksByKeyboard, isReadByAScreenReader,
  keepsTheScopesInTheAddress, ignoresWhatAFragmentGetsWrong, namesTheProgramAndDescribesWhatThereIs,
  listsOperationsWithoutJavaScript, fitsASmallScreen,
  nothingSerious, prints, staysUsableWhenLarge, takesNothingForMarkup,
];
for (const one of all) {
  const start = performance.now();
  await one();
  console.log(`${one.name} (${Math.round(performance.now() - start)} ms)`);
}
await browser.close();
