// Card payments wait for the fraud check; every other way to pay works without it.
window.gateway ??= { q: [] };

const byId = (id) => document.getElementById(id);
const [card, state, ask, asked] = [byId("card"), byId("card-state"), byId("ask"), byId("ask-state")];

if (card) {
  ask.hidden = false;

  document.addEventListener("vigie:checked", ({ detail }) => {
    byId("check").value = detail;
    card.disabled = false;
    state.textContent = "Checked by Vigie Paiement SAS.";
    ask.hidden = true;
  });

  byId("allow").addEventListener("click", () => {
    asked.textContent = "One moment…";
    window.gateway.q.push(async (gateway) => {
      const done = await gateway.choose({ "payment-fraud": true });
      asked.textContent = done ? "" : "That could not be recorded, so the check stays off. Please pay another way.";
    });
  });

  byId("other").addEventListener("click", () => {
    ask.hidden = true;
    document.querySelector("input[name=payment]").focus();
  });
}
