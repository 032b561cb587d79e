// A router of the usual kind. Nothing in it knows of the gateway: views hold marked elements, and page views count themselves.
const views = {
  "/": { title: "The pottery", html: "<h1>The pottery</h1>" },
  "/film": {
    title: "Film",
    html: `<h1>Film</h1>
      <iframe data-purpose="media" data-src="https://video.example/embed/1" title="Film: a cup on the wheel"></iframe>`,
  },
  "/visit": { title: "Visit", html: "<h1>Visit</h1>", script: "https://statistics.example/map.js" },
};

function show() {
  const view = views[location.pathname] ?? views["/"];
  const main = document.getElementById("view");
  document.title = view.title;
  main.innerHTML = view.html;
  if (view.script) {
    // Scripts in innerHTML never run, in any application: they are made as elements, here with their purpose.
    const script = document.createElement("script");
    script.type = "text/plain";
    script.dataset.purpose = "analytics";
    script.dataset.src = view.script;
    main.append(script);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("nav a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  show();
});
addEventListener("popstate", show);
show();
