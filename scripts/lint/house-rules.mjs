// The project's own lint rules, each a habit of the house that a reader would otherwise have to remember.

const backendWord = /sqlite|mongo|sql/i;
const fileLimit = 400;
const exemptFirstLine = /^(?:\/\/|\/\*) ?(?:Generated|A table of data)\b/;
/** Names of log fields that hold, or easily come to hold, what a patient said or is. */
const privateField = /^(?:body|text|url|originalUrl|query|name|identifier|resource|token)$/;
const loggerName = /^(?:log|logger)$/;
const logLevels = new Set(['debug', 'info', 'warn', 'error']);

const rule = (description, messages, create) => ({
  meta: { type: 'problem', docs: { description }, schema: [], messages },
  create,
});

const propertyName = (node) =>
  node.computed ? undefined : (node.property?.name ?? node.key?.name ?? node.key?.value);

const environment = rule(
  'The environment is read in src/config only: elsewhere a setting arrives as an argument.',
  { found: 'process.env is read in src/config only; let main hand the setting down.' },
  (context) => ({
    MemberExpression(node) {
      if (node.object.type === 'Identifier' && node.object.name === 'process' && propertyName(node) === 'env')
        context.report({ node, messageId: 'found' });
    },
    'ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name="env"]'(node) {
      context.report({ node, messageId: 'found' });
    },
  }),
);

const output = rule(
  'Only the command line writes to the terminal; everything else has a Logger.',
  { found: 'Only main and src/cli write to the terminal; take a Logger.' },
  (context) => ({
    'MemberExpression[object.name="console"]'(node) {
      context.report({ node, messageId: 'found' });
    },
    'MemberExpression[object.name="process"][property.name=/^std(out|err)$/]'(node) {
      context.report({ node, messageId: 'found' });
    },
  }),
);

const neutralPorts = rule(
  'A port knows no back end.',
  { found: 'A port must not name a back end ("{{word}}").' },
  (context) => ({
    Program(node) {
      context.sourceCode.lines.forEach((line, index) => {
        const match = backendWord.exec(line);
        if (match)
          context.report({
            node,
            loc: { line: index + 1, column: match.index },
            messageId: 'found',
            data: { word: match[0] },
          });
      });
    },
  }),
);

const quietLogs = rule(
  'Logs never hold bodies, URL values, names or identifiers.',
  {
    found:
      'A log field "{{name}}" may carry what belongs to a patient; log a route template, a code or a count.',
  },
  (context) => ({
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || !logLevels.has(propertyName(callee))) return;
      const target =
        callee.object.type === 'MemberExpression' ? propertyName(callee.object) : callee.object.name;
      if (!loggerName.test(target ?? '')) return;
      for (const argument of node.arguments) {
        if (argument.type !== 'ObjectExpression') continue;
        for (const property of argument.properties) {
          const name = property.type === 'Property' ? propertyName(property) : undefined;
          if (typeof name === 'string' && privateField.test(name))
            context.report({ node: property, messageId: 'found', data: { name } });
        }
      }
    },
  }),
);

const fileLength = rule(
  'A file over 400 lines wants splitting by meaning; tables of data and generated files say so in line one.',
  { found: `{{lines}} lines; more than ${fileLimit} want splitting by meaning.` },
  (context) => ({
    Program(node) {
      const lines = context.sourceCode.lines;
      if (lines.length - 1 <= fileLimit || exemptFirstLine.test(lines[0] ?? '')) return;
      context.report({
        node,
        loc: { line: fileLimit + 1, column: 0 },
        messageId: 'found',
        data: { lines: lines.length },
      });
    },
  }),
);

const explainedSilence = rule(
  'A check that is switched off says why.',
  { found: 'Say why after two hyphens: eslint-disable-next-line RULE -- reason.' },
  (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (
          /^\s*(?:eslint-disable|@ts-(?:expect-error|ignore|nocheck))/.test(comment.value) &&
          !/ -- \S/.test(comment.value)
        )
          context.report({ loc: comment.loc, messageId: 'found' });
      }
    },
  }),
);

const wholeSuite = rule('No test runs alone.', { found: 'This leaves every other test out.' }, (context) => ({
  MemberExpression(node) {
    if (
      propertyName(node) === 'only' &&
      /^(?:describe|context|it|specify|test)$/.test(node.object.name ?? '')
    )
      context.report({ node, messageId: 'found' });
  },
}));

export default {
  meta: { name: 'house-rules' },
  rules: {
    environment,
    output,
    'neutral-ports': neutralPorts,
    'quiet-logs': quietLogs,
    'file-length': fileLength,
    'explained-silence': explainedSilence,
    'whole-suite': wholeSuite,
  },
};
