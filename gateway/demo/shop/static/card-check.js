// Stands in for the fraud check of a payment provider. It runs only with the visitor's permission.
const token = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
document.cookie = "vigie_check=done; path=/checkout; SameSite=Lax";
document.dispatchEvent(new CustomEvent("vigie:checked", { detail: token }));
