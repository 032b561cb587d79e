// The shop's own script. Calls made before the gateway has loaded wait in its queue.
window.gateway ??= { q: [] };

for (const form of document.querySelectorAll("form[data-event]")) {
  form.addEventListener("submit", () => {
    const { event, eventName, eventValue } = form.dataset;
    const properties = { category: "shop", name: eventName };
    if (eventValue) properties.value = Number(eventValue);
    window.gateway.q.push(["track", event, properties]);
  });
}
