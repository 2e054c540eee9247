import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import type { FileChangeEvent } from 'vscode';
import { openTools } from '../../tools/openTools.ts';
import { stubVscode } from '../stub/stubVscode.ts';

stubVscode();
const { ContextWatch } = await import('../../../src/vscode/contexts/contextWatch.ts');
const { MemoryFileSystem, memoryUri } = await import('../../../src/vscode/memories/memoryFileSystem.ts');

const watches: InstanceType<typeof ContextWatch>[] = [];

afterEach(() => watches.splice(0).forEach((watch) => watch.dispose()));

/** A memory that says `content`, its document in one process, and its memories as another process has them. */
async function openDocument(content: string) {
  const { directory, environment } = openTools();
  const context = await environment.context(undefined, 'write');
  const other = (await openTools({ directory }).environment.context(undefined, 'write')).memories;
  const [memory] = context.memories.create([{ title: 'Fox', content }]).created;
  assert.ok(memory);
  const logged: unknown[] = [];
  const log = { error: (...words: unknown[]) => void logged.push(...words) };
  const watch = new ContextWatch(log);
  watches.push(watch);
  const announced: FileChangeEvent[] = [];
  const contexts = { openById: () => Promise.resolve(context) };
  const files = new MemoryFileSystem(contexts, watch, (events) => announced.push(...events), log);
  const uri = memoryUri(context, memory);
  const read = async () => Buffer.from(await files.readFile(uri)).toString();
  const write = (text: string) => files.writeFile(uri, Buffer.from(text));
  const said = () => context.memories.read([memory.id]).memories[0]?.content;
  return {
    directory,
    context,
    other,
    id: memory.id,
    files,
    uri,
    read,
    write,
    said,
    watch,
    announced,
    logged,
  };
}

describe('the document of a memory', () => {
  it('becomes the memory when it is saved, again and again', async () => {
    const { read, write, said } = await openDocument('here');
    const text = await read();
    await write(text.replace('here', 'there'));
    await write(text.replace('here', 'everywhere'));
    assert.equal(said(), 'everywhere');
  });

  it('does not overwrite a change of the same size, which the editor cannot notice', async () => {
    const { other, id, files, uri, read, write, said } = await openDocument('here');
    const text = await read();
    other.update(id, { content: 'away' });
    await files.stat(uri);
    await assert.rejects(write(text.replace('here', 'gone')), /^Error: PF-3001: /);
    assert.equal(said(), 'away');
    await read();
    await write(text.replace('here', 'gone'));
    assert.equal(said(), 'gone');
  });

  it('overwrites a change of another size: the editor has asked the person', async () => {
    const { other, id, files, uri, read, write, said } = await openDocument('here');
    const text = await read();
    other.update(id, { content: 'far away' });
    const { size } = await files.stat(uri);
    assert.notEqual(size, Buffer.byteLength(text));
    await write(text.replace('here', 'gone'));
    assert.equal(said(), 'gone');
  });

  it('is said to have changed when another process changed the memory, though the editor looked since', async () => {
    const { context, other, id, files, uri, read, watch, announced } = await openDocument('here');
    await read();
    const watching = watch.watch(context);
    other.update(id, { content: 'away' });
    await files.stat(uri);
    watch.look();
    watching.dispose();
    assert.deepEqual(announced, [{ uri, type: 1 }]);
  });

  it('is left alone when the directory of its context is gone, and reading it says so', async () => {
    const { directory, context, read, watch, announced, logged } = await openDocument('here');
    await read();
    const watching = watch.watch(context);
    renameSync(directory, `${directory}.away`);
    watch.look();
    watching.dispose();
    renameSync(`${directory}.away`, directory);
    assert.deepEqual(announced, []);
    assert.match(logged.map(String).join(), /gone/);
  });
});
