// A certified authorization server on loopback.
//
// It is told in its one argument, as JSON, what it serves: `clients` as in dynamic registration
// (RFC 7591), and `resources`: by resource indicator the `format` of access tokens, `jwt` with its
// `alg` or `opaque`, their `scope`, and a `pattern` of further scopes, which no list names one by
// one; whether it `has_users`, who sign in and consent; and whether it `registers` clients. It prints its
// issuer URL. A line `rotate` makes it sign with new keys and publish the old ones, too; `forget` makes it
// publish only those that sign.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider, errors } from 'oidc-provider';

// Notices are not part of the conversation.
console.info = console.error;

const { clients, has_users = false, registers = false, resources } = JSON.parse(process.argv[2]);

const generate = () =>
  [
    ['RS256', 'rsa', { modulusLength: 2048 }],
    ['ES256', 'ec', { namedCurve: 'P-256' }],
    ['EdDSA', 'ed25519', {}],
  ].map(([alg, type, options]) => ({
    ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
    alg,
    kid: randomUUID(),
    use: 'sig',
  }));

// `scopes` and the `scope` of a resource take names, no patterns. But the `scope` is asked for again in
// each request: it can be what the request, or the code or refresh token that it redeems, asks for.
const matching = ({ oidc }, pattern) => {
  const redeemed = oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken;
  const asked = oidc.params.scope ?? redeemed?.scope ?? '';
  return pattern ? asked.split(' ').filter((name) => new RegExp(pattern).test(name)) : [];
};

const provider = (issuer, keys) =>
  new Provider(issuer, {
    clients,
    // The first key for an algorithm signs.
    jwks: { keys },
    // Clients that register name their scopes, and only those that are listed here.
    ...(registers && {
      scopes: [
        'offline_access',
        ...Object.values(resources).flatMap(({ scope }) => scope.split(' ')),
      ],
    }),
    ttl: { ClientCredentials: () => 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: has_users },
      introspection: { enabled: true, allowedPolicy: () => true },
      registration: { enabled: registers },
      registrationManagement: { enabled: registers },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(context, indicator) {
          if (!resources[indicator]) throw new errors.InvalidTarget();
          const { alg, format, pattern, scope: listed } = resources[indicator];
          const scope = [listed, ...matching(context, pattern)].join(' ');
          const jwt = alg && { sign: { alg } };
          return { accessTokenFormat: format, audience: indicator, jwt, scope };
        },
      },
    },
  });

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  let keys = generate();
  const serve = (published) => {
    answer = provider(issuer, published).callback();
  };
  serve(keys);
  console.log(issuer);
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      if (line === 'rotate') {
        const old = keys;
        keys = generate();
        serve([...keys, ...old]);
      } else {
        serve(keys);
      }
      console.log(line);
    })
    // Whoever started this has gone.
    .on('close', () => process.exit());
});
