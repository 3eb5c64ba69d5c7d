// EpicMe's pages as users see them. Every line that it prints is something that has been seen to
// work.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Browser, isAccessible } from "./browser.mjs";
import { Client } from "./client.mjs";
import { small } from "./picture.mjs";

const task = JSON.parse(process.argv[2]);
const all = task.scopes.map(({ name }) => name);
const client = await Client.start(task);
const browser = await Browser.launch(task.chromium, [task.issuer, client.origin]);

const box = (page, scope) => page.getByRole("checkbox", { name: scope });
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

async function heading(page, name) {
  await page.getByRole("heading", { level: 1, name }).waitFor();
  await page.waitForLoadState();
}

async function signIn(page, name) {
  await page.getByLabel("Your name").fill(name);
  await press(page, "Continue");
  await heading(page, "Allow this app?");
}

async function listsEveryScopeAndGrantsWhatIsLeftTicked() {
  const page = await browser.newPage();
  const request = await client.request(all);
  await page.goto(request.url);
  await heading(page, "Sign in");
  await signIn(page, "ada");
  const boxes = page.getByRole("group", { name: "It can" }).getByRole("checkbox");
  assert.equal(await boxes.count(), 5);
  for (const [place, { name, description }] of task.scopes.entries()) {
    assert.ok(description);
    const one = boxes.nth(place);
    assert.ok(await one.isChecked(), name);
    // What is read out is what is seen.
    assert.equal(await box(page, `${description} ${name}`).getAttribute("value"), name);
    assert.ok(await page.getByText(description, { exact: true }).isVisible());
    assert.ok(await page.getByText(name, { exact: true }).isVisible());
  }
  const deleting = page.locator(".scope", { hasText: "can delete" }).locator("code");
  assert.deepEqual(await deleting.allTextContents(), ["entries:write", "tags:write"]);
  assert.ok(await box(page, "entries:write can delete").isVisible(), "the mark is read out");
  // A click on the words does what one on the box does.
  await page.getByText("Create, change and delete your journal entries.").click();
  assert.equal(await box(page, "entries:write").isChecked(), false);
  await press(page, "Allow");
  const answer = await client.answer(page, request);
  assert.ok(answer.code);
  assert.equal(answer.error, undefined);
  const { scopes, subject } = await client.redeem(answer, request);
  assert.deepEqual(scopes.sort(), all.filter((scope) => scope !== "entries:write").sort());
  assert.equal(subject, "ada");
}

async function deniesToo() {
  const page = await browser.newPage();
  const request = await client.request(all);
  await page.goto(request.url);
  await signIn(page, "ada");
  await press(page, "Deny");
  const answer = await client.answer(page, request);
  assert.equal(answer.error, "access_denied");
  assert.equal(answer.code, undefined);
}

async function changesTheUser() {
  const page = await browser.newPage();
  const request = await client.request(["user:read"]);
  await page.goto(request.url);
  await signIn(page, "ada");
  await press(page, "Use another name");
  await heading(page, "Sign in");
  await signIn(page, "grace");
  await press(page, "Allow");
  const { subject } = await client.redeem(await client.answer(page, request), request);
  assert.equal(subject, "grace");
}

/** What has the focus, which has to be seen. */
const focused = (page) => page.evaluate(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const { id, value } = document.activeElement;
  return { at: id || value, isSeen: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
});

async function tab(page, to) {
  await page.keyboard.press("Tab");
  assert.deepEqual(await focused(page), { at: to, isSeen: true });
}

async function worksByKeyboard() {
  for (const [decision, tabs] of [["allow", 1], ["deny", 2]]) {
    const page = await browser.newPage();
    const request = await client.request(all);
    await page.goto(request.url);
    // Where to type is where the focus is, from the start.
    await page.locator("#login:focus").waitFor();
    assert.deepEqual(await focused(page), { at: "login", isSeen: true });
    await page.keyboard.type("ada");
    await page.keyboard.press("Enter");
    await heading(page, "Allow this app?");
    for (const scope of all) {
      await tab(page, scope);
      if (scope === "tags:write") await page.keyboard.press("Space");
    }
    for (const button of ["allow", "deny"].slice(0, tabs)) await tab(page, button);
    await page.keyboard.press(decision === "allow" ? "Enter" : "Space");
    const answer = await client.answer(page, request);
    if (decision === "deny") {
      assert.equal(answer.error, "access_denied");
      continue;
    }
    const { scopes } = await client.redeem(answer, request);
    assert.deepEqual(scopes.sort(), all.filter((scope) => scope !== "tags:write").sort());
  }
}

