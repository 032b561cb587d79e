// Starts the page that the server sent.
import { offerCopy } from "./account";
import { ConsentPage } from "./consent";
import { showPlace, tendLanguages } from "./frame";
import { LivePage } from "./live";
import { Overview } from "./overview";
import { SharePage } from "./share";
import { siteOfPage } from "./site";
import { SitesPage } from "./sites";
import { tendTicks } from "./users";
import { watchVerification } from "./verification";

tendLanguages();
showPlace();
const { page, base } = document.body.dataset;
if (page === "site") void new Overview(siteOfPage()).show();
else if (page === "consent") void new ConsentPage().show();
else if (page === "share") void new SharePage().show();
else if (page === "live") new LivePage().start();
else if (page === "funnels") void import("./funnel").then(({ FunnelPage }) => new FunnelPage().show());
else if (page === "cohorts") void import("./cohorts").then(({ CohortsPage }) => new CohortsPage().show());
else if (page === "studio") void import("./studio").then(({ Studio }) => new Studio().show());
else if (page === "sites") new SitesPage(base ?? "").start();
else if (page === "users" || page === "account") {
  tendTicks();
  offerCopy();
} else if (page === "verification") void watchVerification(base ?? "");
