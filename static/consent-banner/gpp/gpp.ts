/** The strings and events of the Global Privacy Platform, by the IAB's own library, from the one decision. */

import { CmpApi, CmpDisplayStatus, CmpStatus, SignalStatus } from "@iabgpp/cmpapi";
import { type CreatePlatform, type Listeners, SUPPORTED } from "../signals/gpp";
import { type Section, sectionFor } from "./sections";

/** "1" stands for whoever is not a registered consent manager (CMP API specification, "What is CMP ID?"). */
const CMP_ID = 1;
const CMP_VERSION = 1;

/** The library finds a command by name in an object, where it would also find "toString". */
const COMMANDS = ["ping", "addEventListener", "removeEventListener", "hasSection", "getSection", "getField"];

const DIALOGS = "gateway-banner,gateway-preferences-dialog";

export const createPlatform: CreatePlatform = (standing, listeners) => {
  const [api, answer] = start(listeners);
  let told = "";

  function update(): void {
    const section = sectionFor(standing);
    const state = JSON.stringify(section);
    if (state === told) return;
    told = state;
    if (api.getSignalStatus() === SignalStatus.READY) api.setSignalStatus(SignalStatus.NOT_READY);
    put(api, section);
    if (section) api.fireSectionChange(section.name);
    api.setSignalStatus(SignalStatus.READY);
  }

  function show(): void {
    const status = document.querySelector(DIALOGS) ? CmpDisplayStatus.VISIBLE : CmpDisplayStatus.HIDDEN;
    if (status !== api.getCmpDisplayStatus()) api.setCmpDisplayStatus(status);
  }

  show();
  new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true });
  update();
  return {
    answer: (command, reply, parameter) =>
      COMMANDS.includes(command) ? void answer(command, reply, parameter) : reply(null, false),
    update,
  };
};

/** The library takes window.__gpp for itself; here it stays with the part that was there first and checks what is given. */
function start(listeners: Listeners) {
  const page = window as unknown as Record<"__gpp", (...given: unknown[]) => unknown>;
  const ours = page.__gpp;
  page.__gpp = (what) => (what === "events" ? [...listeners].map(([id, callback]) => ({ id, callback })) : []);
  const api = new CmpApi(CMP_ID, CMP_VERSION);
  const answer = page.__gpp;
  page.__gpp = ours;
  api.setSupportedAPIs(SUPPORTED);
  api.setCmpStatus(CmpStatus.LOADED);
  return [api, answer] as const;
}

function put(api: CmpApi, section: Section | null): void {
  api.clear();
  api.setApplicableSections([section?.id ?? -1]);
  for (const [field, value] of Object.entries(section?.fields ?? {})) api.setFieldValue(section?.name ?? "", field, value);
}
