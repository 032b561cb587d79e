/** Answers, for the test: the same as verify.php, of choice.mjs. */
import { readFileSync } from "node:fs";
import { choiceCookies, readChoice } from "../../integrations/verify-choice/node/choice.mjs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const answers = asked.cases.map(({ header, site, now }) => {
  const choice = readChoice(choiceCookies(header, site), asked.keys, now);
  const allows = choice === null ? [] : [
    ...asked.purposes.filter((purpose) => choice.grants(purpose, asked.policy)),
    ...Object.keys(asked.services).filter((id) => choice.grantsService(id, asked.services[id], asked.policy)),
  ];
  const plain = choice && { ...choice, purposes: Object.fromEntries(choice.purposes), services: Object.fromEntries(choice.services) };
  return { choice: plain, allows };
});
process.stdout.write(JSON.stringify(answers));
