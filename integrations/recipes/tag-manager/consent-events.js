// Tells a tag manager's data layer what is allowed: the event consent_{purpose} once for each purpose, as soon as it may run.
// In the tag manager, let every tag be triggered by the event of its purpose instead of the page view.
// <script src="/consent-events.js" data-purposes="analytics media" defer></script>
(() => {
  const { dataset, nonce } = document.currentScript;
  window.dataLayer ??= [];
  window.gateway ??= { q: [] };
  for (const purpose of (dataset.purposes ?? "").split(" ").filter(Boolean)) {
    window.gateway.q.push(["whenAllowed", purpose, () => window.dataLayer.push({ event: `consent_${purpose}` })]);
    // What a tag has started cannot be stopped. An empty gated script makes the gateway load the page anew after a withdrawal.
    const marker = document.createElement("script");
    marker.type = "text/plain";
    marker.nonce = nonce;
    marker.dataset.purpose = purpose;
    document.head.append(marker);
  }
})();
