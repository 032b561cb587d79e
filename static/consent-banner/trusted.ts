/**
 * Trusted Types (https://www.w3.org/TR/trusted-types/): the policy "gateway" passes on what the site's own markup says.
 * Sites that enforce them list it: `trusted-types gateway`.
 */

interface Policy {
  createScript(text: string): string;
  createScriptURL(url: string): string;
}

let policy: Partial<Policy> | undefined;

/** Made when the first gate opens, so that a page without gates needs no policy. */
function gatewayPolicy(): Partial<Policy> {
  const pass = (text: string) => text;
  const { trustedTypes } = window as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } };
  try {
    return trustedTypes?.createPolicy("gateway", { createScript: pass, createScriptURL: pass }) ?? {};
  } catch {
    // The page's policy does not list it: what it guards will be refused.
    return {};
  }
}

const trusted = (kind: keyof Policy) => (text: string) => (policy ??= gatewayPolicy())[kind]?.(text) ?? text;

export const trustedScript = trusted("createScript");

export const trustedUrl = trusted("createScriptURL");
