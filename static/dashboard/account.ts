// What the pages of accounts gain from a script: a secret that is shown once can be copied.
import { copyButton } from "./copy";

export function offerCopy(): void {
  const secret = document.getElementById("secret");
  const button = secret && copyButton(secret.textContent ?? "");
  if (secret && button) (secret.closest("pre") ?? secret).after(button);
}
