// Reads {name: HTML} from its input and prints {name: [finding...]} of those that are not valid.
import { text } from "node:stream/consumers";
import { HtmlValidate } from "html-validate";

const rules = {
  // Style only: end tags that HTML lets one leave out, and blanks at the ends of lines.
  "no-implicit-close": "off",
  "close-order": "error",
  "no-trailing-whitespace": "off",
  // Style only: how the doctype, void elements and the values of attributes are written.
  "doctype-style": "off",
  "void-style": "off",
  "attribute-boolean-style": "off",
  // Longer titles than a search engine shows are no error.
  "long-title": "off",
};
const validator = new HtmlValidate({ extends: ["html-validate:standard"], rules, root: true });
const found = {};
for (const [name, html] of Object.entries(JSON.parse(await text(process.stdin)))) {
  const report = await validator.validateString(html, `${name}.html`);
  const messages = report.results.flatMap((result) => result.messages);
  if (messages.length) {
    found[name] = messages.map((each) => `${each.ruleId} ${each.selector}: ${each.message}`);
  }
}
console.log(JSON.stringify(found));
