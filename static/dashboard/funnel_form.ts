// The steps of a funnel, written by hand: what each is, in which order, and within what.
import type { Go } from "./controls";
import { h } from "./dom";
import type { Condition, Filter, Operator } from "./filters";
import { OPERATORS } from "./filters";
import { dimensionName, label } from "./labels";
import type { Site } from "./site";
import { fill, text } from "./texts";
import type { View, Within } from "./view";

const WHAT = [
  ...["page", "title", "event_category", "event_action", "event_name", "goal"],
  ...["download", "outlink", "search", "search_category"],
] as const;
const HOW: readonly Operator[] = ["==", "=^", "=@", "=$"];
const NEW: Condition = { dimension: "page", operator: "==", value: "" };

/** `most`: how many steps a funnel may have. */
export function funnelForm(view: View, site: Site, most: number, go: Go): HTMLElement {
  let steps: readonly Filter[] = view.steps.length ? view.steps : [[{ ...NEW, value: "/" }], [NEW]];
  const list = h("ol", { class: "funnel-steps" });
  const add = button(text.funnels.add, () => draw([...steps, [NEW]], steps.length));
  const within = h("select", { name: "within" }, ...(["visit", "visitor"] as const).map((one) => choice(one, text.funnels[`within_${one}`])));
  within.value = view.within;

  // Drawn anew whenever their number or order changes, the focus where one goes on.
  function draw(changed: readonly Filter[], focused: number): void {
    steps = changed;
    list.replaceChildren(...steps.map(stepFields));
    add.disabled = steps.length >= most;
    if (focused >= 0) list.children[focused]?.querySelector<HTMLElement>("input, select")?.focus();
  }

  function put(at: number, filter: Filter, focused: number): void {
    draw(filter.length ? steps.map((one, index) => (index === at ? filter : one)) : steps.filter((_, index) => index !== at), focused);
  }

  function stepFields(filter: Filter, at: number): HTMLElement {
    const move = (by: number): void => {
      // Of what is written now, not of what was drawn.
      const moved = steps.map((one, index) => (index === at ? (steps[at + by] ?? one) : index === at + by ? (steps[at] ?? one) : one));
      draw(moved, at + by);
    };
    const number = String(at + 1);
    const conditions = filter.map((one, index) => {
      // What is being typed is kept without drawing, which would take the field away.
      const keep = (changed: Condition): void => {
        steps = steps.map((each, place) => (place === at ? each.map((other, order) => (order === index ? changed : other)) : each));
      };
      const remove = button("×", () => put(at, (steps[at] ?? []).filter((_, order) => order !== index), Math.min(at, steps.length - 2)));
      remove.setAttribute("aria-label", fill(text.funnels.remove, { number }));
      return h(
        "div",
        { class: "condition" },
        index ? h("span", { class: "chip-or" }, text.filters.or) : null,
        ...conditionFields(one, site, keep),
        steps.length > 2 || filter.length > 1 ? remove : null,
      );
    });
    const up = button("↑", () => move(-1));
    const down = button("↓", () => move(1));
    up.setAttribute("aria-label", fill(text.funnels.earlier, { number }));
    down.setAttribute("aria-label", fill(text.funnels.later, { number }));
    up.disabled = at === 0;
    down.disabled = at === steps.length - 1;
    const or = button(text.funnels.or, () => put(at, [...(steps[at] ?? []), NEW], at));
    return h(
      "li",
      {},
      h("fieldset", {}, h("legend", {}, fill(text.funnels.step, { number })), ...conditions, h("div", { class: "step-buttons" }, or, up, down)),
    );
  }

  draw(steps, -1);
  const submit = (event: Event): void => {
    event.preventDefault();
    go((view) => ({ ...view, steps, within: within.value as Within }));
  };
  return h(
    "form",
    { class: "funnel-form", "aria-label": text.funnels.steps, onsubmit: submit },
    list,
    h(
      "div",
      { class: "form-buttons" },
      add,
      h("label", {}, text.funnels.within, within),
      h("button", { type: "submit", class: "main" }, text.funnels.show),
    ),
  );
}

function conditionFields(one: Condition, site: Site, keep: (changed: Condition) => void): HTMLElement[] {
  const what = h("select", { "aria-label": text.filters.dimension }, ...WHAT.map((name) => choice(name, dimensionName(name))));
  const how = h("select", { "aria-label": text.filters.operator }, ...HOW.map((sign) => choice(sign, text.operators[OPERATORS[sign]])));
  const value = h("input", { "aria-label": text.filters.value, required: true, maxlength: 1000, autocomplete: "off" });
  const goals = [...Object.keys(site.goals), "order"].map((goal) => choice(goal, label("goal", goal)));
  const goal = h("select", { "aria-label": text.filters.value }, ...goals);
  const place = h("span", { class: "condition-value" });
  what.value = one.dimension;
  how.value = one.operator;
  value.value = one.value;
  if (one.dimension === "goal") goal.value = one.value;
  const changed = (): void => {
    const ofGoal = what.value === "goal";
    if (ofGoal) how.value = "==";
    how.disabled = ofGoal;
    const wanted = ofGoal ? goal : value;
    if (place.firstChild !== wanted) place.replaceChildren(wanted);
    keep({ dimension: what.value, operator: how.value as Operator, value: ofGoal ? goal.value : value.value });
  };
  for (const field of [what, how, value, goal]) field.addEventListener("input", changed);
  changed();
  return [what, how, place];
}

function choice(value: string, name: string): HTMLElement {
  return h("option", { value }, name);
}

function button(words: string, act: () => void): HTMLButtonElement {
  return h("button", { type: "button", class: "quiet", onclick: act }, words);
}
