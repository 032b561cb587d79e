/**
 * Trusted Types (https://www.w3.org/TR/trusted-types/): the policy "gateway" passes on what the site's own markup says.
 * Sites that enforce them list it: `trusted-types gateway`.
 */

interface Policy {
  createScript(text: string): string;
  createScriptURL(url: string): string;
}

let policy: Policy | null | undefined;

/** Made when the first gate opens, so that a page without gates needs no policy. */
function gatewayPolicy(): Policy | null {
  if (policy === undefined) {
    const pass = (text: string) => text;
    const factory = (window as { trustedTypes?: { createPolicy?(name: string, rules: Policy): Policy } }).trustedTypes;
    try {
      policy = factory?.createPolicy?.("gateway", { createScript: pass, createScriptURL: pass }) ?? null;
    } catch {
      policy = null;
    }
  }
  return policy;
}

export const trustedScript = (text: string): string => gatewayPolicy()?.createScript(text) ?? text;

export const trustedUrl = (url: string): string => gatewayPolicy()?.createScriptURL(url) ?? url;
