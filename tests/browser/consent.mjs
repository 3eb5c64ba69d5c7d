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
  const boxes = page.getByRole("group", { name: "It may" }).getByRole("checkbox");
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

/** Shows every page that there is. */
async function everyPage(options, look) {
  const page = await browser.newPage(options);
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
  await everyPage({ viewport: { width: 320, height: 256 } }, async (page) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, 320, await page.title());
  });
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

const steps = [
  listsEveryScopeAndGrantsWhatIsLeftTicked, deniesToo, changesTheUser, worksByKeyboard,
  isForEverybodyInLightAndDark, fitsASmallScreen,
];
if (task.picture) steps.push(picture);
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
