// better-auth with @better-auth/oauth-provider for an MCP server.
//
// Told by the environment: PORT, the RESOURCE (the URL of the MCP server), TOKENS (`jwt` or `opaque`),
// SECRET, LIMITS (`on`: the limits that it has in production), and for tests TABLES, a file that keeps
// the tables when it is started again, and ADMIN_PORT, at which keys are made and withdrawn.

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { deserialize, serialize } from 'node:v8';
import { oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { createJwk, jwt } from 'better-auth/plugins';

const { ADMIN_PORT, LIMITS, PORT, RESOURCE, SECRET, TABLES, TOKENS } = process.env;
const signs = TOKENS === 'jwt';
const origin = `http://127.0.0.1:${PORT}`;
const user = { email: 'ada@example.com', name: 'Ada', password: 'the password of ada' };

const names = [
  ...['account', 'jwks', 'rateLimit', 'session', 'user', 'verification'],
  ...['oauthAccessToken', 'oauthClient', 'oauthClientAssertion', 'oauthClientResource'],
  ...['oauthConsent', 'oauthRefreshToken', 'oauthResource'],
];
const kept =
  TABLES && existsSync(TABLES)
    ? deserialize(readFileSync(TABLES))
    : { clients: [], tables: Object.fromEntries(names.map((name) => [name, []])) };
const { tables } = kept;
const keep = () => TABLES && writeFileSync(TABLES, serialize(kept));

// The clients that are registered here, and then those that register themselves.
const ids = kept.clients.length === 0 ? ['mcp-client', 'mcp-server'] : [];
const signing = { disableSettingJwtHeader: true };
const auth = betterAuth({
  baseURL: origin,
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  plugins: [
    ...(signs ? [jwt(signing)] : []),
    oauthProvider({
      // MCP clients register themselves, for this server.
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      clientRegistrationDefaultResources: [RESOURCE],
      consentPage: '/consent',
      disableJwtPlugin: !signs,
      generateClientId: () => ids.shift() ?? randomUUID(),
      loginPage: '/login',
      resources: [RESOURCE],
      scopes: [
        ...['openid', 'offline_access'],
        ...['entries:read', 'entries:write', 'notebooks:write', 'notebooks:1:read'],
      ],
    }),
  ],
  rateLimit: { enabled: LIMITS === 'on' },
  secret: SECRET,
});

// Has better-auth answer a form as it answers its own client in a page, and the browser go where it says.
const submit = async (request, response, path, body) => {
  const headers = { 'content-type': 'application/json', origin };
  if (request.headers.cookie) headers.cookie = request.headers.cookie;
  const url = `${origin}/api/auth${path}`;
  const answer = await auth.handler(
    new Request(url, { body: JSON.stringify(body), headers, method: 'POST' }),
  );
  const said = await answer.json();
  const location = said.url ?? said.redirect_uri;
  response.writeHead(location ? 302 : 400, {
    ...(location && { location }),
    'set-cookie': answer.headers.getSetCookie(),
  });
  response.end(JSON.stringify(said));
};

const page = (response, path, content) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(`<form method="post" action="${path}">${content}</form>`);
};
const escaped = (value) => value.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt()};`);
const input = (type, name, value, more = '') =>
  `<input type="${type}" name="${name}" value="${escaped(value)}" ${more}>`;

const pages = {
  'GET /login': (request, response, query) =>
    page(
      response,
      '/login',
      input('hidden', 'query', query) +
        input('email', 'email', user.email) +
        input('password', 'password', user.password) +
        '<button>Sign in</button>',
    ),
  'POST /login': (request, response, form) =>
    submit(request, response, '/sign-in/email', {
      email: form.get('email'),
      oauth_query: form.get('query'),
      password: form.get('password'),
    }),
  // The scopes that the client asks for, to be ticked. A client that is new begins with reading.
  'GET /consent': (request, response, query) => {
    const asked = new URLSearchParams(query);
    const isKnown = tables.oauthConsent.some(
      ({ clientId }) => clientId === asked.get('client_id'),
    );
    const boxes = asked.get('scope').split(' ').map((scope) => {
      const isTicked = isKnown || !scope.endsWith(':write');
      return input('checkbox', 'scope', scope, isTicked ? 'checked' : '') + escaped(scope);
    });
    page(
      response,
      '/consent',
      input('hidden', 'query', query) +
        boxes.join('') +
        '<button name="decision" value="allow">Allow</button>' +
        '<button name="decision" value="deny">Deny</button>',
    );
  },
  'POST /consent': (request, response, form) =>
    submit(request, response, '/oauth2/consent', {
      accept: form.get('decision') === 'allow',
      oauth_query: form.get('query'),
      scope: form.getAll('scope').join(' '),
    }),
};

const answer = toNodeHandler(auth);
createServer(async (request, response) => {
  response.on('finish', keep);
  const { pathname, search } = new URL(request.url, origin);
  const own = pages[`${request.method} ${pathname}`];
  if (!own) return answer(request, response);
  const said = request.method === 'GET' ? search.slice(1) : new URLSearchParams(await text(request));
  return own(request, response, said);
}).listen(PORT, '127.0.0.1');

// The user, the client that is registered for MCP clients, and the one that asks about tokens.
const register = async (headers, body) => {
  const client = await auth.api.adminCreateOAuthClient({ body, headers });
  const params = { client_id: client.client_id, identifier: RESOURCE };
  await auth.api.adminLinkClientResource({ headers, params });
  return client;
};
if (kept.clients.length === 0) {
  const signedUp = await auth.api.signUpEmail({ body: user, returnHeaders: true });
  const cookies = signedUp.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  const headers = { cookie: cookies.join('; ') };
  kept.clients = [
    await register(headers, {
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1:23419/callback'],
      token_endpoint_auth_method: 'none',
    }),
    await register(headers, { grant_types: ['client_credentials'], response_types: [] }),
  ];
  keep();
}
const secret = kept.clients[1].client_secret;
console.log(`the secret of mcp-server is ${secret}`);

// For tests alone: POST makes a key that signs from now on, and DELETE withdraws the one that is named.
if (ADMIN_PORT) {
  createServer(async (request, response) => {
    if (request.method === 'POST') await createJwk({ context: await auth.$context }, signing);
    if (request.method === 'DELETE') {
      tables.jwks = tables.jwks.filter(({ id }) => `/${id}` !== request.url);
    }
    keep();
    response.end(JSON.stringify({ secret }));
  }).listen(ADMIN_PORT, '127.0.0.1');
}
