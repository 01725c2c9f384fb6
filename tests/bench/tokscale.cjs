// What tokscale's own runner asks its core for first: every message in Claude Code's transcripts
// below a home folder. node tokscale.cjs NODE_MODULES HOME prints their sums.
const [modules, homeDir] = process.argv.slice(2);
const core = require(require.resolve("@tokscale/core", { paths: [modules] }));
const { messages } = core.parseLocalSources({ homeDir, sources: ["claude"] });
const sums = { messages: messages.length, input: 0, output: 0, cache_write: 0, cache_read: 0 };
for (const each of messages) {
  sums.input += each.input;
  sums.output += each.output;
  sums.cache_write += each.cacheWrite;
  sums.cache_read += each.cacheRead;
}
console.log(JSON.stringify(sums));
