// Stands in for a measuring tool of a third party: it must not run before the visitor has allowed it.
document.documentElement.dataset.insights = "on";
