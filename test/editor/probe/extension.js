// Lets the real-editor suite ask the editor's own API: an HTTP server on 127.0.0.1 in the extension host. The client is
// ../probe.ts. Every host takes a free port and says which in a file of its own, for a reload starts the next host
// while the one before is still ending.
const { createServer } = require('node:http');
const { mkdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

const directory = process.env.PERMAFROST_PROBE_DIR;
const token = process.env.PERMAFROST_PROBE_TOKEN;

exports.activate = (context) => {
  if (!directory || !token) return;
  const server = createServer((request, response) => void answer(request, response));
  const card = join(directory, `${process.pid}.json`);
  server.listen(0, '127.0.0.1', () => announce(card, server.address().port));
  context.subscriptions.push({
    dispose: () => {
      rmSync(card, { force: true });
      server.close();
      server.closeAllConnections();
    },
  });
};

function announce(card, port) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${card}.new`, JSON.stringify({ port, pid: process.pid, startedAt: Date.now() }));
  renameSync(`${card}.new`, card);
}

async function answer(request, response) {
  if (request.method !== 'POST' || request.headers.authorization !== `Bearer ${token}`) {
    response.writeHead(403).end();
    return;
  }
  const reply = await evaluate(request).then(
    (value) => ({ value: value ?? null }),
    (error) => ({
      error: { name: error?.name, code: error?.code, message: String(error?.message ?? error) },
    }),
  );
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
}

async function evaluate(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const [[kind, input]] = Object.entries(JSON.parse(body));
  const ask = questions[kind];
  if (!ask) throw new Error(`the probe knows no ${kind}`);
  return ask(input);
}

const questions = {
  tools: () =>
    vscode.lm.tools.map(({ name, description, tags, inputSchema }) => ({
      name,
      description,
      tags,
      inputSchema,
    })),
  invokeTool: async ({ name, input }) => {
    const result = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
    return { content: result.content.map(part) };
  },
  // A proposed API, which code-server grants to the probe by --enable-proposed-api.
  mcpDefinitions: () => vscode.lm.mcpServerDefinitions.map(mcpDefinition),
  models: async () => {
    const models = await vscode.lm.selectChatModels();
    return models.map(({ id, name, vendor, family, maxInputTokens }) => ({
      id,
      name,
      vendor,
      family,
      maxInputTokens,
    }));
  },
  commands: () => vscode.commands.getCommands(true),
  executeCommand: ([command, ...args]) => vscode.commands.executeCommand(command, ...args.map(argument)),
  readDocument: async (uri) =>
    documentState(await vscode.workspace.openTextDocument(vscode.Uri.parse(uri, true))),
  activeDocument: () => documentState(vscode.window.activeTextEditor?.document),
  configuration: (name) => vscode.workspace.getConfiguration().get(name),
  extension: (id) => {
    const extension = vscode.extensions.getExtension(id);
    return extension && { id, isActive: extension.isActive, version: extension.packageJSON.version };
  },
  startupReport: async () => {
    await vscode.commands.executeCommand('perfview.show');
    return (await openedDocument('perf')).getText();
  },
};

function mcpDefinition({ label, version, command, args, cwd, env, uri }) {
  return { label, version, command, args, cwd: cwd?.toString(), env, uri: uri?.toString() };
}

function part(piece) {
  if (piece instanceof vscode.LanguageModelTextPart) return { kind: 'text', text: piece.value };
  if (piece instanceof vscode.LanguageModelDataPart) {
    return { kind: 'data', mimeType: piece.mimeType, base64: Buffer.from(piece.data).toString('base64') };
  }
  return { kind: 'other', value: piece };
}

/** `{$uri: string}` stands for a Uri, which JSON cannot carry. */
function argument(value) {
  return typeof value?.$uri === 'string' ? vscode.Uri.parse(value.$uri, true) : value;
}

function documentState(document) {
  if (!document) return null;
  const { uri, languageId, isDirty, version } = document;
  return { uri: uri.toString(), languageId, isDirty, version, text: document.getText() };
}

function openedDocument(scheme) {
  const isIt = (document) => document.uri.scheme === scheme;
  const there = vscode.workspace.textDocuments.find(isIt);
  if (there) return there;
  return new Promise((resolve) => {
    const listener = vscode.workspace.onDidOpenTextDocument((document) => {
      if (!isIt(document)) return;
      listener.dispose();
      resolve(document);
    });
  });
}
