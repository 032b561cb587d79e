// Stands in for a partner's script. What its owner learns is a sale in California's sense, so an opt-out switches it off.
document.documentElement.dataset.partners = "on";
document.cookie = `partner_pick=${crypto.randomUUID()}; path=/; max-age=15552000; SameSite=Lax`;
localStorage.setItem("partner_seen", "[]");
