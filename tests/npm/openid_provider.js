// A certified OpenID provider on a free port of this computer. Whoever is asked for types the name
// of an account, which becomes the subject; the provider also offers an e-mail address.
// node openid_provider.js CLIENT SECRET CALLBACK... prints the issuer once it listens.
import http from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

const [clientId, clientSecret, ...callbacks] = process.argv.slice(2);

const server = http.createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const { privateKey } = await generateKeyPair("RS256", { extractable: true });
const key = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: "first" };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: callbacks,
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
  claims: { openid: ["sub", "email"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["a key of this test alone"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@mail.example` }),
  }),
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  jwks: { keys: [key] },
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client.clientId,
      accountId: oidc.session.accountId,
    });
    grant.addOIDCScope("openid email");
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
});

const form = `<!DOCTYPE html><html lang="en"><title>Provider</title><link rel="icon" href="data:,">
<form method="post"><input name="account" aria-label="Account">
<button name="agree" value="yes">Agree</button><button name="agree" value="no">Cancel</button></form>`;

async function interact(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end(form);
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  const sent = new URLSearchParams(body);
  const agreed = { login: { accountId: sent.get("account") } };
  const result = sent.get("agree") === "yes" ? agreed : { error: "access_denied" };
  await provider.interactionFinished(request, response, result);
}

const answer = provider.callback();
server.on("request", (request, response) =>
  request.url.startsWith("/interaction/") ? interact(request, response) : answer(request, response),
);
console.log(issuer);
