// A TypeScript client that begins without a token, and signs in when a call takes one. Prints a line of
// JSON for each step.

const { browser, redirect_uri, url, version } = JSON.parse(process.argv[2]);

const say = (step, said) => console.log(JSON.stringify({ step, said }));

const sdk = async () => {
  if (version === 2) {
    const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await import(
      '@modelcontextprotocol/client'
    );
    const finish = (transport, answer) => transport.finishAuth(answer);
    return { Client, Transport: StreamableHTTPClientTransport, UnauthorizedError, finish };
  }
  const { UnauthorizedError } = await import('@modelcontextprotocol/sdk/client/auth.js');
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import(
    '@modelcontextprotocol/sdk/client/streamableHttp.js'
  );
  const finish = (transport, answer) => transport.finishAuth(answer.get('code'));
  return { Client, Transport: StreamableHTTPClientTransport, UnauthorizedError, finish };
};

const kept = {};
const authProvider = {
  redirectUrl: redirect_uri,
  clientMetadata: {
    client_name: 'client',
    grant_types: ['authorization_code'],
    redirect_uris: [redirect_uri],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
  clientInformation: () => kept.client,
  saveClientInformation: (client) => {
    kept.client = client;
  },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => {
    kept.tokens = tokens;
  },
  redirectToAuthorization: (target) => {
    kept.target = target;
    say('asks for', target.searchParams.get('scope'));
  },
  saveCodeVerifier: (verifier) => {
    kept.verifier = verifier;
  },
  codeVerifier: () => kept.verifier,
};

/** What the user's browser comes back with. */
const browse = async (target) => {
  const body = JSON.stringify({ url: String(target), grants: true });
  const answer = await fetch(browser, { method: 'POST', body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return new URL(text).searchParams;
};

const { Client, Transport, UnauthorizedError, finish } = await sdk();
const transport = new Transport(new URL(url), { authProvider });
const client = new Client({ name: 'client', version: '1' });

const list = async () => {
  const { tools } = await client.listTools();
  say('tools', tools.map((tool) => tool.name).sort());
};
const call = async (name) => {
  const result = await client.callTool({ name, arguments: {} });
  say(name, result.isError ? 'an error' : 'done');
};

await client.connect(transport);
await list();
await call('about');
try {
  await call('read');
} catch (error) {
  if (!(error instanceof UnauthorizedError)) throw error;
  await finish(transport, await browse(kept.target));
  await call('read');
}
await call('about');
await list();
process.exit();
