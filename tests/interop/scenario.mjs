// What every client does: connect without a token, ask the user, use what was granted, need more,
// ask the user again, who grants it or declines, and go on. Prints a line of JSON for each step.

const { browser, client_id, first, redirect_uri, refreshes, step, url, user } = JSON.parse(process.argv[2]);

const say = (name, said) => console.log(JSON.stringify({ step: name, said }));

/** What the user's browser comes back with. */
const browse = async (target, grants) => {
  const body = JSON.stringify({ url: String(target), grants });
  const answer = await fetch(browser, { method: 'POST', body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return new URL(text).searchParams;
};

/** Keeps everything for as long as the program runs. */
const provider = () => {
  const kept = { client: client_id && { client_id } };
  return {
    redirectUrl: redirect_uri,
    clientMetadata: {
      // TypeScript 2.x says so itself.
      application_type: 'native',
      client_name: 'client',
      grant_types: refreshes ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
      redirect_uris: [redirect_uri],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    // Hydra refuses requests without one of at least eight characters.
    state: () => crypto.randomUUID(),
    clientInformation: () => kept.client,
    saveClientInformation: (client) => {
      kept.client = client;
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => {
      kept.tokens = tokens;
      say('granted', tokens.scope);
    },
    redirectToAuthorization: (target) => {
      kept.target = target;
      say('asks for', target.searchParams.get('scope'));
    },
    target: () => kept.target,
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier;
    },
    codeVerifier: () => kept.verifier,
  };
};

export const run = async ({ Client, Transport, UnauthorizedError, finish }) => {
  const authProvider = provider();
  let client;
  let transport;
  const connect = async () => {
    transport = new Transport(new URL(url), { authProvider });
    client = new Client({ name: 'client', version: '1' });
    await client.connect(transport);
  };
  const call = async ({ tool: name, arguments: args }) => {
    const result = await client.callTool({ name, arguments: args });
    say(name, result.isError ? 'an error' : 'done');
  };
  /** Does something, and once more if the user grants what it lacks. */
  const withGrant = async (grants, work) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      const answer = await browse(authProvider.target(), grants);
      if (answer.has('error')) {
        say('declined', answer.get('error'));
        return;
      }
      await finish(transport, answer);
      await work();
    }
  };

  await withGrant(true, connect);
  say('tools', (await client.listTools()).tools.length);
  await call(first);
  await withGrant(user === 'grants', () => call(step));
  await call(first);
  process.exit();
};
