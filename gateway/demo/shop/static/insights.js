// Stands in for a measuring tool of a third party: it must not run before the visitor has allowed it.
document.documentElement.dataset.insights = "on";
localStorage.setItem("halden_insights", new Date().toISOString().slice(0, 10));
