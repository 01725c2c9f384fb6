// Reads {name: HTML} from its input and prints {name: [finding...]} of those that are not valid.
import { text } from "node:stream/consumers";
import { HtmlValidate } from "html-validate";

const validator = new HtmlValidate({ extends: ["html-validate:standard"], root: true });
const found = {};
for (const [name, html] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const report = await validator.validateString(html, `${name}.html`);
  const messages = report.results.flatMap((result) => result.messages);
  if (messages.length) {
    found[name] = messages.map((each) => `${each.ruleId} ${each.selector}: ${each.message}`);
  }
}
console.log(JSON.stringify(found));
