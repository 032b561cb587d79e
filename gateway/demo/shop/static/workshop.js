// A router of the smallest kind: the address, the title and what is shown change together.
const sections = [...document.querySelectorAll("[data-stop]")];
const links = [...document.querySelectorAll("[data-tour] a")];

function show(path) {
  const wanted = path.split("/")[2] ?? sections[0].dataset.stop;
  const section = sections.find(({ dataset }) => dataset.stop === wanted);
  if (!section) return;
  for (const each of sections) each.hidden = each !== section;
  for (const link of links) {
    if (link.pathname.endsWith(`/${wanted}`)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${section.dataset.title} · Halden Pottery`;
  return section;
}

for (const link of links) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.pathname);
    show(link.pathname)?.querySelector("h2").focus();
  });
}
addEventListener("popstate", () => show(location.pathname));
