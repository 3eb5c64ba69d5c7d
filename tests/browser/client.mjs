// A client of EpicMe: registers, sends users to it, and redeems what they come back with.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export class Client {
  /** Where users come back to. */
  origin;
  #server;
  #task;
  #metadata;

  static async start(task) {
    const client = new Client();
    client.#task = task;
    client.#server = createServer((_, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end("<!doctype html><html lang=en><title>Notebook</title><link rel=icon href=data:,><h1>Back</h1>");
    });
    client.#server.listen(0, "127.0.0.1");
    await once(client.#server, "listening");
    client.origin = `http://127.0.0.1:${client.#server.address().port}`;
    client.#metadata = await json(await fetch(`${task.issuer}/.well-known/oauth-authorization-server`));
    return client;
  }

  /** A request that nobody has made before, by a client of its own. */
  async request(scopes, redirectUri = `${this.origin}/callback`, grantTypes = ["authorization_code"]) {
    const registered = await fetch(this.#metadata.registration_endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        client_name: "Notebook",
        redirect_uris: [redirectUri],
        grant_types: grantTypes,
        token_endpoint_auth_method: "none",
      }),
    });
    const { client_id } = await json(registered);
    const verifier = randomBytes(32).toString("base64url");
    const state = randomBytes(8).toString("base64url");
    const url = new URL(this.#metadata.authorization_endpoint);
    url.search = new URLSearchParams({
      response_type: "code",
      client_id,
      redirect_uri: redirectUri,
      scope: scopes.join(" "),
      state,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      resource: this.#task.resource,
    });
    return { url: url.href, client_id, redirectUri, verifier, state };
  }

  /** What the user comes back with. */
  async answer(page, { redirectUri, state }) {
    await page.waitForURL(`${redirectUri}?**`);
    const answer = Object.fromEntries(new URL(page.url()).searchParams);
    assert.equal(answer.state, state);
    assert.equal(answer.iss, this.#task.issuer);
    return answer;
  }

  /** The scopes of the token that the code is good for, and whose it is. */
  async redeem({ code }, { client_id, redirectUri, verifier }) {
    const answer = await fetch(this.#metadata.token_endpoint, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        client_id,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        resource: this.#task.resource,
      }),
    });
    const token = await json(answer);
    const claims = JSON.parse(Buffer.from(token.access_token.split(".")[1], "base64url"));
    assert.equal(claims.scope, token.scope, "the token says what the answer says");
    return { scopes: token.scope.split(" "), subject: claims.sub };
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function json(response) {
  assert.ok(response.ok, `${response.status} at ${response.url}`);
  return response.json();
}