async function saysHowLongAccessLasts() {
  const page = await browser.newPage();
  const hours = { refresh_token: 25, authorization_code: 1 };
  for (const [grant, most] of Object.entries(hours)) {
    const request = await client.request(["user:read"], undefined, [...new Set(["authorization_code", grant])]);
    await page.goto(request.url);
    if (grant === "refresh_token") await signIn(page, "ada");
    await page.getByText(`At most ${most} hour${most === 1 ? "" : "s"}; then the app has to ask you again`).waitFor();
  }
}

async function beginsWithWhatItIs() {
  const page = await browser.newPage();
  await page.goto(`${task.issuer}/`);
  await heading(page, "A journal for MCP clients");
  await page.getByText(task.resource, { exact: true }).waitFor();
  await page.getByText(`claude mcp add --transport http epicme ${task.resource}`).waitFor();
  for (const [name, text] of [["Protected resource", '"scopes_supported"'], ["Running", "ok"], ["Ready", "ready"]]) {
    const link = await page.getByRole("link", { name }).evaluate(({ href }) => href);
    const answer = await page.request.get(link);
    assert.ok(answer.ok() && (await answer.text()).includes(text), link);
  }
  await page.getByRole("link", { name: "Operations" }).click();
  await heading(page, "Operations and scopes");
  await page.getByText("EpicMe ").first().waitFor();
  await page.getByLabel("Operations allowed with chosen scopes").check();
  await page.getByRole("checkbox", { name: "tags:read" }).check();
  await page.getByRole("row", { name: "list_tags" }).getByText("allowed", { exact: true }).waitFor();
  assert.equal(new URL(page.url()).hash, "#scopes=tags:read");
  await page.reload();
  await page.getByRole("row", { name: "list_tags" }).getByText("allowed", { exact: true }).waitFor();
}

/** Shows every page that there is. */
async function everyPage(options, look) {
  const page = await browser.newPage(options);
  for (const path of ["/", "/scopes", "/scopes#scopes=entries:read"]) {
    await page.goto(`${task.issuer}${path}`);
    await look(page);
  }
  const first = await client.request(all.slice(0, 2));
  await page.goto(first.url);
  await look(page);
  // The browser lets a name of spaces through, the server does not.
  await page.getByLabel("Your name").fill("  ");
  await press(page, "Continue");
  await page.getByRole("alert").waitFor();
  await look(page);
  await signIn(page, "ada");
  await look(page);
  await press(page, "Allow");
  await client.answer(page, first);
  const wider = new URL(first.url);
  wider.searchParams.set("scope", all.join(" "));
  await page.goto(wider.href);
  await page.getByText("allowed before").first().waitFor();
  await look(page);
  await page.goto(`${task.issuer}/authorize?client_id=nobody`);
  await heading(page, "This request cannot be answered");
  await look(page);
}

async function isForEverybodyInLightAndDark() {
  const backgrounds = new Set();
  for (const colorScheme of ["light", "dark"]) {
    await everyPage({ colorScheme }, async (page) => {
      await isAccessible(page);
      backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    });
  }
  assert.equal(backgrounds.size, 2, "there are two color schemes");
}

async function fitsASmallScreen() {
  // What is left of 1280 pixels at 400 percent (WCAG 1.4.10).
  for (const [width, height] of [[320, 256], [360, 640], [1280, 800]]) {
    await everyPage({ viewport: { width, height } }, async (page) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(wide, width, await page.title());
    });
  }
}

/** A picture of the page to consent, for the README. */
async function picture() {
  const page = await browser.newPage({ deviceScaleFactor: 2, viewport: { width: 528, height: 900 } });
  // Nobody returns there: a port that is the same each time.
  const request = await client.request(all, "http://127.0.0.1:33418/callback");
  await page.goto(request.url);
  await signIn(page, "ada");
  await box(page, "tags:write").uncheck();
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  const { x, y, width, height } = await page.locator("main").boundingBox();
  const clip = { x: x - 16, y: y - 16, width: width + 32, height: height + 32 };
  await writeFile(task.picture, await small(page, await page.screenshot({ clip, fullPage: true })));
}

/** Pictures of every page, to be looked at: small and large, light and dark. */
async function look() {
  for (const width of [360, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      let number = 0;
      await everyPage({ colorScheme, viewport: { width, height: 800 } }, async (page) => {
        number += 1;
        await page.screenshot({ path: `${task.look}/${width}-${colorScheme}-${number}.png`, fullPage: true });
      });
    }
  }
}

const steps = [
  beginsWithWhatItIs, listsEveryScopeAndGrantsWhatIsLeftTicked, saysHowLongAccessLasts, deniesToo, changesTheUser, worksByKeyboard,
  isForEverybodyInLightAndDark, fitsASmallScreen,
];
if (task.picture) steps.push(picture);
if (task.look) steps.push(look);
try {
  for (const step of steps) {
    const start = performance.now();
    await step();
    await browser.closePages();
    console.log(`${step.name} (${Math.round(performance.now() - start)} ms)`);
  }
} finally {
  await browser.close();
  client.close();
}
