import * as assert from 'node:assert/strict';
import { engine, newEngine } from './engine.ts';

const COUNT = 'SELECT count(*) AS rows FROM things';

function viewOfThings(view = engine.open()) {
  view.run('CREATE TABLE things (name TEXT)');
  const heard: number[] = [];
  view.onRowChange((_table, row) => heard.push(row));
  const add = () => view.run('INSERT INTO things VALUES (?)', ['a thing']);
  return { view, heard, add, count: () => view.first(COUNT)?.['rows'] };
}

describe('an SQL view', () => {
  it('gives its database as a file, and goes on as before', () => {
    const { view, heard, add, count } = viewOfThings();
    add();
    assert.equal(count(), 1);
    const copy = engine.open(view.export());
    add();
    assert.deepEqual([count(), copy.first(COUNT), heard], [2, { rows: 1 }, [1, 2]]);
  });

  it('has a new database in memory, with no file of sql.js to copy pages to, and any other in such a file', async () => {
    const own = await newEngine();
    const { view } = viewOfThings(own.open());
    const fileOf = (file?: Uint8Array) => own.open(file).first('PRAGMA database_list')?.['file'];
    assert.equal(fileOf(), '');
    assert.match(String(fileOf(view.export())), /dbfile/);
  });

  it('takes the room that others in memory have left, which nothing else could take', async () => {
    const own = await newEngine();
    const filled = (rows: number) => {
      const { view } = viewOfThings(own.open());
      for (let row = 0; row < rows; row++) view.run('INSERT INTO things VALUES (?)', ['x'.repeat(2_000)]);
      return view;
    };
    const large = filled(200);
    const [small, larger] = [filled(100).export(), filled(400).export()];
    const place = (file: Uint8Array) =>
      own.open(file).first('PRAGMA database_list')?.['file'] === '' ? 'memory' : 'file';
    assert.equal(place(small), 'file');
    large.close();
    assert.deepEqual([place(larger), place(small)], ['file', 'memory']);
    assert.equal(own.open(small).first(COUNT)?.['rows'], 100);
  });

  for (const kind of ['in memory', 'in a file'])
    it(`takes back what a transaction did, however much that was, ${kind}`, async () => {
      const own = await newEngine();
      const other = own.open();
      other.run('CREATE TABLE others (name TEXT)');
      const { view, count } = viewOfThings(own.open(kind === 'in memory' ? undefined : other.export()));
      view.run('BEGIN');
      for (let row = 0; row < 8_000; row++) view.run('INSERT INTO things VALUES (?)', ['x'.repeat(2_000)]);
      view.run('COMMIT');
      const before = view.export();
      view.run('BEGIN');
      // More than SQLite keeps in its cache, so that some of it is in the file, if there is one, before the end.
      view.run("UPDATE things SET name = replace(name, 'x', 'y')");
      view.run('DELETE FROM things WHERE rowid > 10');
      assert.equal(count(), 10);
      view.run('ROLLBACK');
      assert.equal(Buffer.compare(view.export(), before), 0);
    });

  it('gives the values of a row by the names of the columns, NULL as null', () => {
    const { view } = viewOfThings();
    assert.deepEqual(view.all("SELECT 1.5 AS a, 'two' AS b, NULL AS c, x'0304' AS d"), [
      { a: 1.5, b: 'two', c: null, d: Uint8Array.of(3, 4) },
    ]);
  });

  it('keeps the same text whether it is cast or not', () => {
    const { view } = viewOfThings();
    const texts = ['', 'plain', 'naïve 漢字 🧊', 'a\0b', 'x'.repeat(100_000), "it's"];
    for (const text of texts) {
      const same =
        "SELECT typeof(a) AS type, a, a IS b AS same FROM (SELECT 'why?', CAST(? AS TEXT) AS a, ? AS b)";
      assert.deepEqual(view.first(same, [text, text]), { type: 'text', a: text, same: 1 });
    }
    assert.deepEqual(view.first('SELECT CAST(? AS TEXT) AS none', [null]), { none: null });
  });
});
